"""Which medicines the patient has, by whom each is stated, where they disagree, and what was found in checking them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi


class MedicineSource(StrEnum):
    """Who states a medicine."""

    HOSPITAL = "hospital"
    PRIMARY_DOCTOR = "primary_doctor"
    SPECIALIST = "specialist"
    PHARMACY = "pharmacy"
    PATIENT_OR_FAMILY = "patient_or_family"
    CARE_TEAM = "care_team"
    OTHER = "other"


class MedicineUse(StrEnum):
    """Whether a medicine is taken, as its source says."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    UNKNOWN = "unknown"


class MedicineLine(Value):
    """A medicine as one source states it. Nothing here is an order.

    code: its RxNorm code, if that is known.  text: its name as stated.  dose_text, route_text, frequency_text: as
    stated, in words.  ingredients: what was read from the name; none when the name could not be read.
    source_name: which hospital, doctor or relative.  stated_on: when they said so.
    """

    line_id: UUID
    code: str = ""
    text: Annotated[str, Phi.TEXT]
    ingredients: tuple[Annotated[str, Phi.TEXT], ...] = ()
    dose_text: Annotated[str, Phi.TEXT] = ""
    route_text: Annotated[str, Phi.TEXT] = ""
    frequency_text: Annotated[str, Phi.TEXT] = ""
    use: MedicineUse = MedicineUse.UNKNOWN
    source: MedicineSource
    source_name: Annotated[str, Phi.NAME] = ""
    stated_on: Annotated[date, Phi.DATE]
    note: Annotated[str, Phi.TEXT] = ""


class MedicineAllergy(Value):
    """A substance that harmed the patient, as stated. ingredients: what was read from it, to compare by."""

    allergy_id: UUID
    text: Annotated[str, Phi.TEXT]
    ingredients: tuple[Annotated[str, Phi.TEXT], ...] = ()
    reaction_text: Annotated[str, Phi.TEXT] = ""
    stated_on: Annotated[date | None, Phi.DATE] = None


class MedicineDisagreement(Value):
    """Sources say different things of one medicine: in its use, dose, route or how often.

    disagreement_id: the same as long as the same lines disagree.  differ: the fields of the lines that differ.
    settled: the team has asked since, and its own line stands.
    """

    disagreement_id: UUID
    line_ids: tuple[UUID, ...]
    differ: tuple[str, ...]
    says: Annotated[str, Phi.TEXT]
    settled: bool = False


class MedicineFinding(Value):
    """What a check found. rule: its name.  says: the rule in a sentence.  about: what it found, in words.

    finding_id: the same as long as the same lines are found by the same rule.
    """

    finding_id: UUID
    rule: str
    says: str
    about: Annotated[str, Phi.TEXT]
    line_ids: tuple[UUID, ...] = ()
    allergy_ids: tuple[UUID, ...] = ()


class MedicinesReconciled(PatientEvent):
    """The whole list as it now stands, from every source, with allergies and what checking it found.

    no_known_allergies: somebody asked, and there are none.  no_laxative_because: why none is needed with an opioid.
    ruleset: which rules it was checked by.  not_checked: what no rule of ours looks at, in sentences.
    """

    episode_id: UUID
    version: int
    medicines: tuple[MedicineLine, ...]
    disagreements: tuple[MedicineDisagreement, ...] = ()
    allergies: tuple[MedicineAllergy, ...] = ()
    no_known_allergies: bool = False
    no_laxative_because: Annotated[str, Phi.TEXT] = ""
    findings: tuple[MedicineFinding, ...] = ()
    not_checked: tuple[Annotated[str, Phi.TEXT], ...] = ()
    ruleset: str
    reconciled_by: TeamMember | None = None
    reconciled_at: Annotated[datetime, Phi.DATE]

"""What came in, what the rules found, and whether it came before."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.criteria import CriterionValue
from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Condition, Diagnosis, FamilyContact, Payer, Person, Referrer
from carebus.contracts.phi import Phi


class Channel(StrEnum):
    """How a referral came in."""

    FORM = "form"
    API = "api"
    FHIR = "fhir"
    PLAN_BATCH = "plan_batch"
    PHONE = "phone"
    FAX = "fax"
    LETTER = "letter"
    SELF = "self"


class Priority(StrEnum):
    """How fast a referral wants an answer."""

    ROUTINE = "routine"
    URGENT = "urgent"


class Verdict(StrEnum):
    """What all rules together say. Undetermined declines nobody: it says what to ask for."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNDETERMINED = "undetermined"


class CallTime(StrEnum):
    """When a person would rather be called, in their own time zone."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class DeclineReason(StrEnum):
    """Why a referral is declined. `OTHER` needs a text; the rest need none."""

    NOT_CLINICALLY_ELIGIBLE = "not_clinically_eligible"
    DECEASED = "deceased"
    ON_HOSPICE = "on_hospice"
    ALREADY_ENROLLED = "already_enrolled"
    OUT_OF_SERVICE_AREA = "out_of_service_area"
    NO_CAPACITY = "no_capacity"
    PATIENT_DECLINED = "patient_declined"
    COULD_NOT_CONTACT = "could_not_contact"
    ALTERNATE_SERVICE_BETTER = "alternate_service_better"
    DUPLICATE = "duplicate"
    CRITERIA_UNKNOWN = "criteria_unknown_data_missing"
    NO_COVERAGE = "no_coverage"
    AUTHORISATION_DENIED = "authorisation_denied"
    WRONG_PATIENT = "wrong_patient"
    OTHER = "other"


class RepeatBasis(StrEnum):
    """How a referral was known again."""

    PLACER_ID = "placer_id"
    RAW_HASH = "raw_hash"


class DuplicateBasis(StrEnum):
    """Why two referrals may be one."""

    SAME_PATIENT = "same_patient"
    SAME_NAME_AND_BIRTH_DATE = "same_name_and_birth_date"


class Criterion(Value):
    """One rule's finding, with the codes that it rests on, and the fields that would settle it while it is unknown."""

    id: str
    value: CriterionValue
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class ReferralReceived(PatientEvent):
    """A referral arrived and is kept as it was stated.

    `placer_id` is the referrer's own number for it, given out by `placer_assigner`; `raw_hash` is that of what arrived,
    before it was read; `batch_id` names the upload that it came with; `replaces` is the ended referral that it takes
    up again; `stated_at` is as of when its sender stated it, where that was said.
    """

    referral_id: UUID
    channel: Channel
    priority: Priority
    referrer: Referrer
    patient: Person
    diagnoses: tuple[Diagnosis, ...]
    conditions: tuple[Condition, ...]
    clinical: ClinicalFacts | None = None
    illness_in_own_words: Annotated[str, Phi.TEXT] = ""
    letter_code: Annotated[str, Phi.NUMBER] = ""
    best_call_time: CallTime | None = None
    arrived_at: Annotated[datetime | None, Phi.DATE] = None
    payer: Payer | None = None
    died_on: Annotated[date | None, Phi.DATE] = None
    on_hospice: bool | None = None
    contact: FamilyContact | None = None
    referral_note: Annotated[str, Phi.TEXT] = ""
    received_at: Annotated[datetime, Phi.DATE]
    placer_id: Annotated[str, Phi.NUMBER] = ""
    placer_assigner: str = ""
    raw_hash: str = ""
    batch_id: UUID | None = None
    requested_services: tuple[str, ...] = ()
    replaces: UUID | None = None
    stated_at: Annotated[datetime | None, Phi.DATE] = None


class EligibilityAssessed(PatientEvent):
    """The rules were applied: each criterion with its evidence, and what follows.

    `eligible` is true for the verdict "eligible" only. While the verdict is "undetermined" there is no reason to
    decline: `missing` names the fields to ask for. `ruleset` is its id and version; `ruleset_digest` tells apart two
    texts of one version. `barred_by` is the first criterion that stands in the way, `says` what the rule set
    says of it.
    """

    referral_id: UUID
    ruleset: str
    criteria: tuple[Criterion, ...]
    eligible: bool
    decline_reason: DeclineReason | None = None
    verdict: Verdict | None = None
    missing: tuple[str, ...] = ()
    barred_by: str = ""
    says: str = ""
    ruleset_digest: str = ""


class ReferralAcknowledged(PatientEvent):
    """Whoever referred has been told that the referral is here."""

    referral_id: UUID
    channel: Channel
    automatic: bool
    acknowledged_at: Annotated[datetime, Phi.DATE]


class ReferralRepeatDetected(PatientEvent):
    """A referral came once more, the same as before; no second one was made. Told once for each way of knowing it."""

    referral_id: UUID
    basis: RepeatBasis
    channel: Channel
    batch_id: UUID | None = None
    detected_at: Annotated[datetime, Phi.DATE]


class ReferralAmended(PatientEvent):
    """The referrer stated something again under the same number, or the office corrected what was stated.

    `applied` is false while all of it waits for a coordinator, as once the person was taken on or not: then what is
    stated here has not replaced what was known. Where a part of it waits, `ReferralChangeHeld` says which.
    """

    referral_id: UUID
    changed: tuple[str, ...]
    applied: bool
    priority: Priority
    patient: Person
    diagnoses: tuple[Diagnosis, ...]
    conditions: tuple[Condition, ...]
    payer: Payer | None = None
    contact: FamilyContact | None = None
    amended_at: Annotated[datetime, Phi.DATE]


class HeldBecause(StrEnum):
    """Why a change that a sender stated waits for a person of the office.

    UNPROVEN: the sender has not shown who it is. ANOTHER_PERSON: another given name or date of birth.
    COULD_BE_EITHER: an earlier statement once more, without a time: a late repeat, or a step back.
    CORRECTED: the office corrected this by hand. DECIDED: the referral was decided already.
    ANOTHER_SERVICE: the order asks for another service than palliative care at home.
    """

    UNPROVEN = "unproven"
    ANOTHER_PERSON = "another_person"
    COULD_BE_EITHER = "could_be_either"
    CORRECTED = "corrected"
    DECIDED = "decided"
    ANOTHER_SERVICE = "another_service"


class ReferralChangeHeld(PatientEvent):
    """A change that a sender stated waits for the office to take it over or turn it down; nothing of it counts yet.

    `fields` are the names of what it would change; of one sender only its newest proposal waits.
    """

    referral_id: UUID
    proposal_id: UUID
    fields: tuple[str, ...]
    because: HeldBecause
    held_at: Annotated[datetime, Phi.DATE]


class ReferralChangeSettled(PatientEvent):
    """The office took over what a sender proposed, or turned it down."""

    referral_id: UUID
    proposal_id: UUID
    taken_over: bool
    settled_at: Annotated[datetime, Phi.DATE]


class ReferralPossibleDuplicateFlagged(PatientEvent):
    """Another open referral may be for the same care of the same person; a person is to judge."""

    referral_id: UUID
    original_referral_id: UUID
    basis: DuplicateBasis
    flagged_at: Annotated[datetime, Phi.DATE]

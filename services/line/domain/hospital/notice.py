"""A hospital's message as the line keeps it, by whichever way it came: who, which stay, what happened and when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from carebus.contracts.event import Value
from carebus.contracts.line import DischargedTo, HospitalSource
from carebus.contracts.phi import Phi
from carebus.contracts.referral import HospitalNumber

MOST_KEPT = 20
"""Of names, phones and numbers of one person: a message that repeats a field thousands of times tells nobody apart."""


class Trigger(StrEnum):
    """What a message says, by the names of HL7 version 2; FHIR's notifications say the same."""

    ADMIT = "A01"
    TRANSFER = "A02"
    DISCHARGE = "A03"
    REGISTER = "A04"
    TO_INPATIENT = "A06"
    TO_OUTPATIENT = "A07"
    UPDATE = "A08"
    CANCEL_ADMIT = "A11"
    CANCEL_TRANSFER = "A12"
    CANCEL_DISCHARGE = "A13"
    MERGE = "A40"


class PatientClass(StrEnum):
    """How somebody is at the hospital."""

    INPATIENT = "inpatient"
    EMERGENCY = "emergency"
    OTHER = "other"


class StatedPerson(Value):
    """Who the hospital says it is about. Everything may be missing; names are pairs of family and given name."""

    hospital_numbers: tuple[HospitalNumber, ...] = ()
    names: tuple[tuple[Annotated[str, Phi.NAME], Annotated[str, Phi.NAME]], ...] = ()
    suffix: Annotated[str, Phi.NAME] = ""
    birth_date: Annotated[date | None, Phi.DATE] = None
    sex: str = ""
    phones: tuple[Annotated[str, Phi.PHONE], ...] = ()
    street: Annotated[str, Phi.PLACE] = ""
    postal_code: Annotated[str, Phi.PLACE] = ""
    member_numbers: tuple[Annotated[str, Phi.NUMBER], ...] = ()

    @property
    def full_name(self) -> str:
        """The first name stated, for whoever looks at the worklist."""
        family, given = self.names[0] if self.names else ("", "")
        return " ".join(part for part in (given, family, self.suffix) if part)


class Fact(Value):
    """What one message says of a stay.

    recorded_at: when the hospital wrote it down, which orders facts.  happened_at: when it took place.
    died: None where the message does not say.
    """

    trigger: Trigger
    recorded_at: Annotated[datetime, Phi.DATE]
    happened_at: Annotated[datetime, Phi.DATE]
    patient_class: PatientClass = PatientClass.OTHER
    unit: str = ""
    planned: bool | None = None
    admitted_at: Annotated[datetime | None, Phi.DATE] = None
    discharged_to: DischargedTo = DischargedTo.NOT_STATED
    died: bool | None = None
    died_on: Annotated[date | None, Phi.DATE] = None


class Notice(Value):
    """A whole message. visit_number: the stay's, as the hospital numbers it; empty for what is about no stay.

    retired_numbers: of a merge, the hospital's numbers that are not used any more.
    """

    source: HospitalSource
    hospital: str
    visit_number: Annotated[str, Phi.NUMBER, Field(max_length=200)] = ""
    person: StatedPerson
    fact: Fact
    retired_numbers: tuple[HospitalNumber, ...] = ()

    @property
    def retired(self) -> StatedPerson:
        """Who had the numbers that a merge retires, as far as it says."""
        return StatedPerson(hospital_numbers=self.retired_numbers)

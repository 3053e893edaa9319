"""What is recorded of the way to hospice by a command each, and the days that it may name."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from carebus.contracts.care_plan import HospiceAgency, HospiceDischargeReason, HospiceSource
from carebus.contracts.event import Value
from carebus.contracts.people import Diagnosis
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.hospice.npi import Npi


def _code(text: str) -> str:
    code = text.replace(".", "").upper()
    if not (3 <= len(code) <= 7 and code.isascii() and code.isalnum() and code[0].isalpha() and code[1].isdigit()):  # noqa: PLR2004
        raise BrokenRule("Write an ICD-10-CM code, such as C34.90.")
    return text.upper()


Day = Annotated[date, Phi.DATE]
Said = Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, max_length=2000)]
Because = Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
Named = Annotated[str, Phi.NAME, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Hospice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9+(). x-]*$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10), AfterValidator(_code)]


class DayToCome(CarebusError):
    """This day is still to come. Give the day on which it was."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class DayIsPast(CarebusError):
    """This day is past. Give a day that is still to come."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class EffectiveBeforeSigned(CarebusError):
    """The election can't take effect before it was signed (42 CFR 418.24). Look at both days once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "effective_on"


class BeforeOurCare(CarebusError):
    """Our care had not begun on that day. If it is right, we should not have taken them on: tell the office."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "effective_on"


class BeforeTheElection(CarebusError):
    """The election had not taken effect, or was not signed, on that day. Look at the day once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RecordDiscussion(Value, Command):
    """Hospice was talked about with the patient or family."""

    discussed_on: Day
    said: Said = ""


class ReferToHospice(Value, Command):
    """The patient was referred to a hospice."""

    hospice_name: Hospice
    hospice_npi: Npi | None = None
    hospice_phone: Phone = ""
    referred_on: Day


class Election(Value):
    """What an election says. The hospice is named with its number, so that nobody takes it for another."""

    hospice_name: Hospice
    hospice_npi: Npi
    hospice_phone: Phone = ""
    signed_on: Day
    effective_on: Day
    attending: Named
    diagnosis_code: Code
    diagnosis: Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    source: HospiceSource

    @property
    def hospice(self) -> HospiceAgency:
        """The hospice that was elected."""
        return HospiceAgency(name=self.hospice_name, npi=self.hospice_npi, phone=self.hospice_phone)

    @property
    def terminal_diagnosis(self) -> Diagnosis:
        """For which illness."""
        return Diagnosis(system="ICD-10-CM", code=self.diagnosis_code, description=self.diagnosis)


class RecordElection(Election, Command):
    """The patient elected hospice; our care ends on the day on which that takes effect."""


class CorrectElection(Election, Command):
    """What was said of the election was wrong: all of it is said again, and why."""

    enrolment_id: UUID
    because: Because


class RecordDecline(Value, Command):
    """Hospice is not wanted now. `ask_again_on`: the day from which it may be asked again."""

    declined_on: Day
    because: Said = ""
    ask_again_on: Day


class RecordNotice(Value, Command):
    """The hospice says that its notice of election was accepted."""

    enrolment_id: UUID
    accepted_on: Day


class RecordRevocation(Value, Command):
    """The patient takes the election back."""

    enrolment_id: UUID
    revoked_on: Day
    source: HospiceSource


class RecordDischarge(Value, Command):
    """The hospice discharged the patient, alive."""

    enrolment_id: UUID
    discharged_on: Day
    reason: HospiceDischargeReason
    source: HospiceSource


class WithdrawEntry(Value, Command):
    """An entry was wrong: a talk, referral, decline, election, notice, package, or the answer to a prompt."""

    entry_id: UUID
    because: Because


class SendPackage(Value, Command):
    """Plan, wishes and medicines were given to the hospice. `how`: in words, such as: by fax."""

    to: Named
    how: Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class RecordReceipt(Value, Command):
    """Somebody of the hospice says that they have the package."""

    package_id: UUID
    received_by: Named
    received_on: Day


class AcknowledgePackage(Value, Command):
    """Whoever was given the private link of a package has it."""

    package_id: UUID
    received_by: Named


def require_past(care: Care, on: date, field: str, cause: Cause) -> None:
    """Raises DayToCome."""
    if on > day_of(care, cause.now):
        raise DayToCome(field=field)


def require_coming(care: Care, on: date, field: str, cause: Cause) -> None:
    """Raises DayIsPast."""
    if on <= day_of(care, cause.now):
        raise DayIsPast(field=field)


def require_election(care: Care, asked: Election, cause: Cause) -> None:
    """Raises DayToCome, EffectiveBeforeSigned, BeforeOurCare."""
    require_past(care, asked.signed_on, "signed_on", cause)
    if asked.effective_on < asked.signed_on:
        raise EffectiveBeforeSigned
    if care.opened_at is not None and asked.effective_on < day_of(care, care.opened_at):
        raise BeforeOurCare

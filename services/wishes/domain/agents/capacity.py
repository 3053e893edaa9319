"""Whether the patient can decide: an agent does only while a clinician says that they can't."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, ignore
from carebus.errors import CarebusError
from services.wishes.domain.concluding import concluded
from services.wishes.domain.wishes import Incapacity, Wishes


class SinceFuture(CarebusError):
    """That day is yet to come."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SinceBeforeBirth(CarebusError):
    """That is before the patient was born."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RecordIncapacity(Command):
    """A clinician found that the patient can't decide about their care."""

    by: str
    since: date
    because: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


class RecordCapacity(Command):
    """The patient decides for themselves again."""

    by: str


def record_incapacity(wishes: Wishes, record: RecordIncapacity, cause: Cause) -> Decision:
    """From now on the agent decides, within their powers. Raises SinceFuture, SinceBeforeBirth."""
    wishes.require_open()
    if record.since > cause.now.date():
        raise SinceFuture(field="since")
    if wishes.patient and record.since < wishes.patient.birth_date:
        raise SinceBeforeBirth(field="since")
    incapacity = Incapacity(since=record.since, recorded_by=record.by, because=record.because)
    return concluded(wishes, wishes.but(incapacity=incapacity), cause)


def record_capacity(wishes: Wishes, _: RecordCapacity, cause: Cause) -> Decision:
    """The agent decides no more."""
    wishes.require_open()
    return concluded(wishes, wishes.but(incapacity=None), cause) if wishes.incapacity else ignore("can_decide")

"""The payer is asked, and answers: each step at its own time, none before the one that stands."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import (
    DenialReason,
    DmeAppealLapsed,
    DmeAuthorisationAppealed,
    DmeAuthorisationApproved,
    DmeAuthorisationDenied,
    DmeAuthorisationExpired,
    DmeAuthorisationNotRequired,
    DmeAuthorisationPartlyApproved,
    DmeAuthorisationPended,
    DmeAuthorisationRequested,
    DmeRecordWithdrawn,
)
from carebus.contracts.event import Event
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.equipment.domain.concluding import concluded
from services.equipment.domain.days import day_of, end_of
from services.equipment.domain.deadlines import DeadlineKind
from services.equipment.domain.equipment import Day, Equipment, when
from services.equipment.domain.requests.request import AuthorisationStatus, Request, Step
from services.equipment.domain.requests.requesting import MOST_UNITS, Because, By

S = AuthorisationStatus
TOLD: Mapping[AuthorisationStatus, type[Event]] = {
    S.NOT_REQUIRED: DmeAuthorisationNotRequired,
    S.REQUESTED: DmeAuthorisationRequested,
    S.PENDED: DmeAuthorisationPended,
    S.APPROVED: DmeAuthorisationApproved,
    S.PARTLY_APPROVED: DmeAuthorisationPartlyApproved,
    S.DENIED: DmeAuthorisationDenied,
    S.APPEALED: DmeAuthorisationAppealed,
    S.EXPIRED: DmeAuthorisationExpired,
    S.LAPSED: DmeAppealLapsed,
}
"""What each step is told as."""
BY_TIMER = frozenset({S.EXPIRED, S.LAPSED})
Number = Annotated[str, Phi.NUMBER, Field(min_length=1, max_length=60)]
Text = Annotated[str, Phi.TEXT, Field(max_length=1000)]


class BeforeLastStep(CarebusError):
    """That is before what was recorded last of this authorisation."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class EndsBeforeStart(CarebusError):
    """The last day is before the first."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "ends_on"


class OverAlready(CarebusError):
    """That day is over: {what} would have ended when it was given."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MoreThanAsked(CarebusError):
    """{asked} were asked for. An authorisation of more is for another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "units"


class NotLess(CarebusError):
    """That is all that was asked for: record it as approved."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "units"


class TooLateToAppeal(CarebusError):
    """This could be appealed until {until}. Ask for it again instead."""


class _OfRequest(Command):
    request_id: UUID
    by: By
    at: AwareDatetime | None = None


class NoteNotRequired(_OfRequest):
    """The payer wants none."""


class AskPayer(_OfRequest):
    """The payer was asked."""


class NotePended(_OfRequest):
    """The payer wants to know more."""

    because: Because


class _Permits(_OfRequest):
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    starts_on: Day
    ends_on: Day
    number: Number


class NoteApproval(_Permits):
    """The payer pays for all of it."""


class NotePartApproval(_Permits):
    """The payer pays for less."""

    because: Because
    appeal_until: Day | None = None


class NoteDenial(_OfRequest):
    """The payer does not pay."""

    reason: DenialReason
    because: Text = ""
    appeal_until: Day | None = None


class Appeal(_OfRequest):
    """The payer is asked to think again."""

    because: Because


def note_not_required(equipment: Equipment, note: NoteNotRequired, cause: Cause) -> Decision:
    """It may be ordered."""
    return _step(equipment, note, S.NOT_REQUIRED, cause)


def ask_payer(equipment: Equipment, ask: AskPayer, cause: Cause) -> Decision:
    """The payer is to answer. Nothing is asked while a death is reported."""
    equipment.require_open()
    return _step(equipment, ask, S.REQUESTED, cause)


def note_pended(equipment: Equipment, note: NotePended, cause: Cause) -> Decision:
    """Somebody is to send what the payer wants to know."""
    return _step(equipment, note, S.PENDED, cause)


def note_approval(equipment: Equipment, note: NoteApproval, cause: Cause) -> Decision:
    """It may be ordered from the first day to the last. Raises EndsBeforeStart, OverAlready, MoreThanAsked."""
    request = equipment.require_known().request(note.request_id)
    _require_days(equipment, note, cause)
    if note.units > request.units:
        raise MoreThanAsked(asked=request.units)
    return _step(equipment, note, S.APPROVED, cause)


def note_part_approval(equipment: Equipment, note: NotePartApproval, cause: Cause) -> Decision:
    """So many may be ordered. Raises EndsBeforeStart, OverAlready, NotLess."""
    request = equipment.require_known().request(note.request_id)
    _require_days(equipment, note, cause)
    if note.units >= request.units:
        raise NotLess
    return _step(equipment, note, S.PARTLY_APPROVED, cause)


def note_denial(equipment: Equipment, note: NoteDenial, cause: Cause) -> Decision:
    """Nothing may be ordered. Raises OverAlready for an appeal that would have been over by then."""
    at = when(note.at, cause)
    if note.appeal_until and end_of(equipment.patient, note.appeal_until) <= at:
        raise OverAlready(what="the time to appeal", field="appeal_until")
    return _step(equipment, note, S.DENIED, cause)


def appeal(equipment: Equipment, appeals: Appeal, cause: Cause) -> Decision:
    """The payer is to answer again. Raises TooLateToAppeal."""
    request = equipment.require_known().request(appeals.request_id)
    until = request.step.appeal_until if request.step else None
    if until and end_of(equipment.patient, until) <= when(appeals.at, cause):
        raise TooLateToAppeal(until=f"{until:%d %b %Y}")
    return _step(equipment, appeals, S.APPEALED, cause)


def run_out(equipment: Equipment, request_id: UUID, kind: DeadlineKind, cause: Cause) -> Decision:
    """The last day of an authorisation, or of an appeal, is over. It happened then, however late that is seen."""
    status = S.EXPIRED if kind is DeadlineKind.AUTHORISATION else S.LAPSED
    request = equipment.request(request_id)
    step = Step(record_id=cause.derive("step"), status=status, at=cause.occurred_at, by="")
    return concluded(equipment, equipment.with_request(request.with_step(step)), told(request, step))


def told(request: Request, step: Step) -> Event:
    """A step as others hear of it; each event takes the fields that it has."""
    kind = TOLD[step.status]
    of = {"request_id": request.request_id, "recorded_by": step.by, kind.own_time() or "at": step.at}
    return kind.model_validate({**step.model_dump(exclude={"at", "by", "status"}), **of})


def _step(equipment: Equipment, given: _OfRequest, status: AuthorisationStatus, cause: Cause) -> Decision:
    """Raises PatientUnknown, RequestUnknown, NotFromHere, InFuture, BeforeLastStep."""
    at = when(given.at, cause)
    request, undone = _as_of(equipment.require_known().request(given.request_id), at, given.by, cause)
    if at < (request.step.at if request.step else request.requested_at):
        raise BeforeLastStep
    said = given.model_dump(exclude={"request_id", "at", "by"})
    step = Step(record_id=cause.derive("step"), status=status, at=at, by=given.by, **said)
    return concluded(equipment, equipment.with_request(request.with_step(step)), *undone, told(request, step))


def _as_of(request: Request, at: datetime, by: str, cause: Cause) -> tuple[Request, tuple[Event, ...]]:
    """What a timer recorded later than this happened, is undone: an appeal in time, heard of late, was in time."""
    last = request.step
    if last is None or last.status not in BY_TIMER or at >= last.at:
        return request, ()
    gone = DmeRecordWithdrawn(
        record_id=cause.derive("withdrawn", last.record_id),
        corrects=last.record_id,
        request_id=request.request_id,
        because="Something had happened before.",
        withdrawn_by=by,
        withdrawn_at=cause.now,
    )
    return request.model_copy(update={"steps": request.steps[:-1]}), (gone,)


def _require_days(equipment: Equipment, note: _Permits, cause: Cause) -> None:
    if note.ends_on < note.starts_on:
        raise EndsBeforeStart
    if note.ends_on < day_of(equipment.patient, when(note.at, cause)):
        raise OverAlready(what="the authorisation", field="ends_on")

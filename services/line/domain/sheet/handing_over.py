"""By seven in the morning of a patient's clock the team has a note of the night, by a timer or the nurse."""

from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from carebus.contracts.line import HandedOver, HandOverWritten, Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, require_own
from services.line.domain.sheet.sheet import Sheet

MORNING = time(7)
"""By then, on the patient's clock, the team has the note."""
MOST = 20
"""Calls of one note; with more, the first are told by it at once."""
TIMER = "hand_over"
ANYWHERE = "America/New_York"
"""Whose morning counts where a zone is not known."""


class NothingToHandOver(CarebusError):
    """The team has read of every call."""

    status = HTTPStatus.CONFLICT


class NotOfThisCall(CarebusError):
    """This call is not about that person. Link it first."""

    status = HTTPStatus.CONFLICT


class TellTeam(Command):
    """What the team is to know in the morning of this call, in the nurse's words."""

    nurse: Nurse
    call_id: UUID
    patient_id: UUID
    words: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=2000)]


class HandOver(Command):
    """The note is written now, before the morning."""


class MorningComes(Timer):
    """It is seven where the patient lives."""


def require_linked(call: Call, tell: TellTeam, _: Cause) -> Decision:
    """Raises NotTaken, HasAnotherNurse, NotOfThisCall: only whose call it is says what the team is to know of it."""
    require_own(call, tell.nurse)
    if call.patient_id != tell.patient_id:
        raise NotOfThisCall
    return ignore("linked")


def tell_team(sheet: Sheet, tell: TellTeam, cause: Cause) -> Decision:
    """The words stand in the next note; said again, the last stand."""
    sheet.require_goes_on()
    said = _of_call(sheet, tell.call_id)
    one = HandedOver(call_id=tell.call_id, nurse=tell.nurse.name, words=tell.words.strip(), called_at=cause.now)
    if said is not None:
        one = said.model_copy(update={"words": one.words})
    return noted(changed(sheet), sheet, one, cause)


def noted(decision: Decision, sheet: Sheet, one: HandedOver, cause: Cause) -> Decision:
    """The decision with this call in the next note, by the morning that comes; a call stands there once."""
    kept = _of_call(sheet, one.call_id)
    one = one.model_copy(update={"words": one.words or kept.words, "called_at": kept.called_at}) if kept else one
    others = tuple(each for each in sheet.to_hand_over if each.call_id != one.call_id)
    calls = tuple(sorted((*others, one), key=lambda each: each.called_at))
    if len(calls) > MOST:
        decision = decision.tells(_note(calls[:MOST], cause))
        sheet, calls = sheet.but(handed_over_at=cause.now), calls[MOST:]
    due = sheet.hand_over_due_at or morning_after(sheet, cause.now)
    changed_sheet = sheet.but(to_hand_over=calls, hand_over_due_at=due)
    return decision._replace(states=(changed_sheet,)).wakes(TIMER, due, MorningComes())


def without(sheet: Sheet, call_id: UUID) -> Sheet:
    """The sheet without a call that was about somebody else."""
    left, read = (
        tuple(each for each in calls if each.call_id != call_id) for calls in (sheet.to_hand_over, sheet.handed_over)
    )
    due = sheet.hand_over_due_at if left else None
    return sheet.but(to_hand_over=left, hand_over_due_at=due, handed_over=read)


def write_note(sheet: Sheet, _: HandOver, cause: Cause) -> Decision:
    """The nurse does not wait for the morning. Raises NothingToHandOver."""
    if not sheet.to_hand_over:
        raise NothingToHandOver
    return _written(sheet, cause).cancels(TIMER)


def write_by_morning(sheet: Sheet, _: MorningComes, cause: Cause) -> Decision:
    """Whatever the night left, the team has it now."""
    return _written(sheet, cause) if sheet.to_hand_over else ignore("nothing_to_hand_over")


def morning_after(sheet: Sheet, at: datetime) -> datetime:
    """The next seven o'clock where the patient lives."""
    name = sheet.person.time_zone if sheet.person else ANYWHERE
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo(ANYWHERE)
    day = at.astimezone(zone).date()
    today = datetime.combine(day, MORNING, zone).astimezone(UTC)
    return today if today > at else datetime.combine(day + timedelta(days=1), MORNING, zone).astimezone(UTC)


def _written(sheet: Sheet, cause: Cause) -> Decision:
    told = _note(sheet.to_hand_over, cause)
    written = sheet.but(
        to_hand_over=(), hand_over_due_at=None, handed_over_at=cause.now, handed_over=sheet.to_hand_over
    )
    return changed(written).tells(told)


def _note(calls: tuple[HandedOver, ...], cause: Cause) -> HandOverWritten:
    return HandOverWritten(hand_over_id=cause.derive("hand over"), calls=calls, written_at=cause.now)


def _of_call(sheet: Sheet, call_id: UUID) -> HandedOver | None:
    return next((each for each in sheet.to_hand_over if each.call_id == call_id), None)

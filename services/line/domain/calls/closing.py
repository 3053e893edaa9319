"""A call is closed once nothing more is to be done for it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import CallClosed, CallOutcome, HandedOver, Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, require_own
from services.line.domain.calls.linking import LinkedOtherwise
from services.line.domain.sheet import Sheet
from services.line.domain.sheet.handing_over import noted


class PromiseOpen(CarebusError):
    """A callback is promised and not made. Make it first, or say that it was made."""

    status = 409


class PageOpen(CarebusError):
    """A clinician is paged and has not taken it. Wait, or say who took it."""

    status = 409


class CloseCall(Command):
    """Nothing more is to be done.

    about, said: whom the call is about and what the nurse wrote down, which the service adds from the call.
    """

    nurse: Nurse
    call_id: UUID
    outcome: CallOutcome
    about: Annotated[UUID | None, Field(exclude=True)] = None
    said: Annotated[str, Phi.TEXT, Field(exclude=True)] = ""


def close_call(call: Call, close: CloseCall, cause: Cause) -> Decision:
    """Nobody forgets what was promised: an open promise or page keeps a call open."""
    require_own(call, close.nurse)
    if call.open_promises:
        raise PromiseOpen
    if call.waits_for_page:
        raise PageOpen
    if close.about != call.patient_id:
        raise LinkedOtherwise
    closed = call.but(closed_at=cause.now, outcome=close.outcome)
    return changed(closed).tells(CallClosed(outcome=close.outcome, closed_at=cause.now))


def note_closed(sheet: Sheet, close: CloseCall, cause: Cause) -> Decision:
    """Their team reads of the call in the morning also where nothing was advised and nothing written for them."""
    told = {one.call_id for one in (*sheet.to_hand_over, *sheet.handed_over)} | {one.call_id for one in sheet.calls}
    if sheet.person is None or close.call_id in told or close.outcome is CallOutcome.WRONG_NUMBER:
        return ignore("told")
    one = HandedOver(call_id=close.call_id, nurse=close.nurse.name, words=close.said.strip(), called_at=cause.now)
    return noted(changed(sheet), sheet, one, cause)

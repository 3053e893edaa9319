"""A call is closed once nothing more is to be done for it."""

from carebus.contracts.line import CallClosed, CallOutcome, Nurse
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, require_own


class PromiseOpen(CarebusError):
    """A callback is promised and not made. Make it first, or say that it was made."""

    status = 409


class PageOpen(CarebusError):
    """A clinician is paged and has not taken it. Wait, or say who took it."""

    status = 409


class CloseCall(Command):
    """Nothing more is to be done."""

    nurse: Nurse
    outcome: CallOutcome


def close_call(call: Call, close: CloseCall, cause: Cause) -> Decision:
    """Nobody forgets what was promised: an open promise or page keeps a call open."""
    require_own(call, close.nurse)
    if call.open_promises:
        raise PromiseOpen
    if call.waits_for_page:
        raise PageOpen
    closed = call.but(closed_at=cause.now, outcome=close.outcome)
    return changed(closed).tells(CallClosed(outcome=close.outcome, closed_at=cause.now))

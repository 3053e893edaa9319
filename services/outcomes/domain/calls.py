"""A call of the line as it is counted: how long it rang, whether anybody answered, which promises were kept.

What is told of a call may be heard in any order; what a call counts as follows from all of it, each time anew.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from carebus.contracts.event import Value
from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
)
from carebus.decisions import Cause, Decision, State, changed

CLOCK = ZoneInfo("America/New_York")
"""The clock by which months begin: the line writes its shifts down by it too."""


class Promise(Value):
    """A promised callback. made and missed: None while nobody told of it; in time is made, and not late."""

    promise_id: UUID
    promised: bool = False
    made: bool = False
    late: bool = False
    missed: bool = False

    @property
    def is_due(self) -> bool:
        """Whether it is settled if it was kept in time."""
        return self.made or self.missed


class Call(State):
    """What is known of one call, without its numbers, and what it counts as.

    month: in which it came (`2026-03`); None while nobody told that it did.  waited: seconds until somebody answered a
    call that rang; None for one that nobody answered, or that a nurse wrote down, which never rang here.
    """

    by_hand: bool = False
    answered_at: datetime | None = None
    answered_after: float = 0.0
    abandoned_at: datetime | None = None
    promises: tuple[Promise, ...] = ()
    month: str | None = None
    waited: float | None = None
    abandoned: bool = False
    callbacks_due: int = 0
    callbacks_in_time: int = 0


def received(call: Call, event: CallReceived, _: Cause) -> Decision:
    """Somebody called."""
    return _counted(call.but(month=month_of(event.received_at), by_hand=event.by_hand))


def answered(call: Call, event: CallAnswered, _: Cause) -> Decision:
    """A person spoke with them. Told again it is put right: the earliest answer counts, and the longest it rang."""
    known = (call.answered_at, -call.answered_after) if call.answered_at else None
    if known is not None and known <= (event.answered_at, -event.waited_seconds):
        return _counted(call)
    return _counted(call.but(answered_at=event.answered_at, answered_after=event.waited_seconds))


def abandoned(call: Call, event: CallAbandoned, _: Cause) -> Decision:
    """They hung up before anybody answered."""
    return _counted(call.but(abandoned_at=event.abandoned_at))


def callback_promised(call: Call, event: CallbackPromised, _: Cause) -> Decision:
    """Somebody is to call back: it counts once it was made, or was due."""
    return _counted(_with(call, event.promise_id, promised=True))


def callback_made(call: Call, event: CallbackMade, _: Cause) -> Decision:
    """Somebody did."""
    return _counted(_with(call, event.promise_id, made=True, late=event.late))


def callback_missed(call: Call, event: CallbackMissed, _: Cause) -> Decision:
    """It was due, and nobody had."""
    return _counted(_with(call, event.promise_id, missed=True))


def month_of(at: datetime) -> str:
    """In which month of the line's clock this was."""
    return at.astimezone(CLOCK).strftime("%Y-%m")


def first_month(now: datetime, months: int) -> str:
    """The first of so many months, of which this is the last."""
    local = now.astimezone(CLOCK)
    count = local.year * 12 + local.month - months
    return f"{count // 12}-{count % 12 + 1:02}"


def _with(call: Call, promise_id: UUID, **heard: bool) -> Call:
    known = {one.promise_id: one for one in call.promises}
    known[promise_id] = known.get(promise_id, Promise(promise_id=promise_id)).model_copy(update=heard)
    return call.but(promises=tuple(known[each] for each in sorted(known)))


def _counted(call: Call) -> Decision:
    gone, spoke = call.abandoned_at, call.answered_at
    was_abandoned = gone is not None and (spoke is None or gone < spoke)  # who is called back later was not answered
    rang = spoke is not None and not was_abandoned and not call.by_hand
    due = [one for one in call.promises if one.is_due]
    return changed(
        call.but(
            waited=call.answered_after if rang else None,
            abandoned=was_abandoned,
            callbacks_due=len(due),
            callbacks_in_time=sum(one.made and not one.late and not one.missed for one in due),
        )
    )

"""What counting the line needs of a call and of the advice that came of it: no numbers, no names, no texts.

Each event sets what it alone says, so calls count alike in whatever order they are told.
"""

from datetime import datetime
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
    CallTriaged,
    CallTriageWithdrawn,
    HospitalAdvice,
)
from carebus.decisions import Cause, Decision, State, changed

AT_ONCE_SECONDS = 30.0
"""Answered so soon, a call is answered at once (four fifths within thirty seconds is what nurse lines aim at: URAC)."""

CALLS_KEPT = 50
"""So many calls of one patient a document keeps."""


class Callback(Value):
    """A promise. late: of one that was kept; None while it is not.  missed: it came due first."""

    promise_id: UUID
    late: bool | None = None
    missed: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether it was kept, or should have been."""
        return self.late is not None or self.missed


class Called(State):
    """One call. waited_seconds: until somebody answered; None where nobody is known to have."""

    received_at: datetime | None = None
    waited_seconds: float | None = None
    abandoned: bool = False
    callbacks: tuple[Callback, ...] = ()

    @property
    def kept(self) -> int:
        """Callbacks that were made in time."""
        return sum(one.late is False for one in self.callbacks)

    @property
    def settled(self) -> int:
        """Callbacks of which it is known whether they were."""
        return sum(one.is_settled for one in self.callbacks)


class Advice(Value):
    """What came of one call for a patient: the latest advice, unless the call was about somebody else."""

    call_id: UUID
    triaged_at: datetime | None = None
    to_hospital: bool = False
    withdrawn_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether the advice stands."""
        if self.triaged_at is None:
            return False
        return self.withdrawn_at is None or self.withdrawn_at < self.triaged_at


class Advised(State):
    """The last calls about one patient; of earlier ones the rows remain, which nothing changes any more."""

    calls: tuple[Advice, ...] = ()

    def of(self, call_id: UUID) -> Advice:
        """What is known of a call."""
        return next((one for one in self.calls if one.call_id == call_id), Advice(call_id=call_id))

    def with_call(self, call: Advice) -> "Advised":
        """The same with this call as it is now, the last to change last."""
        others = tuple(one for one in self.calls if one.call_id != call.call_id)
        return self.but(calls=(*others, call)[-CALLS_KEPT:])


def call_received(called: Called, event: CallReceived, _: Cause) -> Decision:
    """Somebody called."""
    return changed(called.but(received_at=event.received_at))


def call_answered(called: Called, event: CallAnswered, _: Cause) -> Decision:
    """A person speaks with the caller."""
    return changed(called.but(waited_seconds=event.waited_seconds))


def call_abandoned(called: Called, _: CallAbandoned, __: Cause) -> Decision:
    """The caller hung up first."""
    return changed(called.but(abandoned=True))


def callback_promised(called: Called, event: CallbackPromised, _: Cause) -> Decision:
    """Somebody calls back."""
    return changed(_with(called, event.promise_id))


def callback_made(called: Called, event: CallbackMade, _: Cause) -> Decision:
    """In time or late."""
    return changed(_with(called, event.promise_id, late=event.late))


def callback_missed(called: Called, event: CallbackMissed, _: Cause) -> Decision:
    """It came due and was not made."""
    return changed(_with(called, event.promise_id, missed=True))


def call_triaged(advised: Advised, event: CallTriaged, _: Cause) -> Decision:
    """Advised again, the latest stands."""
    call = advised.of(event.call_id)
    if call.triaged_at is not None and call.triaged_at > event.triaged_at:
        return changed(advised)
    news = {"triaged_at": event.triaged_at, "to_hospital": event.hospital is not HospitalAdvice.NONE}
    return changed(advised.with_call(call.model_copy(update=news)))


def triage_withdrawn(advised: Advised, event: CallTriageWithdrawn, _: Cause) -> Decision:
    """The call was about somebody else."""
    call = advised.of(event.call_id)
    latest = max(filter(None, (call.withdrawn_at, event.withdrawn_at)))
    return changed(advised.with_call(call.model_copy(update={"withdrawn_at": latest})))


def _with(called: Called, promise_id: UUID, **said: bool) -> Called:
    known = next((one for one in called.callbacks if one.promise_id == promise_id), Callback(promise_id=promise_id))
    others = tuple(one for one in called.callbacks if one.promise_id != promise_id)
    return called.but(callbacks=(*others, known.model_copy(update=said)))

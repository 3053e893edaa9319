"""Promises: somebody calls back within so many minutes, and nobody forgets it: a timer on the call's stream watches."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import CallbackMade, CallbackMissed, CallbackPromised, Nurse
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, Promise, require_open, require_own

WITHIN_MINUTES = 30
"""Call back within half an hour (URAC's measure of nurse lines)."""
MOST_MINUTES = 24 * 60
MOST_OPEN = 5


class PromiseUnknown(CarebusError):
    """There is no such promise, or it is kept already."""

    status = 404


class TooManyPromises(CarebusError):
    """So many callbacks are promised for this call already. Make one of them first."""

    status = 409


class PromiseCallback(Command):
    """The caller is told that somebody calls back."""

    nurse: Nurse
    minutes: Annotated[int, Field(ge=5, le=MOST_MINUTES)] = WITHIN_MINUTES


class AcceptPromise(Command):
    """The nurse who comes on takes a promise over from the one who goes."""

    nurse: Nurse
    promise_id: UUID


class MakeCallback(Command):
    """Somebody called back."""

    nurse: Nurse
    promise_id: UUID


class CallbackDue(Timer):
    """The caller was promised a call by now."""

    promise_id: UUID


def promise_callback(call: Call, promise: PromiseCallback, cause: Cause) -> Decision:
    """A promise is kept whatever becomes of the nurse."""
    require_own(call, promise.nurse)
    if len(call.open_promises) >= MOST_OPEN:
        raise TooManyPromises
    due = cause.now + timedelta(minutes=promise.minutes)
    made = Promise(promise_id=cause.derive("promise"), nurse=promise.nurse, due_at=due, promised_at=cause.now)
    told = CallbackPromised(promise_id=made.promise_id, due_at=due, promised_at=cause.now)
    waiting = CallbackDue(promise_id=made.promise_id)
    return changed(call.but(promises=(*call.promises, made))).tells(told).wakes(_timer(made.promise_id), due, waiting)


def accept_promise(call: Call, accept: AcceptPromise, _: Cause) -> Decision:
    """Whose it is, everybody sees."""
    require_open(call)
    promise = _open(call, accept.promise_id)
    return changed(_with(call, promise.model_copy(update={"nurse": accept.nurse})))


def make_callback(call: Call, made: MakeCallback, cause: Cause) -> Decision:
    """Kept, in time or late; whoever is there may keep it."""
    require_open(call)
    promise = _open(call, made.promise_id)
    kept = promise.model_copy(update={"made_at": cause.now, "nurse": made.nurse})
    told = CallbackMade(promise_id=promise.promise_id, late=cause.now > promise.due_at, made_at=cause.now)
    return changed(_with(call, kept)).tells(told).cancels(_timer(promise.promise_id))


def note_missed(call: Call, due: CallbackDue, _: Cause) -> Decision:
    """Nobody has called: everybody sees it, and it stays open."""
    promise = next((one for one in call.open_promises if one.promise_id == due.promise_id), None)
    if promise is None or promise.missed_at:
        return ignore("kept")
    missed = promise.model_copy(update={"missed_at": promise.due_at})
    told = CallbackMissed(promise_id=promise.promise_id, missed_at=promise.due_at)
    return changed(_with(call, missed)).tells(told)


def _open(call: Call, promise_id: UUID) -> Promise:
    found = next((one for one in call.open_promises if one.promise_id == promise_id), None)
    if found is None:
        raise PromiseUnknown
    return found


def _with(call: Call, promise: Promise) -> Call:
    kept = tuple(promise if one.promise_id == promise.promise_id else one for one in call.promises)
    return call.but(promises=kept)


def _timer(promise_id: UUID) -> str:
    return f"callback/{promise_id}"

"""Three small services that talk to each other: `asking` takes commands, `echo` answers, `counting` only hears."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.contracts.envelope import Headers
from carebus.contracts.event import Event, Value
from carebus.contracts.referral import DeclineReason, EligibilityAssessed, ReferralDeclined
from carebus.decisions import Cause, Decision, Handlers, Reaction, State, Timer, changed, on
from carebus.errors import CarebusError
from carebus.observing.tracing import Tracing
from carebus.storage.states import Documents, States, tables
from carebus.storage.timers import TimerTable
from carebus.subscribing.batch import Batch
from carebus.subscribing.hearing import Hearing
from carebus.subscribing.interpreting import Interpreter
from carebus.testing import let_tell
from tests.simulation.postgres import Row, Statement
from tests.simulation.statements import KIT, documents

PLAIN = DeclineReason.OTHER
SPOILT = DeclineReason.DECEASED  # `echo` cannot decide on it until it is mended
REFUSED = DeclineReason.NO_CAPACITY  # `echo`'s database refuses what follows from it, until it is mended
SETS = DeclineReason.DUPLICATE  # both services set, or move, their timer of this patient
CANCELS = DeclineReason.COULD_NOT_CONTACT  # both services cancel it


class Say(Value):
    """A command: tell this mark once."""

    mark: UUID
    kind: DeclineReason


class Entries(State):
    """What happened to one patient here, in order: `<what> <mark>`, and for a timer the second when it is due."""

    entries: tuple[str, ...] = ()


class Said(Entries):
    """The commands that were taken."""


class Heard(Entries):
    """The events that were heard."""


class Reminder(Timer):
    """Somebody wanted to be told this mark later."""

    mark: UUID


class Place(BaseModel):
    """The answer to a command: the how manyeth of its patient it was."""

    position: int


class NotYet(CarebusError):
    """This event cannot be handled before the service is mended."""


SAID = Documents("said", Said)
HEARD = Documents("heard", Heard)
STATES: States = tables(SAID, HEARD)


def say(said: Said, command: Say, cause: Cause) -> Decision:
    """Keep the mark and tell it."""
    return _timed(said, command.kind, command.mark, cause).tells(_told(command.mark, command.kind, cause))


def told_late(said: Said, due: Reminder, cause: Cause) -> Decision:
    """The timer's turn: tell a new mark."""
    return _entered(said, f"woke {due.mark}").tells(_told(woken(due.mark), PLAIN, cause))


def answered_late(heard: Heard, due: Reminder, cause: Cause) -> Decision:
    """The timer's turn: answer a new mark."""
    return _entered(heard, f"woke {due.mark}").tells(_answer(woken(due.mark, at="echo")))


def keep_question(heard: Heard, event: ReferralDeclined, cause: Cause) -> Decision:
    """Keep what was said."""
    return _entered(heard, f"said {event.referral_id}")


def keep_answer(heard: Heard, event: EligibilityAssessed, cause: Cause) -> Decision:
    """Keep what was answered."""
    return _entered(heard, f"answered {event.referral_id}")


def woken(mark: UUID, at: str = "asking") -> UUID:
    """The mark that is told when a timer is due."""
    return uuid5(mark, f"woken at {at}")


def delay(mark: UUID) -> timedelta:
    """How long the timer of a mark runs."""
    return timedelta(milliseconds=100 + mark.int % 1900)


def _timed(state: Entries, kind: DeclineReason, mark: UUID, cause: Cause) -> Decision:
    if kind is SETS:
        at = cause.now + delay(mark)
        return _entered(state, f"set {mark} {at.timestamp()}").wakes("reminder", at, Reminder(mark=mark))
    if kind is CANCELS:
        return _entered(state, f"cancel {mark}").cancels("reminder")
    return _entered(state, f"{'refused' if kind is REFUSED else 'said'} {mark}")


def _entered(state: Entries, entry: str) -> Decision:
    return changed(state.but(entries=(*state.entries, entry)))


def _told(mark: UUID, kind: DeclineReason, cause: Cause) -> ReferralDeclined:
    return ReferralDeclined(referral_id=mark, reason=kind, reason_text="made up", declined_at=cause.now)


def _answer(mark: UUID) -> EligibilityAssessed:
    return EligibilityAssessed(referral_id=mark, ruleset="echo", criteria=(), eligible=True)


@dataclass(frozen=True)
class Definition:
    """What all processes of one service share."""

    name: str
    batch: Batch
    hears: Hearing
    timers: TimerTable
    statements: Mapping[str, Statement]


def define(name: str, mended: Callable[[], bool]) -> Definition:
    """One of the three; `mended` says whether `echo` can handle what is spoilt by now."""

    def answer(heard: Heard, event: ReferralDeclined, cause: Cause) -> Decision:
        if event.reason is SPOILT and not mended():
            raise NotYet
        kind = PLAIN if event.reason is REFUSED and mended() else event.reason
        return _timed(heard, kind, event.referral_id, cause).tells(_answer(event.referral_id))

    both: Handlers = {ReferralDeclined: on(Heard, keep_question), EligibilityAssessed: on(Heard, keep_answer)}
    hears: dict[str, Handlers] = {
        "asking": {**both, Reminder: on(Said, told_late)},
        "echo": {ReferralDeclined: on(Heard, answer), Reminder: on(Heard, answered_late)},
        "counting": both,
    }
    events: dict[type[Event], Reaction] = {k: r for k, r in hears[name].items() if issubclass(k, Event)}
    hearing = Hearing(events)
    return Definition(
        name,
        Batch(Interpreter(name, STATES, hearing, Tracing(name, endpoint=None, ratio=0))),
        hearing,
        TimerTable({k: r for k, r in hears[name].items() if issubclass(k, Timer)}),
        {
            **KIT,
            **documents("said", SAID),
            **documents("heard", HEARD, refuses="refused " if name == "echo" else None),
        },
    )


SAY = on(Said, say)
for source in ("asking", "echo", "counting"):
    let_tell(source)


def headers_of(row: Row) -> Headers:
    """The headers of a row of the outbox."""
    return [(name, value.encode()) for name, value in json.loads(row["headers"]).items()]

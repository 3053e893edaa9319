"""What a domain is written in: states, causes and decisions. Pure: no I/O, no clock, no randomness."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, TypeVarTuple, overload
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel, ConfigDict

from carebus.contracts.event import Event, Stream, Value, subject_id
from carebus.relations import RelationChange

_ROOT = uuid5(NAMESPACE_OID, "org.carebus")
_ROOTED = sha1(_ROOT.bytes, usedforsecurity=False)


class State(BaseModel):
    """What a service knows of one stream. A blank one (all defaults) stands for a stream not seen before.

    `LIVES_ON` names the one stream of a state that is not kept per subject, such as a table of the clinic's own.
    `PART` names the field that says which part of its stream a state is of, such as one visit of a patient's: of the
    message, to find it, and of the state, to keep it. Commands and timers may need such a state, events may not: they
    are decoded only after all states were loaded. Any decision may make one.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    LIVES_ON: ClassVar[Stream | None] = None
    PART: ClassVar[str | None] = None

    def __repr_args__(self) -> Any:
        return ()

    def but(self, **changes: Any) -> Self:
        """The same state with these fields changed."""
        return self.model_copy(update=changes)

    def as_history(self) -> Self:
        """This state when what led to it is past and was only read again: nothing in it may wait to be done outside.

        A service with a worker says here what becomes of the work that a replayed decision leaves to it.
        """
        return self


def place_of(kind: type[State], stream: Stream, names_part: BaseModel) -> Stream:
    """Where a state of this kind is kept: on the stream, on the one it lives on, or as the part of it that is named."""
    if kind.LIVES_ON is not None:
        return kind.LIVES_ON
    return stream if kind.PART is None else Stream(f"{stream}/{getattr(names_part, kind.PART)}")


class Timer(Value):
    """What a service asks to be told at a later time. A subclass per kind; kept as JSON until due."""


class Command(BaseModel):
    """What somebody asks a service to do: a verb. A subclass per kind, which needs a rule in the service's access.py.

    Programs may send one as it stands; what it does not know is refused.
    """


def commands_of(package: str) -> list[type[Command]]:
    """Every kind of command that this package has, as far as it was imported; not what several have in common."""

    def kinds(of: type[Command]) -> list[type[Command]]:
        return [kind for each in of.__subclasses__() for kind in (kinds(each) or [each])]

    return [kind for kind in kinds(Command) if kind.__module__.startswith(f"{package}.")]


def acting(role: str, actor: str) -> str:
    """Somebody with the role they act in, in one word: `nurse:5e0a...`; who has no account is their own role."""
    return actor if not role or actor.partition(":")[0] == role else f"{role}:{actor}"


def acted(by: str) -> tuple[str, str]:
    """The role and the actor of `acting`."""
    role, _, actor = by.rpartition(":")
    return role, actor if role and _is_id(actor) else by


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class Cause(NamedTuple):
    """Why a decision is made now: the command, event or timer behind it, and the clinic's time.

    id: of the command, event or timer; the same after a replay.  stream: whose order the decision takes place in.
    occurred_at: when the event was told, the command given, or the timer due; `now` is when it is decided upon.
    When the fact behind an event happened, its own body says (`visit.completed_at`): that is kept, and waited from.
    of_the_past: that was before this service was first started. Whoever had to act upon it did so then, or cannot any
    more; what a timer of the past tells is counted and not told (docs/decisions/0028).
    follows: source and sequence of the event behind it; None for a command or timer.
    role: in which role somebody gives a command (carebus.access.Role, or "outsider", "program" and the like).
    """

    id: UUID
    stream: Stream
    now: datetime
    actor: str
    correlation_id: UUID
    occurred_at: datetime
    traceparent: str | None = None
    follows: tuple[str, int] | None = None
    of_the_past: bool = False
    role: str = ""

    @property
    def subject_id(self) -> UUID:
        """The opaque id of the patient (or other subject) the stream belongs to."""
        return UUID(subject_id(self.stream))

    @property
    def by(self) -> str:
        """Who decides, as states keep it: `coordinator:` and an account, or what kind of stranger or worker."""
        return acting(self.role, self.actor)

    def derive(self, *name: object) -> UUID:
        """An id for a thing that this decision makes: the same for the same cause and name, so a replay repeats it."""
        return uuid5(self.id, "/".join(map(str, name)))


class Wake(NamedTuple):
    """A timer to set: one per stream and name; setting it again moves it."""

    name: str
    at: datetime
    timer: Timer


class Decision(NamedTuple):
    """What follows from one message: changed states, events told, timers set and cancelled. All or nothing.

    relations: who stands how to the subject from now on, where that follows from no event alone.
    """

    states: tuple[State, ...] = ()
    events: tuple[Event, ...] = ()
    wakes_at: tuple[Wake, ...] = ()
    cancelled: tuple[str, ...] = ()
    ignored: str | None = None
    correlation_id: UUID | None = None
    relations: tuple[RelationChange, ...] = ()

    def tells(self, *events: Event) -> "Decision":
        """Publish these events, in this order."""
        return self._replace(events=self.events + events)

    def wakes(self, name: str, at: datetime, timer: Timer) -> "Decision":
        """Be told `timer` at `at`, unless cancelled by its name."""
        return self._replace(wakes_at=(*self.wakes_at, Wake(name, at, timer)))

    def relates(self, *changes: RelationChange) -> "Decision":
        """From now on these stand so to the subject, or do no more."""
        return self._replace(relations=self.relations + changes)

    def part_of(self, correlation_id: UUID | None) -> "Decision":
        """What follows belongs to this earlier matter (a referral, say), though a request of its own brought it about.

        None leaves it part of the request's own matter.
        """
        return self._replace(correlation_id=correlation_id)

    def cancels(self, *names: str) -> "Decision":
        """Forget these timers of the stream."""
        return self._replace(cancelled=self.cancelled + names)


def changed(*states: State) -> Decision:
    """These states are now so."""
    return Decision(states=states)


def tells(*events: Event) -> Decision:
    """Nothing changes here, but these events are published."""
    return Decision(events=events)


def ignore(because: str) -> Decision:
    """The rules say that this message has no effect here; `because` is a short code for the metrics."""
    return Decision(ignored=because)


M = TypeVar("M", bound=BaseModel)
A = TypeVar("A", bound=State)
B = TypeVar("B", bound=State)
C = TypeVar("C", bound=State)
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class Reaction:
    """Which states a decision needs, and the decision: `decide(*states, message, cause)`."""

    states: tuple[type[State], ...]
    decide: Callable[..., Decision]
    elsewhere: tuple[Stream, ...] = field(init=False)
    """The streams beside the subject's own in whose order the decision takes part."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "elsewhere", tuple(kind.LIVES_ON for kind in self.states if kind.LIVES_ON))

    def streams(self, subject: Stream) -> tuple[Stream, ...]:
        """Every stream whose order this decision takes part in."""
        return (subject, *self.elsewhere)


@overload
def on(first: type[A], decide: Callable[[A, M, Cause], Decision], /) -> Reaction: ...
@overload
def on(first: type[A], second: type[B], decide: Callable[[A, B, M, Cause], Decision], /) -> Reaction: ...
@overload
def on(
    first: type[A], second: type[B], third: type[C], decide: Callable[[A, B, C, M, Cause], Decision], /
) -> Reaction: ...
def on(*parts: Any) -> Reaction:
    """A line of a service's table: the states a decision needs, then the decision."""
    return Reaction(states=parts[:-1], decide=parts[-1])


Handlers = dict[type[Event] | type[Timer], Reaction]
"""What a service hears: event or timer type -> reaction. The whole wiring of a service is one such table."""


def event_id(source: str, cause: Cause, ordinal: int) -> UUID:
    """The id of the nth event that one service tells because of one cause: a replay makes the same ids."""
    rooted = _ROOTED.copy()  # the same as uuid5 of the root, whose part is computed once
    rooted.update(f"{source}/{cause.id}/{ordinal}".encode())
    return UUID(bytes=rooted.digest()[:16], version=5)

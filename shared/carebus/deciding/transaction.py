"""The way of every command, event and timer: load states, decide one by one, save all, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from pydantic import BaseModel

from carebus.contracts import may_tell
from carebus.contracts.envelope import Envelope
from carebus.contracts.event import Event, Stream
from carebus.core import Core
from carebus.deciding.without_effects import WithoutEffects
from carebus.decisions import Cause, Decision, Reaction, State, Timer, event_id, place_of
from carebus.errors import CarebusError
from carebus.notices import Made
from carebus.relations import RelationChange, RelationsOf, no_relations
from carebus.storage import beginning, outbox, relations, timers
from carebus.storage.database import Connection
from carebus.storage.outbox import Told
from carebus.storage.states import States
from carebus.storage.streams import Locked

StateKey = tuple[type[State], Stream]
"""A kind of state and the stream it is kept of."""


class Item(NamedTuple):
    """One message to decide upon."""

    reaction: Reaction
    message: BaseModel
    cause: Cause

    def state_keys(self) -> list[StateKey]:
        """The states that the decision needs and where they are kept."""
        return [(kind, place_of(kind, self.cause.stream, self.message)) for kind in self.reaction.states]


class NotInContract(CarebusError):
    """{source} can't tell {event}: no contract of this service declares it. Declare it in the module of the service
    that tells it, beside the others, as docs/how-to/add-an-event.md says."""

    status = 500


class UnlockedStream(Exception):
    """A decision told an event on a stream whose order it does not take part in."""


class Deciding:
    """One transaction's worth of decisions. Make one per transaction, after the streams were locked."""

    def __init__(
        self,
        source: str,
        tables: States,
        locked: dict[Stream, Locked],
        quiet: WithoutEffects | None = None,
        relations_of: RelationsOf = no_relations,
    ) -> None:
        self._relations_of = relations_of
        self._quiet = quiet
        self._source = source
        self._tables = tables
        self._next = {stream: one.next_sequence for stream, one in locked.items()}
        self._locked = locked
        self._began = next((one.began_at for one in locked.values()), None)
        self._untold: Counter[str] = Counter()
        self._states: dict[StateKey, State] = {}
        self._changed: dict[StateKey, State] = {}
        self._timers: list[timers.Change] = []
        self._relations: list[RelationChange] = []
        self.told: list[Told] = []

    @classmethod
    def of(cls, core: Core, locked: dict[Stream, Locked]) -> "Deciding":
        """Decisions of this service on these streams."""
        return cls(core.name, core.states, locked, relations_of=core.access.relations_of)

    async def load(self, db: Connection, keys: Iterable[StateKey]) -> None:
        """Load what will be needed, one query per kind of state."""
        wanted: dict[type[State], set[Stream]] = {}
        for kind, stream in keys:
            wanted.setdefault(kind, set()).add(stream)
        for kind, of in wanted.items():
            found = await self._tables[kind].load(db, sorted(of))
            self._states.update({(kind, stream): state for stream, state in found.items()})

    def state(self, kind: type[State], stream: Stream) -> State:
        """The state as it is after the decisions so far; a blank one for a stream not seen before."""
        return self._states.get((kind, stream)) or kind()

    def decide(self, item: Item) -> Decision:
        """Decide upon one message and keep what follows. Whatever the domain raises comes out, and nothing is kept."""
        item = self._dated(item)
        states = [self.state(kind, stream) for kind, stream in item.state_keys()]
        decision = item.reaction.decide(*states, item.message, item.cause)
        related = self._related(item, decision)
        if self._quiet is not None:
            decision = self._quiet.hush(decision)
        elif item.cause.of_the_past and isinstance(item.message, Timer):
            self._untold.update(type(event).__name__ for event in decision.events)
            decision = decision._replace(events=())
        if decision.correlation_id:
            item = item._replace(cause=item.cause._replace(correlation_id=decision.correlation_id))
        told, cause = self._seal(item, decision), item.cause
        for state in decision.states:
            place = (type(state), place_of(type(state), item.cause.stream, state))
            self._states[place] = self._changed[place] = state
        for event in told:
            self._next[event.envelope.subject] = event.envelope.sequence + 1
        self.told += told
        self._relations += related
        self._timers += [timers.Change(cause.stream, name, None, cause) for name in decision.cancelled]
        self._timers += [timers.Change(cause.stream, wake.name, wake, cause) for wake in decision.wakes_at]
        return decision

    async def save(self, db: Connection) -> None:
        """Store changed states, told events, sequences and timers: a handful of statements, however many items."""
        by_kind: dict[type[State], dict[Stream, Any]] = {}
        for (kind, stream), state in self._changed.items():
            by_kind.setdefault(kind, {})[stream] = state
        for kind, states in by_kind.items():
            await self._tables[kind].save(db, states if self._quiet is None else self._quiet.settle(states))
        await outbox.write(db, self.told)
        await timers.write(db, self._timers)
        if self._relations:
            await relations.write(db, self._relations)
        await beginning.leave_untold(db, self._untold)

    def _related(self, item: Item, decision: Decision) -> list[RelationChange]:
        """Who stands how to whom follows from what is heard, from what is told, and from the decision itself."""
        heard = [item.message] if isinstance(item.message, Event) else []
        of_events = (self._relations_of(e, item.cause.stream, item.cause.now) for e in (*heard, *decision.events))
        return [*chain.from_iterable(of_events), *decision.relations]

    def made(self) -> Made:
        """What was made that somebody may wait for, once it is committed."""
        due = (change.wake.at for change in self._timers if change.wake is not None)
        return Made(bool(self.told), min(due, default=None), frozenset(kind for kind, _ in self._changed))

    def _dated(self, item: Item) -> Item:
        """The item with its cause marked, if that was before this service began."""
        if self._began is None or item.cause.occurred_at >= self._began:
            return item
        return item._replace(cause=item.cause._replace(of_the_past=True))

    def _seal(self, item: Item, decision: Decision) -> list[Told]:
        taken: dict[Stream, int] = {}
        told = []
        for ordinal, event in enumerate(decision.events):
            if not may_tell(self._source, type(event)):
                raise NotInContract(source=self._source, event=type(event).__name__)
            stream = _stream_of(event, item)
            if stream not in self._next:
                raise UnlockedStream
            adopted = self._locked[stream].adopted
            if adopted and event_id(self._source, item.cause, ordinal) in adopted:
                continue  # told before the database went back in time, and on the topic since then
            sequence = self._next[stream] + taken.get(stream, 0)
            taken[stream] = taken.get(stream, 0) + 1
            told.append(Told.seal(self._envelope(event, stream, sequence, ordinal, item.cause), event))
        return told

    def _envelope(self, event: Event, stream: Stream, sequence: int, ordinal: int, cause: Cause) -> Envelope:
        return Envelope(
            id=event_id(self._source, cause, ordinal),
            source=self._source,
            type=event.type_name(),
            subject=stream,
            time=cause.now,
            sequence=sequence,
            correlation_id=cause.correlation_id,
            causation_id=cause.id,
            actor=cause.actor,
            dataschema=event.schema_name(),
            traceparent=cause.traceparent,
            follows=cause.follows if stream == cause.stream else None,
        )


def _stream_of(event: Event, item: Item) -> Stream:
    label = event.SUBJECT.label + "/"
    if item.cause.stream.startswith(label):
        return item.cause.stream
    for stream in item.reaction.elsewhere:
        if stream.startswith(label):
            return stream
    raise UnlockedStream

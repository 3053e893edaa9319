"""Plays the services together in memory: what one tells the others hear, and timers come due, as in the kit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.contracts import EVENTS, Event, Stream
from carebus.deciding.transaction import Deciding, Item
from carebus.decisions import Cause, Decision, Handlers, Reaction, State, Wake, event_id
from carebus.storage.outbox import Told
from carebus.storage.streams import Locked

ROOT = UUID(int=2026)


@dataclass
class Company:
    """The services by their names, with what each hears; nothing they keep leaves this object.

    Each service takes all its decisions as in one transaction that nobody commits: ids, sequences and envelopes are
    made where they always are.
    """

    hears: Mapping[str, Handlers]
    streams: Iterable[Stream]
    now: datetime
    told: list[Told] = field(default_factory=list)
    _deciding: dict[str, Deciding] = field(default_factory=dict)
    _waiting: dict[tuple[str, Stream, str], tuple[Wake, Cause]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        """Everybody knows every stream from the beginning."""
        locked = {stream: Locked(1) for stream in self.streams}
        self._deciding = {service: Deciding(service, {}, locked) for service in self.hears}

    def state(self, service: str, kind: type[State], stream: Stream) -> State:
        """What a service knows of a stream now."""
        return self._deciding[service].state(kind, kind.LIVES_ON or stream)

    def asks(self, service: str, actor: str, *steps: tuple[Reaction, Stream, BaseModel]) -> None:
        """Somebody gives a command: one step, or several on different streams that are decided together."""
        self._asked += 1
        command = uuid5(ROOT, str(self._asked))
        cause = Cause(command, steps[0][1], self.now, actor, command, self.now)
        for n, (reaction, stream, message) in enumerate(steps):
            if n:
                cause = cause._replace(id=event_id(service, cause, 0), stream=stream)
            self._decide(service, Item(reaction, message, cause))
        self._spread()

    def passes(self, **span: float) -> None:
        """Time passes, and every timer that comes due meanwhile is heard in its order."""
        until = self.now + timedelta(**span)
        while due := sorted((wake.at, key) for key, (wake, _) in self._waiting.items() if wake.at <= until):
            at, key = due[0]
            self.now = max(self.now, at)
            wake, set_by = self._waiting.pop(key)
            timer_id = uuid5(set_by.id, wake.name)  # the kit draws one, which would be another each time
            cause = Cause(timer_id, key[1], self.now, "timer", set_by.correlation_id, at)
            self._decide(key[0], Item(self.hears[key[0]][type(wake.timer)], wake.timer, cause))
            self._spread()
        self.now = until

    def _decide(self, service: str, item: Item) -> Decision:
        decision = self._deciding[service].decide(item)
        for name in decision.cancelled:
            self._waiting.pop((service, item.cause.stream, name), None)
        for wake in decision.wakes_at:
            self._waiting[service, item.cause.stream, wake.name] = wake, item.cause
        return decision

    def _spread(self) -> None:
        """Let everybody hear what is new, and what follows from it, until nothing does."""
        while new := [one for each in self._deciding.values() for one in each.told]:
            for each in self._deciding.values():
                each.told = []
            self.told += new
            for one in new:
                self._hear(one)

    def _hear(self, one: Told) -> None:
        kind, envelope = EVENTS[one.envelope.type], one.envelope
        event: Event = kind.model_validate_json(one.body)
        cause = Cause(
            envelope.id,
            envelope.subject,
            self.now,
            envelope.actor,
            envelope.correlation_id,
            envelope.time,
            follows=(envelope.source, envelope.sequence),
        )
        for service, handlers in self.hears.items():
            if kind in handlers:
                self._decide(service, Item(handlers[kind], event, cause))

"""What an arrival means to this service: its own echo, a type it does not hear, or a decision to take."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from carebus.contracts import EVENTS, PUBLISHED_BY, is_declared, told_by
from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.transaction import Deciding, Item
from carebus.deciding.without_effects import WithoutEffects
from carebus.decisions import Cause, Reaction
from carebus.records import Record
from carebus.relations import RelationsOf, no_relations
from carebus.storage.states import States
from carebus.storage.streams import Locked
from carebus.subscribing.arrivals import Arrival, read_record
from carebus.subscribing.hearing import Hearing


class Traced(Protocol):
    """Something that opens a span for an event and gives the traceparent for what follows from it."""

    def child(self, name: str, traceparent: str | None) -> str | None:
        """The traceparent to hand on."""


class Interpreter:
    """One per service.

    `quiet` takes decisions as of the times of their events and keeps nothing of them but the states: a replay.
    """

    def __init__(
        self,
        source: str,
        tables: States,
        hearing: Hearing,
        tracing: Traced,
        quiet: WithoutEffects | None = None,
        relations_of: RelationsOf = no_relations,
        believed: Collection[str] = (),
    ) -> None:
        self._quiet = quiet
        self._relations_of = relations_of
        self._source = source
        self._own = source.encode()
        self._believed = frozenset(believed)
        tells = told_by(source) if source in PUBLISHED_BY else EVENTS.values()
        self._has_echo = not any(hearing.hears(kind.type_name()) for kind in tells)
        self._tables = tables
        self._hearing = hearing
        self._tracing = tracing

    @classmethod
    def of(cls, core: Core, hearing: Hearing, quiet: WithoutEffects | None = None) -> "Interpreter":
        """The interpreter of this service."""
        believed = core.settings.believed_sources.replace(" ", "").split(",")
        return cls(core.name, core.states, hearing, core.tracing, quiet, core.access.relations_of, believed)

    def read(self, records: Sequence[Record]) -> list[Arrival]:
        """These records as far as their headers, without the service's own echo: what it told, if it hears none of it.

        One that hears some of its own events needs them all: only a sequence without gaps shows that the log lost one.
        """
        arrivals = []
        for record in records:
            headers = dict(record.headers)
            if not self._has_echo or headers.get("ce_source") != self._own:
                arrivals.append(read_record(record, headers))
        return arrivals

    def look_at_source(self, arrival: Arrival) -> None:
        """Let an event of a type heard here count as malformed if its source is not who tells such events."""
        envelope = arrival.envelope
        if envelope is None or not self._hearing.hears(envelope.type):
            return
        if not is_declared(envelope) and envelope.source not in self._believed:
            arrival.envelope = None
            arrival.fault = f"ce_source {envelope.source} does not tell {envelope.type} of this subject"

    def reaction(self, arrival: Arrival) -> Reaction | None:
        """What this service does about an arrival, if it hears its type."""
        return self._hearing.reaction(arrival.envelope) if arrival.envelope else None

    def is_echo(self, source: str) -> bool:
        """Whether what this source tells is the service's own and left out: it has no marks, and needs none."""
        return self._has_echo and source == self._source

    def item(self, arrival: Arrival, reaction: Reaction, now: datetime) -> Item:
        """The decision to take about a heard arrival. Raises InvalidBody."""
        envelope = arrival.envelope
        assert envelope is not None
        event = self._hearing.decode(arrival)
        cause = Cause(
            id=envelope.id,
            stream=envelope.subject,
            now=now if self._quiet is None else envelope.time,
            actor=envelope.actor,
            correlation_id=envelope.correlation_id,
            occurred_at=envelope.time,
            traceparent=self._tracing.child(f"{self._source} {type(event).__name__}", envelope.traceparent),
            follows=(envelope.source, envelope.sequence),
        )
        return Item(reaction, event, cause)

    def deciding(self, locked: dict[Stream, Locked]) -> Deciding:
        """A fresh set of decisions for one transaction."""
        return Deciding(self._source, self._tables, locked, self._quiet, self._relations_of)

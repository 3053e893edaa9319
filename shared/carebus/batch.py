"""One batch of records in one transaction: marks, decisions, parking; everything but the offsets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from carebus import parked, streams
from carebus.arrivals import Arrival, Hearing, Record, read_parked, read_record
from carebus.contracts import EVENTS, PUBLISHED_BY
from carebus.contracts.event import Stream
from carebus.db import Connection
from carebus.deciding import Deciding, Item
from carebus.decisions import Cause, Reaction
from carebus.handled import Handled, fault_of
from carebus.parked import Parked, Reason
from carebus.quiet import Quiet
from carebus.states import States
from carebus.streams import Marks, Place
from carebus.taking import Taking

_CHECK_NOW = "set constraints all immediate; set constraints all deferred"
"""Else what is checked at commit only would be found when nobody can tell any more whose row it was."""


class Traced(Protocol):
    """Something that opens a span for an event and gives the traceparent for what follows from it."""

    def child(self, name: str, traceparent: str | None) -> str | None:
        """The traceparent to hand on."""


class Batch:
    """Takes arrivals in order through marks and decisions. Stateless: one per service, used for every transaction.

    `quiet` takes decisions as of the times of their events and keeps nothing of them but the states: a replay.
    """

    def __init__(
        self, source: str, tables: States, hearing: Hearing, tracing: Traced, quiet: Quiet | None = None
    ) -> None:
        self._quiet = quiet
        self._source = source
        self._own = source.encode()
        self._has_echo = not any(hearing.hears(kind.type_name()) for kind in PUBLISHED_BY.get(source, EVENTS.values()))
        self._tables = tables
        self._hearing = hearing
        self._tracing = tracing

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

    async def apply(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, whole: set[tuple[str, int]]
    ) -> Handled:
        """Handle all of these in a handful of statements. `whole`: partitions whose log still starts at 0.

        Raises what the database raises; then nothing has happened, once the caller rolls back.
        """
        run = Taking(self, now, whole)
        await run.prepare(db, arrivals)
        for arrival in arrivals:
            run.take(arrival)
        await run.save(db)
        return run.handled

    async def apply_in_halves(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, whole: set[tuple[str, int]]
    ) -> Handled:
        """The same for a batch that failed: halves behind savepoints, again and again, until what fails stands alone.

        That is parked; a batch of five hundred with one such event takes about twenty tries.
        """
        middle = max(1, len(arrivals) // 2)
        total = await self._apply_part(db, arrivals[:middle], now, whole)
        if len(arrivals) > middle:
            total.add(await self._apply_part(db, arrivals[middle:], now, whole))
        return total

    async def _apply_part(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, whole: set[tuple[str, int]]
    ) -> Handled:
        try:
            async with db.transaction():
                handled = await self.apply(db, arrivals, now, whole)
                await db.execute(_CHECK_NOW)
            return handled
        except Exception as exc:
            fault = fault_of(exc)
            if fault is None:
                raise
        if len(arrivals) > 1:
            return await self.apply_in_halves(db, arrivals, now, whole)
        return await self._refuse(db, arrivals[0], now, whole, *fault)

    async def _refuse(
        self, db: Connection, arrival: Arrival, now: datetime, whole: set[tuple[str, int]], reason: Reason, rule: str
    ) -> Handled:
        run = Taking(self, now, whole)
        await run.lock(db, [arrival])
        run.refuse(arrival, reason, rule)
        await run.save(db)
        return run.handled

    async def apply_parked(self, db: Connection, event: Parked, now: datetime) -> Handled:
        """Handle one parked event again, if it is still parked and its turn has come; the locks are taken here.

        `retried` says whether it was. If it fails again, `failure` says why; the caller then rolls back.
        """
        unmoved = event.reason in {Reason.GAP, Reason.MALFORMED}
        run = Taking(self, now, {(event.topic, event.partition)} if unmoved else set())  # no baseline out of custody
        arrival = read_parked(event)
        await run.prepare(db, [arrival])
        if await parked.is_next(db, event) and await parked.release(db, event):
            run.handled.retried = True
            run.retry(arrival, event.reason)
            await run.save(db)
        return run.handled

    async def fail_parked(self, db: Connection, event: Parked, reason: Reason, rule: str) -> None:
        """Keep a parked event whose retry failed, with the newest reason.

        One that had only waited in a gap is now in custody for its own sake, so its mark moves; the lock is taken here.
        """
        envelope = read_parked(event).envelope
        if envelope and event.reason is Reason.GAP:
            await streams.lock(db, [envelope.subject])
            at = (envelope.source, envelope.subject)
            marks = await Marks.load(db, [at])
            if marks.place(*at, envelope.sequence, log_is_whole=True) is Place.NEXT:
                marks.move(*at, envelope.sequence)
                await marks.save(db)
        await parked.fail_again(db, event, reason, rule)

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

    def deciding(self, next_sequences: dict[Stream, int]) -> Deciding:
        """A fresh set of decisions for one transaction."""
        return Deciding(self._source, self._tables, next_sequences, self._quiet)

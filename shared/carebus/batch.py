"""One batch of records in one transaction: marks, decisions, parking; everything but the offsets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from carebus import parked, streams
from carebus.arrivals import Arrival, Hearing, Record, read_parked, read_record, rule_of
from carebus.contracts import EVENTS
from carebus.contracts.envelope import Envelope
from carebus.contracts.event import Stream
from carebus.db import Connection
from carebus.deciding import Deciding, Item
from carebus.decisions import Cause, Reaction
from carebus.handled import Handled, fault_of
from carebus.parked import Parked, Reason
from carebus.quiet import Quiet
from carebus.states import States
from carebus.streams import Marks, Place

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
        self._tables = tables
        self._hearing = hearing
        self._tracing = tracing

    def read(self, records: Sequence[Record]) -> list[Arrival]:
        """These records as far as their headers, without the service's own echo: what it told and does not hear."""
        arrivals = []
        for record in records:
            headers = dict(record.headers)
            if headers.get("ce_source") != self._own or self._hearing.hears(_type_in(headers)):
                arrivals.append(read_record(record, headers))
        return arrivals

    async def apply(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, whole: set[tuple[str, int]]
    ) -> Handled:
        """Handle all of these in a handful of statements. `whole`: partitions whose log still starts at 0.

        Raises what the database raises; then nothing has happened, once the caller rolls back.
        """
        run = _Run(self, now, whole)
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
        run = _Run(self, now, whole)
        await run.lock(db, [arrival])
        run.refuse(arrival, reason, rule)
        await run.save(db)
        return run.handled

    async def apply_parked(self, db: Connection, event: Parked, now: datetime) -> Handled:
        """Handle one parked event again, if it is still parked and its turn has come; the locks are taken here.

        `retried` says whether it was. If it fails again, `failure` says why; the caller then rolls back.
        """
        unmoved = event.reason in {Reason.GAP, Reason.MALFORMED}
        run = _Run(self, now, {(event.topic, event.partition)} if unmoved else set())  # no baseline out of custody
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

    def echoes(self, envelope: Envelope) -> bool:
        """Whether this service told the event itself and does not hear it: it has no mark, and needs none."""
        return envelope.source == self._source and not self._hearing.hears(envelope.type)

    def place(self, marks: Marks, envelope: Envelope, *, log_is_whole: bool) -> Place:
        """Where an event stands. What a service told itself lies in its outbox, so between two heard is no gap."""
        place = marks.place(envelope.source, envelope.subject, envelope.sequence, log_is_whole=log_is_whole)
        return Place.NEXT if place is Place.GAP and envelope.source == self._source else place

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
        )
        return Item(reaction, event, cause)

    def deciding(self, next_sequences: dict[Stream, int]) -> Deciding:
        """A fresh set of decisions for one transaction."""
        return Deciding(self._source, self._tables, next_sequences, self._quiet)


class _Run:
    """The working memory of one transaction."""

    def __init__(self, batch: Batch, now: datetime, whole: set[tuple[str, int]]) -> None:
        self._batch = batch
        self._now = now
        self._whole = whole
        self._failed: set[str] = set()
        self._gaps: dict[str, set[str]] = {}
        self._waiting: set[str] = set()
        self._behind: set[str] = set()
        self._custody: list[Parked] = []
        self.handled = Handled()

    async def prepare(self, db: Connection, arrivals: Sequence[Arrival]) -> None:
        heard = await self.lock(db, arrivals)
        places = [(kind, kind.LIVES_ON or envelope.subject) for envelope, reaction in heard for kind in reaction.states]
        await self._deciding.load(db, places)

    async def lock(self, db: Connection, arrivals: Sequence[Arrival]) -> list[tuple[Envelope, Reaction]]:
        """Lock the streams and look where they stand, but load no state; gives what is heard of the arrivals."""
        heard = [(a.envelope, r) for a in arrivals if a.envelope and (r := self._batch.reaction(a))]
        envelopes = [a.envelope for a in arrivals if a.envelope and not self._batch.echoes(a.envelope)]
        wanted = {stream for envelope, reaction in heard for stream in reaction.streams(envelope.subject)}
        self._deciding = self._batch.deciding(await streams.lock(db, wanted))
        self._marks = await Marks.load(db, {(e.source, e.subject) for e in envelopes})
        for stream, state in (await parked.blocked(db, {e.subject for e in envelopes})).items():
            self._waiting.add(stream)
            self._gaps[stream] = set(state.gaps)
            if state.failed:
                self._failed.add(stream)
            if state.behind:
                self._behind.add(stream)
        return heard

    def take(self, arrival: Arrival) -> None:
        envelope = arrival.envelope
        if envelope is None:
            self._park(arrival, Reason.MALFORMED, arrival.fault)
            return
        if self._batch.echoes(envelope):
            self.handled.passed_over[_label(envelope.type)] += 1
            return
        place = self._batch.place(
            self._marks, envelope, log_is_whole=(arrival.topic, arrival.partition) in self._whole
        )
        if place is Place.REPEAT:
            self.handled.repeats += 1
        elif place is Place.GAP:
            self._park(arrival, Reason.GAP, "an earlier event of its source is missing")
        else:
            self._marks.move(envelope.source, envelope.subject, envelope.sequence)
            self._take_next(arrival)

    def retry(self, arrival: Arrival, reason: Reason) -> None:
        """Handle an event that was in custody. One without a stream, or with a gap, has not moved its mark yet."""
        if reason is Reason.MALFORMED:
            self.take(arrival)
            return
        self._failed.clear()
        self._waiting.clear()
        if reason is Reason.GAP:
            self.take(arrival)
        elif reaction := self._batch.reaction(arrival):
            self._decide(arrival, reaction)

    def _take_next(self, arrival: Arrival) -> None:
        envelope = arrival.envelope
        assert envelope is not None
        gaps = self._gaps.get(envelope.subject, set())
        first = gaps == {envelope.source} and envelope.subject not in self._behind  # all that waits, waits for it
        if envelope.source in gaps:
            self.handled.filled.add(envelope.subject)
        reaction = self._batch.reaction(arrival)
        if reaction is None:
            self.handled.passed_over[_label(envelope.type)] += 1
        elif envelope.subject in self._failed or (envelope.subject in self._waiting and not first):
            self._park(arrival, Reason.BEHIND, "an earlier event of its stream is parked")
        else:
            self._decide(arrival, reaction)

    def _decide(self, arrival: Arrival, reaction: Reaction) -> None:
        try:
            item = self._batch.item(arrival, reaction, self._now)
        except Exception as exc:
            self._park(arrival, Reason.INVALID_BODY, rule_of(exc))
            return
        try:
            decision = self._deciding.decide(item)
        except Exception as exc:
            self._park(arrival, Reason.DECISION_FAILED, rule_of(exc))
            return
        self.handled.outcomes.append(True)
        self.handled.decided.append(arrival)
        self.handled.told += len(decision.events)
        if decision.ignored:
            self.handled.ignored[decision.ignored] += 1

    def refuse(self, arrival: Arrival, reason: Reason, rule: str) -> None:
        """Park without deciding: what follows from it could not be saved, or what it needs not be loaded."""
        if arrival.envelope:
            self._marks.move(arrival.envelope.source, arrival.envelope.subject, arrival.envelope.sequence)
        self._park(arrival, reason, rule)

    def _park(self, arrival: Arrival, reason: Reason, rule: str) -> None:
        self._custody.append(arrival.parked(reason, rule))
        self.handled.failure = (reason, rule)
        self.handled.parked[reason] += 1
        if reason not in parked.WAITING and reason is not Reason.MALFORMED:  # anybody may write garbage
            self.handled.outcomes.append(False)
        if arrival.envelope:
            self._waiting.add(arrival.envelope.subject)
            if reason is Reason.GAP:
                self._gaps.setdefault(arrival.envelope.subject, set()).add(arrival.envelope.source)
            elif reason is Reason.BEHIND:
                self._behind.add(arrival.envelope.subject)
            else:
                self._failed.add(arrival.envelope.subject)

    async def save(self, db: Connection) -> None:
        await self._deciding.save(db)
        await self._marks.save(db)
        await parked.park(db, self._custody)


def _type_in(headers: Mapping[str, bytes | None]) -> str:
    return (headers.get("ce_type") or b"").decode(errors="replace")


def _label(type_name: str) -> str:
    """A type's name for a metric: whatever is not in the contracts counts as one, since anyone may have written it."""
    return EVENTS[type_name].__name__ if type_name in EVENTS else "unknown"

"""Reads a service's topics again into a copy of its tables, by its own decisions, with all side effects off."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from carebus.contracts.event import Stream
from carebus.deciding.without_effects import WithoutEffects
from carebus.errors import CarebusError
from carebus.kafka.reading import Reading
from carebus.records import Partition, Record
from carebus.service import Service
from carebus.storage import offsets, parked, streams
from carebus.storage.database import Connection, is_data_error
from carebus.storage.offsets import Fenced
from carebus.subscribing.arrivals import Arrival, read_record
from carebus.subscribing.batch import Batch
from carebus.subscribing.breaker import Breaker, MostEventsFail
from carebus.subscribing.handled import Handled
from carebus.subscribing.interpreting import Interpreter
from carebus.subscribing.redrive import Redrive

MOST = 1_000_000_000


class MostFail(CarebusError):
    """Most events fail with this release, so nothing was put in place: see which and why with `replay`."""


class FilledByAnother(CarebusError):
    """Another process fills the same copy, so this one stopped."""


@dataclass(slots=True)
class Counts:
    """What became of the records that were read."""

    read: int = 0
    decided: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    would_tell: Counter[str] = field(default_factory=Counter)
    repeats: int = 0

    def told(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return {
            "read": self.read,
            "decided": dict(self.decided),
            "ignored": dict(self.ignored),
            "passed_over": dict(self.passed_over),
            "would_tell": dict(self.would_tell),
            "repeats": self.repeats,
        }

    def add(self, records: int, handled: Handled) -> None:
        """One batch more, committed."""
        self.read += records
        self.decided.update(a.envelope.type.rpartition(".")[2] for a in handled.decided if a.envelope)
        self.ignored.update(handled.ignored)
        self.passed_over.update(handled.passed_over)
        self.repeats += handled.repeats


class Replay:
    """One replay. `service` is made for the copy (its database is the copy) and none of its loops runs.

    wanted: which records are taken; the others count as not there.  halts: whether it gives up when most events fail.
    told: is told after each batch of how many records it was.
    """

    def __init__(
        self,
        service: Service,
        quiet: WithoutEffects,
        *,
        wanted: Callable[[Arrival], bool] | None = None,
        halts: bool = True,
        told: Callable[[int], None],
    ) -> None:
        core = service.core
        self._core = core
        self._batch = Batch(Interpreter.of(core, service.hearing, quiet))
        self._redrive = Redrive(core, self._batch)
        self._quiet = quiet
        self._wanted = wanted
        self._breaker = Breaker() if halts else None
        self._told = told
        self._from_first: set[Partition] = set()
        self._stored: dict[Partition, int] = {}
        self.counts = Counts()

    async def begin(self, reading: Reading, since: Mapping[Partition, int]) -> int:
        """Stand where the copy says, or at `since`; gives the number of records that the copy has had before."""
        begins = {part: max(start, since.get(part, 0)) for part, start in reading.starts.items()}
        async with self._core.database.transaction() as db:
            for part, offset in begins.items():
                await offsets.begin(db, part, offset, offset)
            self._stored = await offsets.read(db, begins)
        self._from_first = {part for part, offset in begins.items() if offset == 0}
        return sum(self._stored[part] - begins[part] for part in begins)

    def left(self, until: Mapping[Partition, int]) -> int:
        """How many records there are from here to there."""
        return sum(max(0, until.get(part, 0) - at) for part, at in self._stored.items())

    async def read(self, reading: Reading, until: Mapping[Partition, int]) -> None:
        """Handle everything below `until`. Raises MostFail; and Fenced, if somebody else fills the same copy."""
        async for records in reading.batches(self._core.settings.batch_records, self._stored, until):
            try:
                await self._take(records, singly=False)
            except asyncpg.PostgresError as exc:
                if not is_data_error(exc):
                    raise
                await self._take(records, singly=True)
            except Fenced:
                raise FilledByAnother from None
            self._told(len(records))
        async with self._core.database.connection() as db:
            waiting = await parked.only_waiting(db, limit=MOST)
        for stream in waiting:  # what filled their gaps may have come in a batch that was the last before a kill
            await self._redrive.stream(stream)

    async def _take(self, records: Sequence[Record], *, singly: bool) -> None:
        arrivals = [read_record(record) for record in records]
        wanted = [one for one in arrivals if self._wanted is None or self._wanted(one)]
        moves = self._moves(records)
        apply = self._batch.apply_in_halves if singly else self._batch.apply
        self._quiet.would_tell.clear()
        async with self._core.database.transaction() as db:
            handled = await apply(db, wanted, self._quiet.now, self._from_first)
            self._check(handled)
            await self._go_on(db, wanted)
            await offsets.move(db, moves, {})
        self._stored.update({part: after for part, (_, after) in moves.items()})
        self.counts.add(len(records), handled)
        self.counts.would_tell.update(self._quiet.would_tell)
        await self._fill(handled.filled)

    def _moves(self, records: Sequence[Record]) -> dict[Partition, tuple[int, int]]:
        last = {(record.topic, record.partition): record.offset + 1 for record in records}
        return {part: (self._stored[part], after) for part, after in last.items()}

    def _check(self, handled: Handled) -> None:
        if self._breaker is None:
            return
        try:
            self._breaker.check(handled.outcomes)
        except MostEventsFail:
            raise MostFail from None
        self._breaker.remember(handled.outcomes)

    async def _go_on(self, db: Connection, arrivals: Sequence[Arrival]) -> None:
        """What this service told before is on the topics too: its sequences go on from there."""
        told: dict[str, int] = {}
        for arrival in arrivals:
            if (envelope := arrival.envelope) and envelope.source == self._core.name:
                told[envelope.subject] = max(told.get(envelope.subject, 0), envelope.sequence)
        await streams.go_on_after(db, told)

    async def _fill(self, filled: set[Stream]) -> None:
        for stream in sorted(filled):
            await self._redrive.stream(stream)

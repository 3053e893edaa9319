"""Where this process stands in each partition it reads, checked against the database and against the log itself."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import structlog
from aiokafka.structs import TopicPartition

from carebus.observing.metrics import Metrics
from carebus.records import Partition, Record, by_partition
from carebus.storage import holes, offsets
from carebus.storage.database import Database

log = structlog.get_logger()


class Log(Protocol):
    """What is asked of the consumer: where each log begins and ends, and to read on from elsewhere."""

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...


class Positions:
    """The value this process stored last for each partition: the only one it may move on from.

    from_first: the partitions that this service reads from their first event on, so that no later one is a baseline.
    Kept from assignment to revocation. A partition not known yet is looked up in the database, and the log is read
    from there, whatever Kafka's own group offset says.
    """

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._stored: dict[Partition, int] = {}
        self._sought: dict[Partition, int] = {}
        self._placing = asyncio.Lock()
        self._waits: set[Partition] = set()
        self.from_first: set[Partition] = set()
        self.last_timestamp: dict[Partition, int] = {}

    def forget(self) -> None:
        """Nothing is known any more: the partitions were revoked."""
        self._stored.clear()
        self._sought.clear()
        self._waits.clear()
        self.from_first.clear()

    def leave(self, records: Iterable[Record]) -> None:
        """Nothing is known any more of the partitions of these records: another process may have read on there."""
        for part in by_partition(records):
            self._stored.pop(part, None)
            self._sought.pop(part, None)
            self.from_first.discard(part)

    def fetch_again(self, source: Log) -> None:
        """Read on from where this process stands, and drop what was fetched beyond it."""
        for (topic, partition), at in self._stored.items():
            source.seek(TopicPartition(topic, partition), at)

    async def agree(self) -> None:
        """Forget where this process stood wherever the database says less, as one that went back: `place` asks it."""
        before = dict(self._stored)
        async with self._database.connection() as db:
            kept = await offsets.read(db, before)
        for part, at in kept.items():
            if at < before[part] and self._stored.get(part) == before[part]:
                del self._stored[part]

    def known(self) -> dict[Partition, int]:
        """Where this process stands, per partition."""
        return dict(self._stored)

    def moved(self, moves: Mapping[Partition, tuple[int, int]]) -> None:
        """These moves are committed."""
        self._stored.update({part: after for part, (_, after) in moves.items()})

    async def sort(
        self, records: Sequence[Record], source: Log
    ) -> tuple[list[Record], dict[Partition, tuple[int, int]]]:
        """The records that are new here, and the moves that handling them makes.

        Records of a partition just assigned, and records that begin beyond the stored offset, are dropped and fetched
        again from there.
        """
        parts = by_partition(records)
        missing = parts.keys() - self._stored.keys()
        await self.place(missing, source)
        parts = {
            part: its
            for part, its in parts.items()
            if part not in missing and await self._continues(part, its[0], source)
        }
        await self._notice_lost_tail(parts, source)
        fresh: list[Record] = []
        moves: dict[Partition, tuple[int, int]] = {}
        for part, its in parts.items():
            if (stored := self._stored.get(part)) is None:
                continue  # forgotten meanwhile, so it is fetched again
            new = its if its[0].offset >= stored else [record for record in its if record.offset >= stored]
            if new:
                fresh += new
                moves[part] = (stored, new[-1].offset + 1)
                self.last_timestamp[part] = new[-1].timestamp
        return fresh, moves

    async def _continues(self, part: Partition, first: Record, source: Log) -> bool:
        """Whether records from `first` leave nothing out; asks the log once before it believes in a hole."""
        stored = self._stored[part]
        if first.offset <= stored:
            return True
        if self._sought.get(part) == stored:
            begin = (await source.beginning_offsets([TopicPartition(*part)]))[TopicPartition(*part)]
            if begin > stored:  # else the broker keeps something there that is no event
                await self._keep_hole(part, stored, min(begin, first.offset))
            return True
        source.seek(TopicPartition(*part), stored)
        self._sought[part] = stored
        return False

    async def _keep_hole(self, part: Partition, start: int, end: int, *, go_on_at: int | None = None) -> None:
        async with self._database.transaction() as db:
            if go_on_at is not None:
                await offsets.skip(db, part, start, go_on_at)
            await holes.keep(db, part, start, end)
        self._metrics.add(self._metrics.holes)
        log.error("records_deleted_unread", topic=part[0], partition=part[1], start=start, end=end)

    async def place(self, parts: Iterable[Partition], source: Log) -> None:
        """Read these partitions from where the database says, unless that is known already.

        One at a time: of two that found the same lost log, the later would set back what was read since then.
        """
        async with self._placing:
            await self._place(parts, source)

    async def _place(self, parts: Iterable[Partition], source: Log) -> None:
        tps = [TopicPartition(*part) for part in sorted(set(parts) - self._stored.keys())]
        if not tps:
            return
        begins = await source.beginning_offsets(tps)
        stored, began, waiting = await self._kept(tps, begins)
        ends = await source.end_offsets(tps)  # asked last: a log that is read on meanwhile has not become shorter
        for tp in tps:
            at = stored[tp]
            if tp in waiting:
                self._wait(tp, begins[tp], source)
                continue
            if at > ends[tp]:
                at = await self._repair(tp, at, ends[tp], begins[tp])
            elif at < begins[tp]:
                await self._keep_hole(tp, at, begins[tp], go_on_at=begins[tp])
                at = begins[tp]
            if tp not in self._stored:
                self._begin(tp, at, source, from_first=began[tp] == 0)

    async def _kept(
        self, tps: Sequence[TopicPartition], begins: Mapping[TopicPartition, int]
    ) -> tuple[dict[Partition, int], dict[Partition, int], set[Partition]]:
        """What the database says: the next offset, where this reader began, and which partitions it may not begin."""
        async with self._database.transaction() as db:
            for tp in tps:
                if await offsets.begin(db, tp, begins[tp]) and begins[tp]:
                    await holes.keep(db, tp, 0, begins[tp], at_start=True)
            began = await offsets.began(db, {(tp.topic, tp.partition): begins[tp] for tp in tps})
            return await offsets.read(db, tps), began, await holes.waiting(db)

    def _begin(self, tp: TopicPartition, at: int, source: Log, *, from_first: bool) -> None:
        source.seek(tp, at)
        self._stored[tp] = at
        if from_first:
            self.from_first.add(tp)
        if tp in self._waits:
            self._waits.discard(tp)
            source.resume(tp)

    def _wait(self, tp: TopicPartition, begin: int, source: Log) -> None:
        """Read nothing of this partition: its first events are gone, and nobody has said how to begin without them."""
        if tp not in self._waits:
            log.error("waits_for_first_events", topic=tp.topic, partition=tp.partition, log_begin=begin)
            source.pause(tp)
            self._waits.add(tp)

    async def distrust(self, lost: Mapping[Partition, int], source: Log) -> None:
        """These logs are not the ones that were read: read them again from their first event."""
        async with self._placing:
            await self._place(lost, source)
            tps = [TopicPartition(*part) for part in sorted(lost)]
            begins = await source.beginning_offsets(tps) if tps else {}
            for tp in tps:
                await self._set_back(tp, lost[tp], begins[tp])
                source.seek(tp, begins[tp])

    def doubt(
        self,
        known: Mapping[Partition, int],
        begins: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        """Forget where this process stood wherever the log, asked after that, ends before it or begins after it.

        `place` will see to it. A log that has no record left brings none that would show it.
        """
        for tp, end in ends.items():
            if tp in known and not begins.get(tp, 0) <= known[tp] <= end and known[tp] == self._stored.get(tp):
                del self._stored[tp]

    async def _notice_lost_tail(self, parts: Mapping[Partition, Sequence[Record]], source: Log) -> None:
        """Records from before the stored offset are repeats, unless the log has become shorter than it."""
        behind = [TopicPartition(*part) for part in sorted(parts) if parts[part][-1].offset < self._stored[part]]
        if not behind:
            return
        async with self._placing:
            begins, ends = await source.beginning_offsets(behind), await source.end_offsets(behind)
            for tp in behind:
                if ends[tp] < self._stored.get(tp, 0):
                    await self._set_back(tp, ends[tp], begins[tp])

    async def _set_back(self, tp: TopicPartition, end: int, begin: int) -> None:
        stored = self._stored.pop(tp)  # unknown until this is done: a commit may happen without an answer
        self._stored[tp] = await self._repair(tp, stored, end, begin)

    async def _repair(self, tp: TopicPartition, stored: int, end: int, begin: int) -> int:
        self._metrics.add(self._metrics.repairs)
        log.error("log_lost_its_tail", topic=tp.topic, partition=tp.partition, stored=stored, log_end=end, set_to=begin)
        async with self._database.transaction() as db:
            await offsets.repair(db, tp, stored, end, begin)
        return begin

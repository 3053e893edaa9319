"""Where this process stands in each partition it reads, checked against the database and against the log itself."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import structlog
from aiokafka.structs import TopicPartition

from carebus.observing.metrics import Metrics
from carebus.records import Partition, Record, by_partition
from carebus.storage import offsets
from carebus.storage.database import Database

log = structlog.get_logger()


class Log(Protocol):
    """What is asked of the consumer: where each log begins and ends, and to read on from elsewhere."""

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...


class Positions:
    """The value this process stored last for each partition: the only one it may move on from.

    Kept from assignment to revocation. A partition not known yet is looked up in the database, and the log is read
    from there, whatever Kafka's own group offset says.
    """

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._stored: dict[Partition, int] = {}
        self._sought: dict[Partition, int] = {}
        self._placing = asyncio.Lock()
        self.whole: set[Partition] = set()
        self.last_timestamp: dict[Partition, int] = {}

    def forget(self) -> None:
        """Nothing is known any more: the partitions were revoked."""
        self._stored.clear()
        self._sought.clear()
        self.whole.clear()

    def leave(self, records: Iterable[Record]) -> None:
        """Nothing is known any more of the partitions of these records: another process may have read on there."""
        for part in by_partition(records):
            self._stored.pop(part, None)
            self._sought.pop(part, None)
            self.whole.discard(part)

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
            part: its for part, its in parts.items() if part not in missing and self._continues(part, its[0], source)
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

    def _continues(self, part: Partition, first: Record, source: Log) -> bool:
        """Whether records from `first` leave nothing out; asks the log once before it believes in a hole."""
        stored = self._stored[part]
        if first.offset <= stored or self._sought.get(part) == stored:
            return True
        source.seek(TopicPartition(*part), stored)
        self._sought[part] = stored
        return False

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
        async with self._database.transaction() as db:
            for tp in tps:
                await offsets.begin(db, tp, begins[tp])
            stored = await offsets.read(db, tps)
        ends = await source.end_offsets(tps)  # asked last: a log that is read on meanwhile has not become shorter
        for tp in tps:
            at = stored[tp]
            if at > ends[tp]:
                at = await self._repair(tp, at, ends[tp], begins[tp])
            if tp in self._stored:
                continue
            source.seek(tp, at)
            self._stored[tp] = at
            if begins[tp] == 0:
                self.whole.add(tp)

    async def distrust(self, lost: Mapping[Partition, int], source: Log) -> None:
        """These logs are not the ones that were read: read them again from their first event."""
        async with self._placing:
            await self._place(lost, source)
            tps = [TopicPartition(*part) for part in sorted(lost)]
            begins = await source.beginning_offsets(tps) if tps else {}
            for tp in tps:
                await self._set_back(tp, lost[tp], begins[tp])
                source.seek(tp, begins[tp])

    def doubt(self, known: Mapping[Partition, int], ends: Mapping[TopicPartition, int]) -> None:
        """Forget where this process stood wherever the log, asked after that, ends before it: `place` will repair.

        A log that has no record left brings none that would show it.
        """
        for tp, end in ends.items():
            if tp in known and end < known[tp] == self._stored.get(tp):
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

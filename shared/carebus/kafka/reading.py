"""Reads topics for operators, to where they end now or live: no group, no offsets, no effects."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from carebus.credentials import kafka
from carebus.records import Partition, Record


class Reading:
    """One reading of some topics, as a context: `starts` and `ends` are as they were when it was entered."""

    def __init__(self, brokers: Sequence[str], topics: Sequence[str]) -> None:
        self._brokers = brokers
        self.topics = list(topics)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=brokers,
            client_id="carebus-operator",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **kafka(),
        )
        self.starts: dict[Partition, int] = {}
        self.ends: dict[Partition, int] = {}

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        await self._look()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def _look(self) -> None:
        parts = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await self._described()
            for partition in topic["partitions"]
        ]
        self._consumer.assign(parts)
        if parts:
            self.starts = {tuple(tp): offset for tp, offset in (await self._consumer.beginning_offsets(parts)).items()}
            self.ends = {tuple(tp): offset for tp, offset in (await self._consumer.end_offsets(parts)).items()}

    async def _described(self) -> Sequence[dict[str, Any]]:
        """The topics that exist: to ask for one that does not might create it."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._brokers, client_id="carebus-operator", **kafka())
        await admin.start()
        try:
            there = set(self.topics) & set(await admin.list_topics())
            return list(await admin.describe_topics(sorted(there))) if there else []
        finally:
            await admin.close()

    @property
    def size(self) -> int:
        """How many records there are to read."""
        return sum(end - self.starts[part] for part, end in self.ends.items())

    async def look_again(self) -> None:
        """See where the topics end by now."""
        parts = [TopicPartition(*part) for part in self.ends]
        self.ends = {tuple(tp): offset for tp, offset in (await self._consumer.end_offsets(parts)).items()}

    async def at(self, moment: datetime) -> dict[Partition, int]:
        """In each partition the first record that was published at this moment (real time) or later, or the end."""
        asked = {TopicPartition(*part): int(moment.timestamp() * 1000) for part in self.ends}
        found = await self._consumer.offsets_for_times(asked) if asked else {}
        return {tuple(tp): at.offset if at else self.ends[tuple(tp)] for tp, at in found.items()}

    async def batches(
        self, size: int, since: Mapping[Partition, int], until: Mapping[Partition, int]
    ) -> AsyncIterator[list[Record]]:
        """The records from `since` to below `until`, by the many."""
        batch: list[Record] = []
        async for record in self.records(until, since):
            batch.append(record)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    async def live(self, since: Mapping[Partition, int]) -> AsyncIterator[Record]:
        """Every record from there on, as they come, for as long as somebody asks."""
        for part, offset in since.items():
            self._consumer.seek(TopicPartition(*part), offset)
        async for record in self._consumer:
            yield record

    async def records(
        self, until: Mapping[Partition, int] | None = None, since: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[Record]:
        """Every record below the ends as they were seen last, or below `until`; each partition in order."""
        upto = self.ends if until is None else until
        bounds = {part: min(end, upto.get(part, 0)) for part, end in self.ends.items()}
        begins = {part: max(start, (since or {}).get(part, 0)) for part, start in self.starts.items()}
        left = {part for part, end in bounds.items() if end > begins[part]}
        for part in self.ends:
            self._consumer.seek(TopicPartition(*part), begins[part])
        self._consumer.resume(*(TopicPartition(*part) for part in left))
        self._consumer.pause(*(TopicPartition(*part) for part in self.ends.keys() - left))
        while left:
            for tp, records in (await self._consumer.getmany(timeout_ms=500, max_records=5000)).items():
                for record in records:
                    if record.offset < bounds[tuple(tp)]:
                        yield record
            for part in sorted(left):
                if await self._consumer.position(TopicPartition(*part)) >= bounds[part]:
                    left.discard(part)
                    self._consumer.pause(TopicPartition(*part))

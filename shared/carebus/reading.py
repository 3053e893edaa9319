"""Reads topics from their first record to where they end now, once, for operators: no group, no offsets, no effects."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from carebus.arrivals import Record
from carebus.offsets import Partition


class Reading:
    """One reading of some topics, as a context: `starts` and `ends` are as they were when it was entered."""

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self._bootstrap = bootstrap
        self._topics = list(topics)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            client_id="carebus-operator",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
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
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, client_id="carebus-operator")
        await admin.start()
        try:
            there = set(self._topics) & set(await admin.list_topics())
            return list(await admin.describe_topics(sorted(there))) if there else []
        finally:
            await admin.close()

    @property
    def size(self) -> int:
        """How many records there are to read."""
        return sum(end - self.starts[part] for part, end in self.ends.items())

    async def records(self, until: Mapping[Partition, int] | None = None) -> AsyncIterator[Record]:
        """Every record below the ends as they were when this was opened, or below `until`; each partition in order."""
        bounds = {part: min(end, (until or self.ends).get(part, 0)) for part, end in self.ends.items()}
        left = {part for part, end in bounds.items() if end > self.starts[part]}
        for part in self.ends:
            self._consumer.seek(TopicPartition(*part), self.starts[part])
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

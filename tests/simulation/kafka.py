"""A broker in memory and the producer to it: batches in order, acknowledgements that are late, lost or never come."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from carebus.contracts.envelope import Headers
from carebus.kafka import publishing
from tests.simulation.loop import Loop

PARTITIONS = 2
Part = tuple[str, int]
GIVES_UP_S = 1.5


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a consumer hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(slots=True)
class Unsent:
    """A record on its way."""

    value: bytes | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Where the first record of a batch was put."""

    topic: str
    partition: int
    offset: int


class Links:
    """A client whose connections never change: a lost tail is shown to every reader before new events come."""

    _conns: dict[str, object] = {}
    cluster = ClusterMetadata()


@dataclass(eq=False)
class Broker:
    """The logs of all partitions, each from offset 0."""

    loop: Loop
    up: bool = True
    takes: bool = True  # False while a log that lost its tail may only be read
    loses_acks: int = 0
    refuses: int = 0
    logs: defaultdict[Part, list[Record]] = field(default_factory=lambda: defaultdict(list))
    readers: list[asyncio.Event] = field(default_factory=list)

    def latency(self) -> float:
        """How long one request travels: some milliseconds, now and then much longer."""
        slow = 60 if self.loop.chance.random() < 0.02 else 1
        return 0.0003 + self.loop.chance.random() * 0.003 * slow

    def append(self, part: Part, batch: Sequence[Unsent]) -> int:
        """Put a batch at the end of a log; gives its first offset."""
        log = self.logs[part]
        first = len(log)
        for one in batch:
            log.append(Record(*part, len(log), one.timestamp, one.key, one.value, tuple(one.headers)))
        for reader in self.readers:
            reader.set()
        return first

    def truncate(self, part: Part, records: int) -> None:
        """Lose the last records of a log, acknowledged or not."""
        del self.logs[part][len(self.logs[part]) - records :]

    def everything(self) -> list[Record]:
        """Every record, each partition in order."""
        return [record for part in sorted(self.logs) for record in self.logs[part]]


def partition_of(key: bytes | None) -> int:
    """The partition of a key."""
    return publishing.partition_of(key or b"", PARTITIONS)


class RecordBatch:
    """Records that go out together: as aiokafka's, it refuses what it has no room for, but never its first one."""

    def __init__(self, room: int, promise: asyncio.Future[Any]) -> None:
        self.promise = promise
        self.unsent: list[Unsent] = []
        self._room = room

    def append(self, *, timestamp: int, key: bytes, value: bytes, headers: Headers) -> object:
        if len(self.unsent) == self._room:
            return None
        self.unsent.append(Unsent(value, key, headers, timestamp))
        return self.unsent[-1]

    def record_count(self) -> int:
        return len(self.unsent)


@dataclass(eq=False)
class _Batch:
    part: Part
    unsent: list[Unsent]
    since: float
    promise: asyncio.Future[Any]
    at: int | None = None


class Producer:
    """An idempotent producer: one batch after another per partition, retried until it gives up; then no more there."""

    def __init__(self, loop: Loop, broker: Broker) -> None:
        self.client = Links()
        self._loop = loop
        self._broker = broker
        self._queues: defaultdict[Part, list[_Batch]] = defaultdict(list)
        self._broken: set[Part] = set()
        self._promises: list[asyncio.Future[Any]] = []

    async def start(self) -> None:
        await self._travel()
        if not self._broker.up:
            raise KafkaConnectionError

    async def _travel(self) -> None:
        if self._loop.ending:
            raise asyncio.CancelledError
        await asyncio.sleep(self._broker.latency())

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(PARTITIONS))

    def create_batch(self) -> RecordBatch:
        return RecordBatch(self._loop.chance.choice((1, 2, 5, 1000)), self._loop.create_future())

    async def send_batch(self, batch: RecordBatch, topic: str, *, partition: int) -> asyncio.Future[Any]:
        if self._loop.chance.random() < 0.1:
            await self._travel()
        self._promises.append(batch.promise)
        self._loop.here(0.0002, self._depart, (topic, partition), batch)
        return batch.promise

    def _depart(self, part: Part, batch: RecordBatch) -> None:
        """It leaves this process: from now on it arrives whatever becomes of the sender."""
        self._queues[part].append(_Batch(part, batch.unsent, self._loop.time(), batch.promise))
        if len(self._queues[part]) == 1:
            self._loop.later(self._broker.latency(), self._arrive, part)

    def _arrive(self, part: Part) -> None:
        batch = self._queues[part][0]
        if part in self._broken or self._loop.time() - batch.since > GIVES_UP_S:
            self._broken.add(part)
            self._settle(part, KafkaTimeoutError())
        elif not (self._broker.up and self._broker.takes) or self._refused():
            self._loop.later(0.1 + self._broker.latency(), self._arrive, part)
        else:
            if batch.at is None:
                batch.at = self._broker.append(part, batch.unsent)
            if self._broker.loses_acks:
                self._broker.loses_acks -= 1
                self._loop.later(0.1 + self._broker.latency() * self._loop.chance.choice((1, 1000)), self._arrive, part)
            else:
                self._loop.later(self._broker.latency(), self._settle, part, None)

    def _refused(self) -> bool:
        self._broker.refuses = max(0, (was := self._broker.refuses) - 1)
        return was > 0

    def _settle(self, part: Part, failed: Exception | None) -> None:
        batch = self._queues[part].pop(0)
        if not batch.promise.done():
            if failed is None:
                assert batch.at is not None
                batch.promise.set_result(Acknowledged(*part, batch.at))
            else:
                batch.promise.set_exception(failed)
        if self._queues[part]:
            self._loop.later(self._broker.latency(), self._arrive, part)

    async def close(self) -> None:
        """Wait for what is on its way."""
        waiting = [promise for promise in self._promises if not promise.done()]
        if waiting and not self._loop.ending:
            await asyncio.wait(waiting)

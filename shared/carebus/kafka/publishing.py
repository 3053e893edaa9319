"""Puts events of the outbox on their topics: to the partition of their key, in order, many in one request."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import murmur2

from carebus.records import LastSeen, Partition
from carebus.storage.outbox import Pending

ACKNOWLEDGED_S = 30
TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class BatchTooLarge(Exception):
    """The topic takes no batch of so many bytes."""


class BatchSize:
    """How many bytes a record batch may have: half as many once one was refused, and all again after a while."""

    WHOLE = 256 * 1024
    SMALLER_FOR_S = 600

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused_at = 0.0
        self._bytes = self.WHOLE

    def halve(self) -> bool:
        """One was refused. Gives whether smaller ones can be made: the first event of a batch has room in any."""
        self._refused_at = self._clock()
        smaller = self._bytes > 1
        self._bytes = max(1, self._bytes // 2)
        return smaller

    @property
    def may_grow(self) -> bool:
        """Whether it is time to try whole ones again, since somebody may have mended the topic."""
        return self._bytes < self.WHOLE and self._clock() - self._refused_at > self.SMALLER_FOR_S

    def begin(self) -> int:
        """How many bytes the batches of a new producer may have."""
        if self.may_grow:
            self._bytes = self.WHOLE
        return self._bytes


async def publish(producer: AIOKafkaProducer, prefix: str, events: Sequence[Pending]) -> dict[Partition, LastSeen]:
    """Send them all and await every acknowledgement; gives the last event of each partition. Raises BatchTooLarge.

    Whole record batches are handed over: by the record aiokafka takes three times as long (docs/performance.md).
    """
    parted = await _by_partition(producer, prefix, events)
    found: list[LastSeen | BaseException]
    async with asyncio.timeout(ACKNOWLEDGED_S):
        found = await asyncio.gather(*(_send(producer, *one) for one in parted.items()), return_exceptions=True)
    failed = [one for one in found if isinstance(one, BaseException)]
    if any(isinstance(one, TOO_LARGE) for one in failed):
        raise BatchTooLarge
    for one in failed:
        raise one
    return {part: last for part, last in zip(parted, found, strict=True) if not isinstance(last, BaseException)}


async def _by_partition(
    producer: AIOKafkaProducer, prefix: str, events: Sequence[Pending]
) -> dict[Partition, list[Pending]]:
    partitions = {topic: len(await producer.partitions_for(prefix + topic)) for topic in {e.topic for e in events}}
    found: dict[Partition, list[Pending]] = {}
    for event in events:
        part = (prefix + event.topic, partition_of(event.key, partitions[event.topic]))
        found.setdefault(part, []).append(event)
    return found


async def _send(producer: AIOKafkaProducer, part: Partition, events: Sequence[Pending]) -> LastSeen:
    """Send the events of one partition, each batch once the one before it is there; gives the last event.

    Of a new producer the broker takes a batch after one that it refused, and events would overtake others.
    """
    offset = -1
    for batch, of in _batched(producer, events):
        ack = await (await producer.send_batch(batch, part[0], partition=part[1]))
        offset = ack.offset + len(of) - 1
    return offset, dict(events[-1].headers)["ce_id"].decode()


def _batched(producer: AIOKafkaProducer, events: Sequence[Pending]) -> Iterator[tuple[Any, Sequence[Pending]]]:
    """These events of one partition in as many record batches as they fill."""
    start, batch = 0, producer.create_batch()
    for number, event in enumerate(events):
        if not _append(batch, event):
            yield batch, events[start:number]
            start, batch = number, producer.create_batch()
            _append(batch, event)  # the first one of a batch is taken whatever its size
    yield batch, events[start:]


def _append(batch: Any, event: Pending) -> bool:
    at = int(event.told_at.timestamp() * 1000)
    return batch.append(timestamp=at, key=event.key, value=event.body, headers=event.headers) is not None


def partition_of(key: bytes, partitions: int) -> int:
    """Where events of this key go: as every client of Kafka decides it unless told otherwise."""
    return _hash(key) % partitions


@lru_cache(maxsize=100_000)
def _hash(key: bytes) -> int:
    """Computed in Python, hence kept: the same patients come again and again."""
    return int(murmur2(key)) & 0x7FFFFFFF

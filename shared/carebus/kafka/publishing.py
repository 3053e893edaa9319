"""Puts events of the outbox on their topics: to the partition of their key, in order, many in one request."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from carebus.records import LastSeen, Partition
from carebus.storage.outbox import Pending

ACKNOWLEDGED_S = 30

Batched = list[tuple[Partition, Any, Sequence[Pending]]]
"""Record batches of aiokafka, each with its partition and the events in it."""


async def publish(producer: AIOKafkaProducer, prefix: str, events: Sequence[Pending]) -> dict[Partition, LastSeen]:
    """Send them all and await every acknowledgement; gives the last event of each partition.

    Whole record batches are handed over: by the record aiokafka takes three times as long (docs/performance.md).
    """
    parted = await _by_partition(producer, prefix, events)
    batches = [batch for part, of in parted.items() for batch in _batched(producer, part, of)]
    acks = await _acknowledged(producer, batches)
    return {
        part: (ack.offset + len(of) - 1, dict(of[-1].headers)["ce_id"].decode())
        for (part, _, of), ack in zip(batches, acks, strict=True)
    }


async def _by_partition(
    producer: AIOKafkaProducer, prefix: str, events: Sequence[Pending]
) -> dict[Partition, list[Pending]]:
    partitions = {topic: len(await producer.partitions_for(prefix + topic)) for topic in {e.topic for e in events}}
    found: dict[Partition, list[Pending]] = {}
    for event in events:
        part = (prefix + event.topic, partition_of(event.key, partitions[event.topic]))
        found.setdefault(part, []).append(event)
    return found


async def _acknowledged(producer: AIOKafkaProducer, batches: Batched) -> list[Any]:
    """Send these, each after the one before it; gives the acknowledgements, or raises what any of them came to."""
    acks: list[Any] = []
    try:
        for (topic, partition), batch, _ in batches:
            acks.append(await producer.send_batch(batch, topic, partition=partition))
    finally:  # whatever became of those already sent, nobody else looks at it
        results: list[Any] = await asyncio.wait_for(asyncio.gather(*acks, return_exceptions=True), ACKNOWLEDGED_S)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def _batched(producer: AIOKafkaProducer, part: Partition, events: Sequence[Pending]) -> Batched:
    """These events of one partition in as many record batches as they fill."""
    batches: Batched = []
    start, batch = 0, producer.create_batch()
    for number, event in enumerate(events):
        if not _append(batch, event):
            batches.append((part, batch, events[start:number]))
            start, batch = number, producer.create_batch()
            _append(batch, event)  # the first one of a batch is taken whatever its size
    return [*batches, (part, batch, events[start:])]


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

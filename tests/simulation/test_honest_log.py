"""The log in memory gives a reader what the real broker gives: order, ends, what is sought, and what comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from carebus.kafka.publishing import publish
from carebus.storage.outbox import Pending
from tests.carebus.wires import Wire
from tests.simulation.group import Consumer, Group
from tests.simulation.kafka import Broker, Producer, Record, partition_of
from tests.simulation.loop import Loop, new_loop

TOPIC = "patient.events"
SOUGHT = (2, 5, 6, 40)
"""From the midst, from the last, from the end, from beyond the end."""


async def _send(producer: Any, topic: str, values: Sequence[bytes]) -> None:
    at = datetime.fromtimestamp(0.007, UTC)
    await publish(producer, "", [Pending(0, topic, b"k", [("n", v), ("ce_id", v)], v, at) for v in values])


def _seen(records: Sequence[Any]) -> list[tuple[int, bytes | None, Any, int]]:
    return [(r.offset, r.value, list(r.headers), r.timestamp) for r in records]


async def _on_kafka(wire: Wire) -> list[Any]:
    topic = wire.prefix + TOPIC
    await _send(wire.producer, topic, [b"%d" % n for n in range(5)])
    consumer = AIOKafkaConsumer(
        bootstrap_servers=wire.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic, n) for n in range(2)]
        consumer.assign(parts)
        [part] = [tp for tp, end in (await consumer.end_offsets(parts)).items() if end]
        results: list[Any] = [
            (await consumer.beginning_offsets([part]))[part],
            (await consumer.end_offsets([part]))[part],
        ]

        async def take(many: int) -> list[Any]:
            found: list[Any] = []
            while len(found) < many:
                found += (await consumer.getmany(part, timeout_ms=200)).get(part, [])
            return _seen(found)

        results.append(await take(5))
        await _send(wire.producer, topic, [b"5"])
        results.append(await take(1))
        for offset in SOUGHT:
            consumer.seek(part, offset)
            if offset == 6:
                await _send(wire.producer, topic, [b"6"])
            results.append(await take({2: 4, 5: 1, 6: 1, 40: 7}[offset]))
        return results
    finally:
        await consumer.stop()


class _Hands:
    """Whoever the consumer in memory hands its records to."""

    def __init__(self) -> None:
        self.found: list[Record] = []

    async def on_partitions_revoked(self, revoked: Any) -> None: ...
    async def on_partitions_assigned(self, assigned: Any) -> None: ...
    async def receive(self, records: Sequence[Record]) -> None:
        self.found += records

    async def take(self, many: int) -> list[Any]:
        while len(self.found) < many:
            await asyncio.sleep(0.1)
        taken, self.found = _seen(self.found), []
        return taken


async def _in_memory(loop: Loop) -> list[Any]:
    broker, hands = Broker(loop), _Hands()
    producer = Producer(loop, broker)
    await producer.start()
    await _send(producer, TOPIC, [b"%d" % n for n in range(5)])
    consumer = Consumer(loop, broker, Group(loop, broker), [TOPIC], hands, hands.receive)
    await consumer.start()
    part = TopicPartition(TOPIC, partition_of(b"k"))
    results: list[Any] = [(await consumer.beginning_offsets([part]))[part], (await consumer.end_offsets([part]))[part]]
    results.append(await hands.take(5))
    await _send(producer, TOPIC, [b"5"])
    results.append(await hands.take(1))
    for offset in SOUGHT:
        consumer.seek(part, offset)
        if offset == 6:
            await _send(producer, TOPIC, [b"6"])
        results.append(await hands.take({2: 4, 5: 1, 6: 1, 40: 7}[offset]))
    await consumer.stop()
    return results


async def test_the_log_in_memory_gives_what_the_real_one_gives(on_wire: Wire) -> None:
    def in_memory() -> list[Any]:
        loop = new_loop(1)
        return loop.run(_in_memory(loop))

    assert await asyncio.to_thread(in_memory) == await _on_kafka(on_wire)

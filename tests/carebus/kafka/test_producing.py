"""A producer that did not close in time is ended: whatever it still holds is never sent."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from aiokafka import AIOKafkaProducer

from carebus.kafka.producing import Producer
from tests.carebus.wires import wire
from tests.servers import Pair


def batch_of(producer: AIOKafkaProducer, value: bytes) -> Any:
    """A record batch of one record of nobody's."""
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"k", value=value, headers=[("ce_source", b"old")])
    return batch


async def test_a_producer_that_a_frozen_broker_keeps_from_closing_sends_nothing_once_the_broker_goes_on(
    own_servers: Pair, topic_prefix: str
) -> None:
    kafka = own_servers.kafka
    async with wire(own_servers.postgres.url, kafka.bootstrap, topic_prefix) as on_wire:
        topic, before = topic_prefix + "patient.events", asyncio.all_tasks()
        producer = Producer(bootstrap_servers=[kafka.bootstrap], acks="all", enable_idempotence=True)
        await producer.start()
        await producer.partitions_for(topic)
        assert kafka.pid is not None
        os.kill(kafka.pid, signal.SIGSTOP)
        try:
            for value in (b"on its way", b"queued"):
                await producer.send_batch(batch_of(producer, value), topic, partition=0)
            await producer.close()
            assert asyncio.all_tasks() - before == set(), "something of it still runs"
        finally:
            os.kill(kafka.pid, signal.SIGCONT)
        await on_wire.put(b"later", [("ce_source", b"old")])
        arrived = [record.value for record in await on_wire.read(wait_for=1, source=b"old")]
        assert b"queued" not in arrived


async def test_a_producer_that_has_sent_everything_closes_at_once(own_servers: Pair, topic_prefix: str) -> None:
    async with wire(own_servers.postgres.url, own_servers.kafka.bootstrap, topic_prefix) as on_wire:
        producer = Producer(bootstrap_servers=[on_wire.bootstrap], acks="all", enable_idempotence=True)
        await producer.start()
        await (await producer.send_batch(batch_of(producer, b"sent"), topic_prefix + "patient.events", partition=0))
        await producer.close()
        assert [record.value for record in await on_wire.read(wait_for=1, source=b"old")] == [b"sent"]

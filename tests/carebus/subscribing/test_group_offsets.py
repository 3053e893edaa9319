"""The group's offsets in Kafka are for lag tools only, and must never disturb the group."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka.structs import TopicPartition

from tests.carebus.wires import Wire


async def test_kafka_is_told_where_a_service_stands_only_while_no_rebalance_is_under_way(on_wire: Wire) -> None:
    part, told, may_end = TopicPartition("patient.events", 0), list[Any](), asyncio.Event()

    async def commit(where: Any) -> None:
        await may_end.wait()
        told.append(where)

    subscriber, consumer = on_wire.service().subscriber, SimpleNamespace(commit=commit)
    await subscriber._tell_kafka(consumer, {part: 1})
    assert not told, "it has no partitions yet"
    await subscriber.on_partitions_assigned([part])
    telling = asyncio.create_task(subscriber._tell_kafka(consumer, {part: 1}))
    await asyncio.sleep(0)
    revoking = asyncio.create_task(subscriber.on_partitions_revoked([part]))
    await asyncio.wait({revoking}, timeout=0.05)
    assert not revoking.done(), "what is being told must not cross the rebalance"
    may_end.set()
    await asyncio.gather(telling, revoking)
    await subscriber._tell_kafka(consumer, {part: 2})
    await subscriber.on_partitions_assigned([part])
    await subscriber._tell_kafka(consumer, {part: 1})
    assert told == [{part: 1}], "neither during the rebalance nor what Kafka knows already"

"""Records that are deleted before anybody has read them: the holes are shown, filled from the outboxes, and closed."""

from __future__ import annotations

import asyncio
import time

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from carebus.contracts import PUBLISHED_BY
from tests.faults.history import PARTITIONS
from tests.faults.operator import SERVICE, Operator
from tests.faults.worlds import World

STORM_S = 3.0
FOUND_WITHIN_S = 60.0


async def deleted_unread(world: World) -> None:
    """The subscribers are down while events are published and deleted; then they come back, and operators mend."""
    await asyncio.sleep(STORM_S)
    readers = [member for member in world.fleet.members if member.role == "subscriber"]
    for reader in readers:
        reader.kill()
    await asyncio.sleep(STORM_S)
    await world.hit("records deleted unread", lambda: _delete(world))
    world.losses |= set(range(PARTITIONS))
    await asyncio.sleep(STORM_S / 3)
    for reader in readers:
        reader.start()
    await asyncio.gather(*(_until_found(url) for url in world.urls.values()))
    operators = [Operator(name, url, world.pair.kafka.bootstrap, world.prefix, world.folder)
                 for name, url in world.urls.items()]  # fmt: skip
    for operator in operators:
        answer = await operator.asked("reconcile", SERVICE, "--source", operator.service, "--republish")
        world.count("published again", answer["published_again"])
    others = [word for source in sorted(PUBLISHED_BY) for word in ("--without", source)]
    for operator in operators:
        closed = await operator.carebus("holes", "close", SERVICE, *world.urls.values(), *others, "--because", "filled")
        world.count("holes closed", closed["closed"])


async def _delete(world: World) -> None:
    parts = [TopicPartition(world.topic, n) for n in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.pair.kafka.bootstrap, enable_auto_commit=False)
    admin = AIOKafkaAdminClient(bootstrap_servers=world.pair.kafka.bootstrap)
    await consumer.start()
    await admin.start()
    try:
        ends = await consumer.end_offsets(parts)
        await admin.delete_records({tp: RecordsToDelete(before_offset=end) for tp, end in ends.items()})
    finally:
        await admin.close()
        await consumer.stop()


async def _until_found(url: str) -> None:
    deadline = time.monotonic() + FOUND_WITHIN_S
    while True:
        db = await asyncpg.connect(url)
        found = await db.fetchval("select count(*) from log_hole")
        await db.close()
        if found == PARTITIONS:
            return
        assert time.monotonic() < deadline, "no reader found that records were deleted"
        await asyncio.sleep(0.1)

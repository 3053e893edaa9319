"""Deliveries that come again: record by record, batch by batch, and the whole topic from its beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.faults.fleet import Member
from tests.faults.storm import until
from tests.faults.worlds import Fault, World

MOST_TIMES = 5

_BACK = """
with before as (select topic, partition, next_offset from consumer_offset where next_offset > 0 for update),
     moved as (update consumer_offset as o set next_offset = greatest(0, o.next_offset - $1) from before as b
               where (o.topic, o.partition) = (b.topic, b.partition) returning o.topic, o.partition, o.next_offset)
insert into offset_repair (topic, partition, stored_offset, log_end, set_to)
select topic, partition, before.next_offset, before.next_offset, moved.next_offset
from before join moved using (topic, partition) returning stored_offset - set_to as again
"""
WHOLE = 1 << 40


def republished(seconds: float) -> Fault:
    """Whatever appears on the topic is put on it up to four times more, as it was, by somebody else."""

    async def fault(world: World) -> None:
        again = Republisher(world.pair.kafka.bootstrap, (world.topic,), world.dice)
        task = asyncio.create_task(again.run())
        await world.hit("topic republished record by record", lambda: asyncio.sleep(seconds))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        world.seen["records more"] = again.written

    return fault


@dataclass
class Republisher:
    """Reads topics from their beginning and writes each event on them again, up to four times, in no order."""

    bootstrap: str
    topics: Sequence[str]
    dice: Any
    written: int = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        consumer = AIOKafkaConsumer(*self.topics, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await consumer.start()
        await producer.start()
        seen: set[bytes] = set()
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    new = [record for record in records if _id(record) not in seen]
                    seen |= {_id(record) for record in new}
                    again = [record for record in new for _ in range(self.dice.randint(0, MOST_TIMES - 1))]
                    self.dice.shuffle(again)
                    await self._write(producer, again)
        finally:
            await consumer.stop()
            await producer.stop()

    async def _write(self, producer: AIOKafkaProducer, records: Sequence[Any]) -> None:
        await asyncio.gather(
            *[
                await producer.send(r.topic, value=r.value, key=r.key, headers=list(r.headers), partition=r.partition)
                for r in records
            ]
        )
        self.written += len(records)


def _id(record: Any) -> bytes:
    return dict(record.headers)["ce_id"] or b""


def set_back(times: int, by: int = WHOLE) -> Fault:
    """Both services' positions are set back by so many records while they work; each move is recorded as a repair."""

    what = "replay of the whole topic" if by == WHOLE else "position set back"

    async def fault(world: World) -> None:
        for _ in range(times):
            for url in world.urls.values():
                await world.hit(what, partial(_set_back, world, url, by))
            await asyncio.sleep(world.dice.uniform(0.5, 1.5))

    return fault


async def _set_back(world: World, url: str, by: int) -> None:
    world.seen["records read again"] = world.seen.get("records read again", 0) + await back(url, by)


async def back(url: str, by: int = WHOLE) -> int:
    """Set every position of a service back by so many records, recorded; gives how many are read again."""
    db = await asyncpg.connect(url)
    try:
        return sum(row["again"] for row in await db.fetch(_BACK, by))
    finally:
        await db.close()


def shimmed(role: str, shim: str, what: str, seconds: float) -> Fault:
    """Every process of this role is started again with a shim, and after so many seconds without."""

    async def fault(world: World) -> None:
        members = [member for member in world.fleet.members if member.role == role]
        await world.hit(what, lambda: _work_with(members, shim, seconds))
        await restarted(members, "")

    return fault


async def _work_with(members: Sequence[Member], shim: str, seconds: float) -> None:
    await restarted(members, shim)
    await asyncio.sleep(seconds)


async def restarted(members: Sequence[Member], shim: str) -> None:
    """End these and start them with a shim (or none), and wait until they run."""
    for member in members:
        member.kill()
        member.environment = {**member.environment, "CHAIN_SHIM": shim}
        member.start()
    await until(lambda: all(member.works() for member in members), "the processes start again")


def whole_topic_into_another_group(seconds: float) -> Fault:
    """Subscribers of another group, whose positions are at the beginning."""

    async def fault(world: World) -> None:
        members = [member for member in world.fleet.members if member.role == "subscriber"]
        for member in members:
            member.kill()
        for url in world.urls.values():
            await world.hit("whole topic into a new group", partial(_set_back, world, url, WHOLE))
        await restarted(members, "the_group_is_another")
        await asyncio.sleep(seconds)

    return fault

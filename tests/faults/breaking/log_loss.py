"""A broker that loses the end of its log: records that it had acknowledged, and that services may have read."""

from __future__ import annotations

import asyncio

from tests.faults import segments
from tests.faults.breaking.turns import repeated
from tests.faults.worlds import Fault, World


def log_losses(times: int, most: int = 400) -> Fault:
    """The broker is killed, up to so many records cut off the end of every partition, and the broker started again."""
    return repeated(times, "end of the log lost", lambda world: _lose(world, world.dice.randint(1, most)))


async def _lose(world: World, records: int) -> None:
    await asyncio.to_thread(world.pair.kafka.kill)
    lost = segments.cut(world.pair.kafka.data.resolve() / "topics", world.topic, records)
    world.losses |= {partition for partition, (before, now) in lost.items() if now < before}
    gone = sum(before - now for before, now in lost.values())
    world.seen["records cut off"] = world.seen.get("records cut off", 0) + gone
    await asyncio.to_thread(world.pair.kafka.start)

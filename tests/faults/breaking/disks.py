"""Disks that are full, and have room again."""

from __future__ import annotations

import asyncio

from deploy.local.embedded import Kafka, Postgres
from tests.faults.disks import Disk
from tests.faults.worlds import Fault, World


def full_disks(times: int, disks: dict[str, Disk]) -> Fault:
    """The disk of one server is full for some seconds, whatever is freed; one that has given up is started again."""

    async def fault(world: World) -> None:
        servers: dict[str, Kafka | Postgres] = {"Kafka": world.pair.kafka, "PostgreSQL": world.pair.postgres}
        for n in range(times):
            name = sorted(servers)[n % 2]
            await world.hit(f"disk of {name} full", lambda: _full(world, name, servers[name], disks[name]))  # noqa: B023
            await asyncio.sleep(world.dice.uniform(1, 3))

    return fault


async def _full(world: World, name: str, server: Kafka | Postgres, disk: Disk) -> None:
    for _ in range(world.dice.randint(20, 50)):
        await asyncio.to_thread(disk.fill)
        await asyncio.sleep(0.2)
    disk.free()
    if not server.running:
        world.seen[f"{name} had given up"] = world.seen.get(f"{name} had given up", 0) + 1
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)

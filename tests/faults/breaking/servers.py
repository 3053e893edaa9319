"""Servers that end: killed, stopped, or all at once with the processes."""

from __future__ import annotations

import asyncio

from deploy.local.embedded import Kafka, Postgres
from tests.faults.breaking.turns import repeated
from tests.faults.worlds import Fault, World


def broker_kills(times: int) -> Fault:
    """SIGKILL to the broker; it is away for up to three seconds before it is started."""
    return repeated(times, "broker killed", lambda world: _kill(world, world.pair.kafka, away_s=3))


def broker_restarts(times: int) -> Fault:
    """A graceful stop of the broker, and its start."""
    return repeated(times, "broker restarted", _restart_broker)


async def _restart_broker(world: World) -> None:
    await asyncio.to_thread(world.pair.kafka.stop)
    await asyncio.to_thread(world.pair.kafka.start)


def database_kills(times: int) -> Fault:
    """SIGKILL to the postmaster and all it started; PostgreSQL recovers from its log."""
    return repeated(times, "database killed", lambda world: _kill(world, world.pair.postgres, away_s=1))


async def _kill(world: World, server: Kafka | Postgres, *, away_s: float) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(world.dice.uniform(0, away_s))
    await asyncio.to_thread(server.start)


def all_at_once(times: int) -> Fault:
    """Broker, database and two processes killed in the same moment, started in any order."""
    return repeated(times, "all killed", _kill_all)


async def _kill_all(world: World) -> None:
    members = world.dice.sample(world.fleet.members, 2)
    for member in members:
        member.kill()
    await asyncio.gather(asyncio.to_thread(world.pair.kafka.kill), asyncio.to_thread(world.pair.postgres.kill))
    starts = [world.pair.kafka.start, world.pair.postgres.start, *(member.start for member in members)]
    world.dice.shuffle(starts)
    await asyncio.gather(*(asyncio.to_thread(start) for start in starts))

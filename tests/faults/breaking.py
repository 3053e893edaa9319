"""The faults: each breaks something a number of times while clients send."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import asyncpg

from tests.faults.fleet import Member
from tests.faults.storm import Fault, World, until

SESSION_S = 10.0
"""The consumers' session timeout: whoever sleeps longer has lost its partitions when it wakes."""

_CUT_THE_LEADER = """
select count(pg_terminate_backend(pid)) from pg_locks
where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
"""


def kills(times: int, most_pause_s: float = 1.0) -> Fault:
    """SIGKILL to one process after another, in any order, once it works again; each is started again at once."""

    async def fault(world: World) -> None:
        victims: list[Member] = []
        for _ in range(times):
            victims = victims or world.dice.sample(world.fleet.members, len(world.fleet.members))
            member = victims.pop()
            await until(member.is_at_work, f"{member.service} {member.role} works")
            await asyncio.sleep(world.dice.uniform(0.0, most_pause_s))
            await world.hit(f"{member.role} killed", lambda member=member: _again(member))  # type: ignore[misc]
        await asyncio.to_thread(world.fleet.pick, world.dice, "asking", "api")

    return fault


async def _again(member: Member) -> None:
    member.kill()
    member.start()


def sleeping_subscribers(times: int) -> Fault:
    """SIGSTOP to a subscriber of `echo` until another has its partitions, then SIGCONT: it wakes with old work."""
    return _repeated(times, "subscriber stopped", _sleep_of_subscriber)


async def _sleep_of_subscriber(world: World) -> None:
    member = await asyncio.to_thread(world.fleet.pick, world.dice, "echo", "subscriber")
    await _asleep(member, SESSION_S + world.dice.uniform(2.0, 4.0))


def sleeping_relays(times: int) -> Fault:
    """SIGSTOP to both relays' processes in turn while their database connections are cut; the other takes over."""
    return _repeated(times, "relay stopped", _sleep_of_relay)


async def _sleep_of_relay(world: World) -> None:
    for member in await asyncio.to_thread(world.fleet.working, "asking", "relay"):
        member.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(0.3)
            await _cut(world.urls["asking"])
            await asyncio.sleep(world.dice.uniform(1.0, 4.0))
        finally:
            member.send(signal.SIGCONT)


async def _cut(url: str) -> None:
    db = await asyncpg.connect(url)
    await db.execute(_CUT_THE_LEADER)
    await db.close()


async def _asleep(member: Member, seconds: float) -> None:
    member.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        member.send(signal.SIGCONT)


def broker_kills(times: int) -> Fault:
    """SIGKILL to the broker; it is away for up to three seconds before it is started."""
    return _repeated(times, "broker killed", _kill_broker)


async def _kill_broker(world: World) -> None:
    await asyncio.to_thread(world.pair.kafka.kill)
    await asyncio.sleep(world.dice.uniform(0, 3))
    await asyncio.to_thread(world.pair.kafka.start)


def broker_restarts(times: int) -> Fault:
    """A graceful stop of the broker, and its start."""
    return _repeated(times, "broker restarted", _restart_broker)


async def _restart_broker(world: World) -> None:
    await asyncio.to_thread(world.pair.kafka.stop)
    await asyncio.to_thread(world.pair.kafka.start)


def database_kills(times: int) -> Fault:
    """SIGKILL to the postmaster and all it started; PostgreSQL recovers from its log."""
    return _repeated(times, "database killed", _kill_database)


async def _kill_database(world: World) -> None:
    await asyncio.to_thread(world.pair.postgres.kill)
    await asyncio.sleep(world.dice.uniform(0, 1))
    await asyncio.to_thread(world.pair.postgres.start)


def all_at_once(times: int) -> Fault:
    """Broker, database and two processes killed in the same moment, started in any order."""
    return _repeated(times, "all killed", _kill_all)


async def _kill_all(world: World) -> None:
    members = world.dice.sample(world.fleet.members, 2)
    for member in members:
        member.kill()
    await asyncio.gather(asyncio.to_thread(world.pair.kafka.kill), asyncio.to_thread(world.pair.postgres.kill))
    starts = [world.pair.kafka.start, world.pair.postgres.start, *(member.start for member in members)]
    world.dice.shuffle(starts)
    await asyncio.gather(*(asyncio.to_thread(start) for start in starts))


def in_turn(*faults: Fault) -> Fault:
    """One after the other in the same run."""

    async def fault(world: World) -> None:
        for each in faults:
            await each(world)

    return fault


def _repeated(times: int, what: str, once: Callable[[World], Awaitable[None]]) -> Fault:
    async def fault(world: World) -> None:
        for _ in range(times):
            await world.hit(what, lambda: once(world))
            await asyncio.sleep(world.dice.uniform(1, 3))

    return fault

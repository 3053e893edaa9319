"""Processes that are stopped for a while and wake up with old work in hand: zombies."""

from __future__ import annotations

import asyncio
import signal

import asyncpg

from tests.faults.breaking.turns import repeated
from tests.faults.fleet import Member
from tests.faults.worlds import Fault, World

SESSION_S = 10.0
"""The consumers' session timeout: whoever sleeps longer has lost its partitions when it wakes."""

_CUT_THE_LEADER = """
select count(pg_terminate_backend(pid)) from pg_locks
where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
"""


def sleeping_subscribers(times: int) -> Fault:
    """SIGSTOP to a subscriber of `echo` until another has its partitions, then SIGCONT: it wakes with old work."""
    return repeated(times, "subscriber stopped", _sleep_of_subscriber)


async def _sleep_of_subscriber(world: World) -> None:
    member = await asyncio.to_thread(world.fleet.pick, world.dice, "echo", "subscriber")
    await _asleep(member, SESSION_S + world.dice.uniform(2.0, 4.0))


def sleeping_relays(times: int) -> Fault:
    """SIGSTOP to both relays' processes in turn while their database connections are cut; the other takes over."""
    return repeated(times, "relay stopped", _sleep_of_relay)


async def _sleep_of_relay(world: World) -> None:
    for member in await asyncio.to_thread(world.fleet.working, "asking", "relay"):
        member.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(0.3)
            await cut_the_leader(world.urls["asking"])
            await asyncio.sleep(world.dice.uniform(1.0, 4.0))
        finally:
            member.send(signal.SIGCONT)


async def cut_the_leader(url: str) -> None:
    """End every connection that holds an advisory lock, as a network does that forgets one."""
    db = await asyncpg.connect(url)
    await db.execute(_CUT_THE_LEADER)
    await db.close()


async def _asleep(member: Member, seconds: float) -> None:
    member.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        member.send(signal.SIGCONT)

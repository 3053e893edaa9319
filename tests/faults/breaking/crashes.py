"""Processes that end by SIGKILL at crash points chosen one by one, until each point was hit often enough."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import asyncpg

from tests.faults.breaking.sleeps import cut_the_leader
from tests.faults.crashing import Plan
from tests.faults.fleet import Member
from tests.faults.worlds import Fault, Hit, World

LOOK_S = 0.5
CUT_S = 2.0
SPOILING_S = 60.0
_SPOILT = """
select count(*) from (select stream from parked_event group by stream
                      having count(*) >= $1 and bool_or(reason = 'decision_failed')) as spoilt
"""


def crashes(plan: Plan, within_s: float, *, all_of_them: bool = True) -> Fault:
    """The processes, started with this plan, crash by themselves; an operator mends, and databases are migrated.

    Points that were not hit often enough after `within_s` seconds are an error, unless not all have to be.
    """

    async def fault(world: World) -> None:
        extra = [_beside(world, does) for does in ("operator", "migration") if plan.wanted_of("echo", does)]
        cutting = asyncio.create_task(_cut_leaders(world, plan))
        deadline = time.monotonic() + within_s
        while plan.wanted() and time.monotonic() < deadline:
            for member in [*world.fleet.members, *extra]:
                member.works()
            await asyncio.sleep(LOOK_S)
        cutting.cancel()
        _tell(world, plan)
        assert not (all_of_them and plan.wanted()), f"not hit often enough: {plan.wanted()}"

    return fault


def nothing(commands: int) -> Fault:
    """Nothing is broken but what was planted, until so many commands were answered: a slow machine takes longer."""

    async def fault(world: World) -> None:
        deadline = time.monotonic() + SPOILING_S
        while _answered(world) < commands and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_S)

    return fault


def _answered(world: World) -> int:
    return (world.folder / "ledger").read_text().count('"do": "ack"')


def spoiling(streams: int, events: int = 1) -> Fault:
    """Nothing is broken but what was planted, until so many streams have so many events in custody of `echo`."""

    async def fault(world: World) -> None:
        deadline = time.monotonic() + SPOILING_S
        db = await asyncpg.connect(world.urls["echo"])
        while await db.fetchval(_SPOILT, events) < streams and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_S)
        await db.close()

    return fault


def mending(streams: int = 2, events: int = 3) -> Fault:
    """The same, and then an operator mends what is spoilt."""

    async def fault(world: World) -> None:
        await spoiling(streams, events)(world)
        _beside(world, "operator")

    return fault


def _beside(world: World, does: str) -> Member:
    """One more process of `echo`, which does something of its own."""
    like = next(member for member in world.fleet.members if member.service == "echo")
    member = Member("echo", "subscriber", like.logs, {**like.environment, "CHAIN_DOES": does}, like.host)
    world.mended = world.mended or does == "operator"
    world.fleet.members.append(member)
    member.start()
    return member


async def _cut_leaders(world: World, plan: Plan) -> None:
    while "lead: lock lost" in plan.wanted():
        await asyncio.sleep(CUT_S)
        for url in world.urls.values():
            with suppress(OSError, asyncpg.PostgresError):
                await cut_the_leader(url)


def _tell(world: World, plan: Plan) -> None:
    hits = plan.hits()
    world.hits += [Hit("crash at a chosen point", at, at) for _, at in plan.crashes()]
    world.seen["crash points"] = len(plan.points)
    world.seen["hits of the one hit least"] = min(hits[point] for point in plan.points)

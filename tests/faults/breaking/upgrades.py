"""Releases that take each other's place, process by process, while clients send and processes are killed."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import asyncpg
import httpx

from carebus.storage.migrate import MigrationPhase, migrate
from tests.faults.fleet import CREW, Member
from tests.faults.releases import later
from tests.faults.storm import until
from tests.faults.worlds import Fault, World

CREW_OF_TWO = (("asking", "api"), *CREW)
"""Two processes take commands, so that there is one while the other is replaced."""

SMALL_CREW = tuple(dict.fromkeys(CREW_OF_TWO))[:1] + tuple(dict.fromkeys(CREW_OF_TWO))
"""The same with one of each other kind: quicker to replace."""

READERS_FIRST = ("subscriber", "relay", "api")
"""On the way there: whoever should hear a new type can, before anybody tells it."""

WRITERS_FIRST = ("api", "relay", "subscriber")
"""On the way back. On the way there it lets subscribers of the first release meet a type that they do not know."""

DRAINED_WITHIN_S = 30.0
_PASSED_OVER = re.compile(r'^carebus_passed_over_total\{[^}]*type="unknown"[^}]*\} (\S+)$', re.MULTILINE)
_TOLD = "select stream, max(sequence) from outbox where type = 'org.carebus.CommandCounted' group by stream"
_READ = "select stream, last_sequence from mark where source = 'asking'"


def rolled(release: str, order: tuple[str, ...], kills: int = 0) -> Fault:
    """Each process of these roles in turn is asked to end and started as `release`; after some, any one is killed."""

    async def fault(world: World) -> None:
        wanted = [member for member in world.fleet.members if member.role in order]
        members = sorted(wanted, key=lambda member: order.index(member.role))
        deadly = world.dice.sample(range(len(members)), kills)
        for n, member in enumerate(members):
            await world.hit(f"{member.role} replaced", partial(_replace, world, member, release))
            if n in deadly:
                victim = await asyncio.to_thread(world.fleet.pick, world.dice)
                await world.hit(f"{victim.role} killed", partial(_kill, victim))

    return fault


async def _replace(world: World, member: Member, release: str) -> None:
    await until(member.works, f"{member.service} {member.role} works")
    await _count_passed_over(world, member)
    if not await asyncio.to_thread(member.stop, DRAINED_WITHIN_S):
        _add(world, "not drained", 1)
    member.release = release
    member.start()
    await until(member.works, f"{member.service} {member.role} works as {release}")


async def _kill(member: Member) -> None:
    member.kill()
    member.start()


async def _count_passed_over(world: World, member: Member) -> None:
    """Ask a subscriber of the first release, before it ends, how many events of unknown types it has passed over."""
    if member.role == "subscriber" and member.release == "first":
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            text = (await http.get(f"http://127.0.0.1:{member.operators_port}/metrics")).text
        found = _PASSED_OVER.search(text)
        _add(world, "passed over by their own count", int(float(found[1])) if found else 0)


def _add(world: World, what: str, number: int) -> None:
    world.seen[what] = world.seen.get(what, 0) + number


def migrated(phase: MigrationPhase, pods: int = 2) -> Fault:
    """The later release's migrations of a phase, while all work, by so many at once; one of them applies them."""

    async def fault(world: World) -> None:
        for url in world.urls.values():
            await world.hit(f"{phase} migrated", partial(_migrate, url, phase, pods))

    return fault


async def _migrate(url: str, phase: MigrationPhase, pods: int) -> None:
    applied = await asyncio.gather(*(migrate(url, later.MIGRATIONS, phase) for _ in range(pods)))
    assert sum(bool(names) for names in applied) == 1, applied


async def given_back(world: World) -> None:
    """What the later release's `post` took from the first one is given back, while the later one works."""
    for url in world.urls.values():
        await world.hit("post given back", partial(_execute, url, later.GIVEN_BACK.read_text()))


async def _execute(url: str, statements: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statements)
    finally:
        await db.close()


async def heard_out(world: World) -> None:
    """Nobody tells events of the new type any more: wait until every service has read the last of them."""
    told = await _by_stream(world.urls["asking"], _TOLD)
    while any([await _is_behind(url, told) for url in world.urls.values()]):
        await asyncio.sleep(0.2)


async def _is_behind(url: str, told: dict[str, int]) -> bool:
    read = await _by_stream(url, _READ)
    return any(read.get(stream, 0) < sequence for stream, sequence in told.items())


async def _by_stream(url: str, query: str) -> dict[str, int]:
    db = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await db.fetch(query)}
    finally:
        await db.close()

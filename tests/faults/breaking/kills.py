"""Processes killed as the kernel would: SIGKILL, at any moment."""

from __future__ import annotations

import asyncio

from tests.faults.fleet import Member
from tests.faults.storm import until
from tests.faults.worlds import Fault, World


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

"""How faults follow each other in a run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.faults.worlds import Fault, World


def in_turn(*faults: Fault) -> Fault:
    """One after the other in the same run."""

    async def fault(world: World) -> None:
        for each in faults:
            await each(world)

    return fault


def at_once(*faults: Fault) -> Fault:
    """All of them at the same time in the same run."""

    async def fault(world: World) -> None:
        async with asyncio.TaskGroup() as all_of_them:
            for each in faults:
                all_of_them.create_task(each(world))  # type: ignore[arg-type]  # an awaitable here is a coroutine

    return fault


def repeated(times: int, what: str, once: Callable[[World], Awaitable[None]]) -> Fault:
    """The same so many times, with a pause of one to three seconds after each; kept as `what`."""

    async def fault(world: World) -> None:
        for _ in range(times):
            await world.hit(what, lambda: once(world))
            await asyncio.sleep(world.dice.uniform(1, 3))

    return fault

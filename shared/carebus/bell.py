"""Wakes the relay in another process at once: a notice outside of any business transaction, on which nothing relies."""

import asyncio
from typing import Any

from carebus.core import Core
from carebus.loops import keep, pause

CHANNEL = "carebus_told"
QUIET_S = 30.0
CHECK_S = 2.0


async def ring(core: Core, stop: asyncio.Event) -> None:
    """Whenever this process told something and does not relay itself, say so. Many at once are one notice."""

    async def say() -> float:
        if not await pause(QUIET_S, core.told.elsewhere):
            core.told.elsewhere.clear()
            if not core.told.relayed_here:
                async with core.database.connection() as db:
                    await db.execute(f"notify {CHANNEL}")
        return 0.0

    await keep("bell", say, stop=stop, beats=core.beats)


async def listen(core: Core, stop: asyncio.Event) -> None:
    """Hear it, on a connection of its own. A notice that gets lost costs the relay's next look, and no event."""
    connection: Any = None

    async def hear() -> float:
        nonlocal connection
        if connection is None or connection.is_closed():
            connection = await core.database.connect()
            await connection.add_listener(CHANNEL, lambda *_: core.told.here.set())
        return CHECK_S

    try:
        await keep("ear", hear, stop=stop, beats=core.beats)
    finally:
        if connection is not None:
            connection.terminate()

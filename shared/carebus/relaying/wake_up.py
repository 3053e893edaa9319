"""Wakes the relay in another process at once: a notice outside of any business transaction, on which nothing relies."""

import asyncio
from collections.abc import Callable, Mapping

from carebus.core import Core
from carebus.observing.loops import keep, pause

CHANNEL = "carebus_told"
QUIET_S = 30.0


async def notify_relay(core: Core, stop: asyncio.Event) -> None:
    """Whenever this process told something and does not relay itself, say so. Many at once are one notice."""

    async def say() -> float:
        if not await pause(QUIET_S, core.told.elsewhere):
            core.told.elsewhere.clear()
            if not core.told.relayed_here:
                async with core.database.connection() as db:
                    await db.execute(f"notify {CHANNEL}")
        return 0.0

    await keep("notify", say, stop=stop, beats=core.beats)


def notices_for(core: Core) -> Mapping[str, Callable[..., None]]:
    """What a relay listens to while it leads. A notice that gets lost costs its next look, and no event."""
    return {CHANNEL: lambda *_: core.told.here.set()}

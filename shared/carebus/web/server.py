"""Serves an application by uvicorn, which here ticks once a second only, and at once when it is to end."""

import asyncio
import sys
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from carebus.observing.loops import pause

TICK_S = 1.0
"""Seconds between ticks: the Date of answers is that old at most. Of uvicorn's own ten a second nine do nothing."""
GRACE_S = 5
"""Seconds that requests under way are given to end."""


def serve(app: Starlette, **how: Any) -> None:
    """Serve until SIGTERM or SIGINT, as `uvicorn.run` does; `how` are its options."""
    server = Server(uvicorn.Config(app, timeout_graceful_shutdown=GRACE_S, **how))
    server.run()
    if not server.started:
        sys.exit(uvicorn.config.STARTUP_FAILURE)


class Server(uvicorn.Server):
    """uvicorn's server with a slower tick, which a signal cuts short."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told_to_end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Tick until it is time to end; the tick of number 0 does all that any does."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            await pause(TICK_S, self._told_to_end)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came; not always while the loop is awake."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told_to_end.set)

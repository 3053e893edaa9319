"""Serves an application by uvicorn, which here ticks once a second only, and at once when it is to end."""

import asyncio
import sys
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from carebus.observing.loops import pause
from carebus.settings import CONNECTIONS
from carebus.web.addresses import Proxies, require_few_proxies
from carebus.web.protocol import Clients, Protocol

TICK_S = 1.0
"""Seconds between ticks: the Date of answers is that old at most. Of uvicorn's own ten a second nine do nothing."""
GRACE_S = 5
"""Seconds that requests under way are given to end."""
LOOPBACK = "127.0.0.1"


def serve(app: Starlette, **how: Any) -> None:
    """Serve until SIGTERM or SIGINT, as `uvicorn.run` does; `how` are the options of `configured`."""
    server = Server(configured(app, **how))
    server.run()
    if not server.started:
        sys.exit(uvicorn.config.STARTUP_FAILURE)


def configured(
    app: Starlette, *, host: str = LOOPBACK, trusted: str = LOOPBACK, connections: int = CONNECTIONS, **how: Any
) -> uvicorn.Config:
    """How to serve: `trusted` proxies are believed, and any other address may have so many `connections`.

    `how` are further options of uvicorn. Raises EverybodyTrusted.
    """
    require_few_proxies(trusted, host)
    protocol: Any = partial(Protocol, Clients(connections, Proxies(trusted)))
    return uvicorn.Config(
        app,
        host=host,
        http=protocol,
        ws="none",
        forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        **how,
    )


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
            for connection in list(self.server_state.connections):
                if isinstance(connection, Protocol):
                    connection.look()
            await pause(TICK_S, self._told_to_end)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came; not always while the loop is awake."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told_to_end.set)

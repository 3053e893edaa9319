"""Serves an application by uvicorn, which here ticks once a second only, and at once when it is to end."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from carebus.observing.loops import pause
from carebus.settings import CONNECTIONS
from carebus.web.addresses import Proxies, require_few_proxies
from carebus.web.protocol import Clients, Protocol

TICK_S = 1.0
"""Seconds between ticks: the Date of answers is that old at most. Of uvicorn's own ten a second nine do nothing."""
GRACE_S = 5
"""Seconds that requests under way are given to end."""
LOOPBACK = "127.0.0.1"


def serve(app: ASGIApp, **how: Any) -> None:
    """Serve until SIGTERM or SIGINT, as `uvicorn.run` does; `how` are the options of `configured`."""
    run(Server(configured(app, **how)))


def run(server: uvicorn.Server) -> None:
    """Serve until SIGTERM or SIGINT; a start that fails ends the process with uvicorn's exit code for it."""
    server.run()
    if not server.started:
        sys.exit(uvicorn.config.STARTUP_FAILURE)


def configured(
    app: ASGIApp,
    *,
    host: str = LOOPBACK,
    trusted: str = LOOPBACK,
    connections: int = CONNECTIONS,
    grace_s: int = GRACE_S,
    **how: Any,
) -> uvicorn.Config:
    """How to serve: `trusted` proxies are believed, and any other address may have so many `connections`.

    Requests under way have `grace_s` seconds at the end; `how` are further options of uvicorn. Raises EverybodyTrusted.
    """
    require_few_proxies(trusted, host)
    protocol: Any = partial(Protocol, Clients(connections, Proxies(trusted)))
    return uvicorn.Config(
        app,
        host=host,
        http=protocol,
        ws="none",
        forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=grace_s,
        server_header=False,
        **how,
    )


class Server(uvicorn.Server):
    """uvicorn's server with a slower tick, which a signal cuts short; `beside` serves from before it to after it."""

    def __init__(self, config: uvicorn.Config, beside: "Beside | None" = None) -> None:
        super().__init__(config)
        self._beside = beside
        self._told_to_end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def listens(self) -> bool:
        """Whether connections are taken: from the end of the start to the beginning of the end."""
        return self.started and not self.should_exit

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to end."""
        beside: AbstractAsyncContextManager[None] = self._beside.serving() if self._beside else nullcontext()
        async with beside:
            await super().serve(sockets)

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


class Beside(Server):
    """A server that ends when another one has ended, and hears no signals of its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._answers = asyncio.Event()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer while this lasts."""
        task = asyncio.create_task(self.serve())
        await self._answers.wait()
        try:
            yield
        finally:
            self.should_exit = True
            self._told_to_end.set()
            await task

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """They are for the other one."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and let whoever waits for that know."""
        await super().startup(sockets)
        self._answers.set()

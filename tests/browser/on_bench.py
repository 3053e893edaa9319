"""A service on the bench behind a real HTTP server, in a thread beside the browser's test, and still told events."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from playwright.sync_api import Browser

from carebus.testing import Bench
from tests.bearing import Bearing
from tests.browser.judging import judged


@dataclass
class Served:
    """A service at an address; `do` runs something with its bench."""

    address: str = ""
    name: str = ""
    _loop: asyncio.AbstractEventLoop | None = None
    _bench: Bench | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def do(self, what: Callable[[Bench], Awaitable[Any]]) -> None:
        """Run this in the service's loop, and wait for it."""
        assert self._loop
        assert self._bench
        bench = self._bench

        async def it() -> None:
            await what(bench)

        asyncio.run_coroutine_threadsafe(it(), self._loop).result(60)

    async def serve(self, opened: AbstractAsyncContextManager[Bench]) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        async with opened as self._bench:
            with socket.socket() as door:
                door.bind(("127.0.0.1", 0))
                self.address = f"http://127.0.0.1:{door.getsockname()[1]}"
                app = Bearing(self._bench.service)
                server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
                serving = asyncio.create_task(server.serve(sockets=[door]))
                while not server.started:
                    await asyncio.sleep(0.01)
                self._ready.set()
                await asyncio.to_thread(self._stop.wait)
                server.should_exit = True
                await serving


@contextmanager
def served(open_bench: Callable[[], AbstractAsyncContextManager[Bench]]) -> Iterator[Served]:
    """The service on this bench, behind a real server on a free port."""
    one = Served()
    running = threading.Thread(target=lambda: asyncio.run(one.serve(open_bench())), daemon=True)
    running.start()
    assert one._ready.wait(60)
    try:
        yield one
    finally:
        one._stop.set()
        running.join(30)


def looked_at(browser: Browser, address: str, name: str) -> None:
    """The page at this address is judged."""
    with judged(browser, name) as page:
        page.goto(address)

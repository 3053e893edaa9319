"""A service on the bench behind a real HTTP server, in a thread beside the browser's test, and still told events."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from carebus.testing import Bench

VIEWS = pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])


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
                app = self._bench.service.app
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


def looked_at(browser: Browser, address: str, width: int, scheme: str, name: str) -> None:
    """The page is accessible with everything open, fits, keeps to its policy; SCREENSHOTS keeps its picture."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    page.goto(address)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    for details in page.locator("details").all():
        details.evaluate("details => { details.open = true }")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert refused == []
    context.close()

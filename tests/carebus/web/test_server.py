"""The server ticks slowly, ends at once when it is asked to, and lets what is under way end first."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from carebus.web import server
from deploy.local.process import free_port

NEVER_S = 3600.0


@pytest.fixture(autouse=True)
def ticks_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK_S", NEVER_S)


def slow(begun: threading.Event) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def answer() -> str:
        begun.set()
        await asyncio.sleep(0.3)
        return "done"

    return app


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_but_lets_a_request_end(loop: Any, wish: signal.Signals) -> None:
    begun, port, answers = threading.Event(), free_port(), list[str]()
    made = server.Server(uvicorn.Config(slow(begun), port=port, log_level="critical", loop=loop))

    def ask() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
            answers.append(client.get(f"http://127.0.0.1:{port}/").text)

    def end() -> None:
        begun.wait(20)
        os.kill(os.getpid(), wish)

    heard = list[int]()
    before = signal.signal(wish, lambda number, _: heard.append(number))
    threads = [threading.Thread(target=ask), threading.Thread(target=end)]
    try:
        for thread in threads:
            thread.start()
        made.run()
    finally:
        signal.signal(wish, before)
    for thread in threads:
        thread.join()
    assert answers == ['"done"']
    assert heard == [wish], "whoever listened before hears of it when all is closed"


async def test_it_ends_after_as_many_requests_as_it_may_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK_S", 0.01)
    port = free_port()
    config = uvicorn.Config(slow(threading.Event()), port=port, log_level="critical", limit_max_requests=1)
    made = server.Server(config)
    serving = asyncio.create_task(made.serve())
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as client:
        while not made.started:
            await asyncio.sleep(0.01)
        answer = await client.get(f"http://127.0.0.1:{port}/")
        assert answer.headers["date"]
    async with asyncio.timeout(20):
        await serving

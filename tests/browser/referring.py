"""The referral service behind a real server on a free port, for browsers, and referrals to show them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from carebus.ids import new_id
from carebus.testing import START, set_clock
from services.referral import app
from services.referral.settings import Settings
from tests.bearing import Bearing
from tests.databases import fresh_database, migrations_of


@pytest.fixture(scope="module")
def address(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service behind a real server on a free port, on a database of its own."""
    clock = tmp_path_factory.mktemp("referral") / "clock.json"
    set_clock(clock, START)
    ready, stop = threading.Event(), threading.Event()
    found: list[str] = []
    running = threading.Thread(target=lambda: asyncio.run(_serve(postgres_url, clock, found, ready, stop)), daemon=True)
    running.start()
    assert ready.wait(30)
    yield found[0]
    stop.set()
    running.join(30)


async def _serve(
    postgres_url: str, clock: Path, found: list[str], ready: threading.Event, stop: threading.Event
) -> None:
    async with fresh_database(postgres_url, "referral", migrations_of("referral")) as url:
        given = {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "clock_file": clock, "role": "api",
                 "help_line": "800-555-0199"}  # fmt: skip
        service = app.make(Settings.model_validate(given))
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            found.append(f"http://127.0.0.1:{door.getsockname()[1]}")
            server = uvicorn.Server(uvicorn.Config(Bearing(service), log_level="warning"))
            serving = asyncio.create_task(server.serve(sockets=[door]))
            while not server.started:
                await asyncio.sleep(0.01)
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.should_exit = True
            await serving


def refer(address: str, referral: dict[str, object]) -> str:
    """Refer a person; gives the referral's id."""
    answer = httpx.post(address + "/api/referrals", json=referral, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["referral_id"])

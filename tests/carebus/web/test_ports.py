"""Two ports in one process: the operators' one opens first, answers while the other has its hands full, closes last."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.process import free_port
from tests.carebus import tally
from tests.carebus.processes import ROOT, process
from tests.carebus.wires import assessed, someone, until
from tests.databases import fresh_database

NOWHERE = "127.0.0.1:1"
FEW = 3


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    """A database with the tally service's tables."""
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as made:
        yield made


@contextmanager
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def refusal(**ports: int) -> tuple[int, str]:
    """The exit code of a process that is to use these ports, and why it did not start."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://x:y@{NOWHERE}/none",
        "KAFKA_BOOTSTRAP_SERVERS": NOWHERE,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        **{name: str(port) for name, port in ports.items()},
    }
    words = [sys.executable, "-m", "tests.carebus.tally"]
    ended = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    said = [json.loads(line) for line in (ended.stdout + ended.stderr).splitlines() if line.startswith("{")]
    (why,) = [line["why"] for line in said if line["event"] == "refuses_to_start"]
    return ended.returncode, why


def test_a_port_that_is_taken_stops_the_start_with_a_sentence() -> None:
    with taken() as port:
        for mine, other in (("CAREBUS_PORT", "CAREBUS_OPERATORS_PORT"), ("CAREBUS_OPERATORS_PORT", "CAREBUS_PORT")):
            code, why = refusal(**{mine: port, other: free_port()})
            assert (code, why.startswith(f"{mine} can't be {port}: ")) == (1, True), why


def test_one_port_is_not_enough_for_both() -> None:
    port = free_port()
    code, why = refusal(CAREBUS_PORT=port, CAREBUS_OPERATORS_PORT=port)
    assert (code, why.startswith(f"CAREBUS_OPERATORS_PORT can't be {port}: ")) == (1, True), why


async def test_operators_are_answered_when_the_other_port_takes_nobody_any_more(url: str) -> None:
    async with process(url, NOWHERE, "", role="api", CAREBUS_CONNECTIONS_PER_ADDRESS=str(FEW),
                       CAREBUS_TRUSTED_PROXIES="") as service:  # fmt: skip
        own = service.http.base_url
        held = [await asyncio.open_connection(own.host, own.port) for _ in range(FEW)]
        try:
            assert (await service.http.get("/")).status_code == 429
            for path in ("/health/live", "/health/ready", "/metrics", "/api/status", "/openapi.json"):
                assert (await service.operators.get(path)).status_code == 200
        finally:
            for _, writer in held:
                writer.close()


@pytest.mark.parametrize("role", ["subscriber", "relay"])
async def test_a_process_without_pages_has_the_operators_port_only(role: str, url: str) -> None:
    async with process(url, NOWHERE, "", role=role) as service:
        assert (await service.operators.get("/api/status")).json()["role"] == role
        with pytest.raises(httpx.ConnectError):
            await service.http.get("/")


@pytest.mark.parametrize("role", ["all", "api", "relay"])
async def test_a_process_that_is_asked_to_end_closes_all_its_ports(role: str, url: str, tmp_path: Path) -> None:
    async with process(url, NOWHERE, "", role=role, log=tmp_path / "log") as service:
        service.running.send_signal(signal.SIGTERM)

        async def ended() -> bool:
            return service.running.poll() is not None

        await until(ended, "the process ends")
        assert service.running.returncode == 0
    said = (tmp_path / "log").read_text()
    assert '"event": "stopped"' in said
    assert "Traceback" not in said
    assert "destroyed" not in said


async def test_operators_are_answered_until_the_last_request_of_the_other_port_has_ended(url: str) -> None:
    async with process(url, NOWHERE, "", role="api", CAREBUS_TRUSTED_PROXIES="") as service:
        body = json.dumps(assessed("a").model_dump(mode="json")).encode()
        reader, writer = await asyncio.open_connection(service.http.base_url.host, service.http.base_url.port)
        head = (
            f"POST /api/{someone()}/marks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: {service.http.headers['authorization']}\r\nIdempotency-Key: a\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body[:-1])
        await writer.drain()
        await until(service_has(service.operators, 200), "it is ready")
        service.running.send_signal(signal.SIGTERM)
        await until(service_has(service.operators, 503), "it is ready no more, and still says so")
        assert (await service.operators.get("/health/live")).status_code == 200
        assert (await service.operators.get("/metrics")).status_code == 200
        writer.write(body[-1:])
        assert b" 201 " in await reader.readline()
        writer.close()


def service_has(operators: httpx.AsyncClient, status: int) -> Callable[[], Awaitable[bool]]:
    async def so() -> bool:
        return (await operators.get("/health/ready")).status_code == status

    return so

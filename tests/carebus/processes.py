"""The tally service as a process of its own, which a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from carebus.testing import people
from deploy.local.embedded import free_port
from tests.carebus.wires import until

ROOT = Path(__file__).parents[2]


@dataclass
class Process:
    """One process of the service, its HTTP API and what operators ask."""

    running: subprocess.Popen[bytes]
    http: httpx.AsyncClient
    operators: httpx.AsyncClient

    def kill(self) -> None:
        """End it as the kernel would."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()


@asynccontextmanager
async def process(
    database_url: str,
    bootstrap: str,
    prefix: str,
    role: str = "all",
    log: Path = Path(os.devnull),
    module: str = "tests.carebus.tally",
    **more: str,
) -> AsyncIterator[Process]:
    """A process that answers, with `more` in its environment; killed at the end if it still runs."""
    port, asked_at = free_port(), free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "CAREBUS_TOPIC_PREFIX": prefix,
        "CAREBUS_ROLE": role,
        "CAREBUS_PORT": str(port),
        "CAREBUS_OPERATORS_PORT": str(asked_at),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        **people.environment(),
        **more,
    }
    with log.open("wb") as out:
        running = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment, stdout=out)
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=people.bearer()) as http,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{asked_at}", timeout=30) as operators,
    ):
        made = Process(running, http, operators)
        try:

            async def ready() -> bool:
                try:
                    return (await operators.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    assert running.poll() is None, "the process ended"
                    return False

            await until(ready, "the process answers")
            yield made
        finally:
            made.kill()

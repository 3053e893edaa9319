"""The processes of a night, one per role, on a clock of the clinic's that runs fast; any of them may be killed."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx

from carebus.kafka import topics
from carebus.storage.migrate import migrate
from carebus.testing import people
from deploy.local.clock import SimulatedClock
from deploy.local.process import LOOPBACK, Command, ServerProcess, free_port
from tests.databases import at, migrations_of
from tests.faults.fleet import ROOT
from tests.notifications.conftest import MailServer
from tests.servers import Pair
from tests.wishes.people import KEYS

BEGINS = datetime(2026, 3, 3, 3, tzinfo=UTC)
FASTER = 60.0
"""Minutes pass in seconds."""
TELEPHONE = "whsec_" + "c2VjcmV0" * 4
PAGES = "p" * 40
HOSPITALS = [{"name": "General Hospital", "facility": "GENERAL", "networks": ["127.0.0.0/8"]}]
PARTITIONS = 3
_HURRIED = "from tests.hurrying import hurry; hurry(); from services.{}.app import service; service().run()"


@dataclass
class Process:
    """A role of a service, and those that were in its place before it."""

    service: str
    role: str
    logs: Path
    environment: Mapping[str, str]
    starts: int = 0
    _process: ServerProcess | None = None

    @property
    def name(self) -> str:
        return f"{self.service} {self.role}"

    def start(self) -> None:
        """Start it; returns at once."""
        self.starts += 1
        argv = [sys.executable, "-c", _HURRIED.format(self.service)]
        self._process = ServerProcess(Command(self.name, argv, self.log, ROOT, dict(self.environment)))

    @property
    def log(self) -> Path:
        return self.logs / f"{self.service}-{self.role}-{self.starts}.out"

    def works(self) -> bool:
        """Whether this start of it runs its loops. Ended by itself, it is an error."""
        assert self._process is not None
        assert self._process.running, f"{self.name} ended:\n{self._process.log_tail()}"
        return '"event": "started"' in self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End it as the kernel would."""
        if self._process is not None:
            self._process.end()


@dataclass
class House:
    """All of them, their servers and their mail."""

    pair: Pair
    prefix: str
    urls: dict[str, str]
    mail: MailServer
    clock: SimulatedClock
    port: int
    hospital_port: int
    ports: dict[str, int]
    processes: list[Process] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Where the line answers."""
        return f"http://{LOOPBACK}:{self.port}"

    def base_of(self, service: str) -> str:
        """Where one of the services besides answers."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    async def start(self, *more: Process) -> None:
        """Start all and wait until they work."""
        self.processes += more
        for process in self.processes:
            process.start()
        until_s = time.monotonic() + 120
        while not all(process.works() for process in self.processes) or not await self._answers():
            assert time.monotonic() < until_s, "the services do not start"
            await asyncio.sleep(0.2)

    async def _answers(self) -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                return (await http.get(f"{self.base}/", headers=people.bearer())).status_code < 500
            except httpx.TransportError:
                return False

    async def begun(self) -> None:
        """Wait until the notifications have begun: what was told before that is sent to nobody."""
        async with asyncpg.create_pool(self.urls["notifications"], min_size=1, max_size=1) as pool:
            while not await pool.fetchval("select count(*) from beginning"):
                await asyncio.sleep(0.1)

    def end(self) -> None:
        for process in self.processes:
            process.kill()


@asynccontextmanager
async def house(pair: Pair, folder: Path, *services: str) -> AsyncIterator[House]:
    """The line in each of its roles, notifications and these services besides, not started; all ended afterwards."""
    prefix = f"n{secrets.token_hex(4)}."
    await topics.create([pair.kafka.bootstrap], prefix=prefix, partitions=PARTITIONS)
    urls = {name: await _database(pair, name) for name in ("line", "notifications", *services)}
    clock, mail = SimulatedClock(folder / "clock.json", BEGINS), MailServer()
    async with mail.listening():
        ports = {name: free_port() for name in services}
        made = House(pair, prefix, urls, mail, clock, free_port(), free_port(), ports)
        roles = [("line", role) for role in ("api", "subscriber", "relay", "listener")]
        crew = [*roles, *((name, "all") for name in ("notifications", *services))]
        made.processes = [Process(*who, folder, _environment(made, folder, *who)) for who in crew]
        try:
            yield made
        finally:
            made.end()


async def _database(pair: Pair, service: str) -> str:
    name = f"{service}_{secrets.token_hex(4)}"
    db = await asyncpg.connect(pair.postgres.url)
    await db.execute(f"create database {name}")
    await db.close()
    await migrate(at(pair.postgres.url, name), migrations_of(service))
    return at(pair.postgres.url, name)


def _environment(made: House, folder: Path, service: str, role: str) -> dict[str, str]:
    serves = (service, role) == ("line", "api")
    return {
        **os.environ,
        **people.environment(),
        "DATABASE_URL": made.urls[service],
        "KAFKA_BOOTSTRAP_SERVERS": made.pair.kafka.bootstrap,
        "CAREBUS_TOPIC_PREFIX": made.prefix,
        "CAREBUS_CLOCK_FILE": str(folder / "clock.json"),
        "CAREBUS_ROLE": role,
        "CAREBUS_PORT": str(made.port if serves else made.ports.get(service) or free_port()),
        "CAREBUS_OPERATORS_PORT": "0",
        "CAREBUS_DRAIN_SECONDS": "3",
        "CAREBUS_PAGE_LINK_SECRET": PAGES,
        "CAREBUS_LINE_URL": made.base,
        "CAREBUS_TELEPHONE_SECRET": TELEPHONE,
        "CAREBUS_HOSPITALS": json.dumps(HOSPITALS),
        "CAREBUS_DOCUMENT_KEYS": KEYS,
        "CAREBUS_MLLP_PORT": str(made.hospital_port),
        "SMTP_URL": f"smtp://{LOOPBACK}:{made.mail.port}",
        "CAREBUS_MAIL_FROM": "care@carebus.example",
        "CAREBUS_MAIL_RETRY_SECONDS": "0.2",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
    }

"""Brings everything up in the order it needs: servers, databases and topics, then the services."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local.databases import create_databases
from deploy.local.failures import LocalServerError
from deploy.local.fleet import Fleet
from deploy.local.folders import cache_folder
from deploy.local.jars import fetch_kafka_jars
from deploy.local.kafka import Kafka
from deploy.local.options import ROOT, Options
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK
from deploy.local.programs import rotate, tail
from deploy.local.supervisor import Member, Supervisor, in_thread
from deploy.local.watch import Watch

READY_TIMEOUT_S = 60.0
LOOK_S = 0.1


class StepFailed(LocalServerError):
    """`carebus {0}` failed. Its log, {1}, ends with:
    {2}"""


class NotReady(LocalServerError):
    """{0} is not ready after {1:.0f} s. Its log, {2}, ends with:
    {3}"""


@dataclass(frozen=True)
class Start:
    """Starts the processes of `fleet` under `supervisor`; `tell` hears what is being done."""

    options: Options
    fleet: Fleet
    supervisor: Supervisor
    watch: Watch
    tell: Callable[[str], None]

    async def everything(self) -> None:
        """Return when every service is ready; raises a `LocalServerError` that says what stands in the way."""
        self.fleet.write_links()
        async with failing_plainly(), asyncio.TaskGroup() as group:
            databases = group.create_task(self._databases())
            broker = group.create_task(self._broker())
            group.create_task(self._companions())
        self.tell("Starting the services.")
        services = [
            self.fleet.service(name, databases.result()[name], broker.result()) for name in self.options.services
        ]
        await self.supervisor.start(*(member for service in services for member in service))
        async with failing_plainly(), asyncio.TaskGroup() as group:
            for member, *_ in services:
                group.create_task(self._until(member, partial(self.watch.ready, member.name)))

    async def _companions(self) -> None:
        made = self.fleet.mail(), self.fleet.provider(self.tell), self.fleet.portal()
        companions = [member for member in made if member is not None]
        await self.supervisor.start(*companions)
        for member in companions:
            await self._until(member, partial(_listens, self.options.ports[member.name]))

    async def _databases(self) -> dict[str, str]:
        """Make PostgreSQL run, with the databases of all services and their tables."""
        server, admin_url = self.fleet.postgres(), self.options.database_url
        if server is not None:
            self.tell("Starting PostgreSQL.")
            await self.supervisor.start(server)
            assert isinstance(server.unit, Postgres)
            admin_url = server.unit.url
        urls = await create_databases(admin_url or "", self.options.services, self.options.data / "passwords.json")
        self.tell("Preparing the databases.")
        async with failing_plainly(), asyncio.TaskGroup() as group:
            for service, url in urls.items():
                group.create_task(self._step(f"migrate {service}", {"DATABASE_URL": url}))
        return urls

    async def _broker(self) -> str:
        """Make Kafka run, with all topics."""
        server, bootstrap = self.fleet.kafka(), self.options.bootstrap
        if server is not None:
            await in_thread(lambda: _fetched(self.tell))
            self.tell("Starting Kafka.")
            await self.supervisor.start(server)
            assert isinstance(server.unit, Kafka)
            bootstrap = server.unit.bootstrap
        await self._step("topics create", {"KAFKA_BOOTSTRAP_SERVERS": bootstrap or ""})
        return bootstrap or ""

    async def _step(self, words: str, told: Mapping[str, str]) -> None:
        log = self.options.logs / f"{words.replace(' ', '-')}.log"
        rotate(log)
        argv = [sys.executable, "-m", "carebus", *words.split()]
        code = await _run(argv, self.fleet.environment(told), log)
        if code != 0:
            raise StepFailed(words, log, tail(log))

    async def _until(self, member: Member, true: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not await true():
            if time.monotonic() > deadline:
                raise NotReady(member.name, READY_TIMEOUT_S, member.log, tail(member.log))
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def failing_plainly() -> AsyncIterator[None]:
    """Raise the first failure of a task group as itself: one thing to say, not a tree of them."""
    try:
        yield
    except ExceptionGroup as failed:
        raise first_of(failed) from None


def first_of(group: ExceptionGroup[Exception]) -> Exception:
    """The first failure in a group, however deep."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, ExceptionGroup) else first


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


async def _run(argv: list[str], environment: Mapping[str, str], log: Path) -> int:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT, env=dict(environment),
            start_new_session=True,
        )  # fmt: skip
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _fetched(tell: Callable[[str], None]) -> None:
    fetch_kafka_jars(cache_folder(), tell)

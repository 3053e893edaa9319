"""What a measurement stands on: the two servers, a fresh database with its topics, and the processes it starts."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.usage import Usage, usage_of
from carebus.kafka import topics
from carebus.storage.migrate import migrate
from carebus.testing import people
from deploy.local.embedded import Kafka, Postgres, cache_folder, free_port

ROOT = Path(__file__).parents[1]
LIMIT_S = 300.0
QUIET = None if os.environ.get("BENCH_LOUD") else subprocess.DEVNULL


class TookTooLong(Exception):
    """What was measured did not finish in time, or ended before it was done."""


@dataclass
class Servers:
    """PostgreSQL (with `fsync` on, as in a run) and Kafka, both on loopback."""

    postgres: Postgres
    kafka: Kafka
    folder: Path

    def pids(self) -> list[int]:
        """The processes of both."""
        return [pid for pid in (self.postgres.pid, self.kafka.pid) if pid]


@contextmanager
def servers() -> Iterator[Servers]:
    """Both servers, new and empty. Commits are stamped with their time, so that latency needs no polling."""
    with tempfile.TemporaryDirectory(prefix="carebus-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        made = Servers(
            Postgres(folder / "postgres", free_port()), Kafka(folder / "kafka", free_port(), cache_folder()), folder
        )
        try:
            made.postgres.start()
            _stamp_commits(made.postgres)
            made.kafka.start()
            yield made
        finally:
            made.kafka.kill()
            made.postgres.kill()


def _stamp_commits(postgres: Postgres) -> None:
    (postgres.data / "cluster" / "postgresql.auto.conf").open("a").write("track_commit_timestamp = on\n")
    postgres.stop()
    postgres.start()


@dataclass
class Site:
    """One measurement's database, topics and processes."""

    url: str
    bootstrap: str
    prefix: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, words: Sequence[str], *, python: str = sys.executable, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start `python` with these words, on this site."""
        given = {
            "DATABASE_URL": self.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "CAREBUS_TOPIC_PREFIX": self.prefix,
            "CAREBUS_LOG_LEVEL": "ERROR",
            "CAREBUS_PORT": "0",
            "CAREBUS_OPERATORS_PORT": "0",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        }
        return self.run([python, *words], ROOT, **{**given, **people.environment(), **environment})

    def run(self, command: Sequence[str], folder: Path, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program that is none of ours."""
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=folder, stdout=subprocess.DEVNULL, stderr=QUIET
        )
        self.processes.append(process)
        return process

    def require_all(self) -> None:
        """Raises TookTooLong when one of its processes has ended: it would never finish."""
        if any(process.poll() is not None for process in self.processes):
            raise TookTooLong

    def usage(self) -> Usage:
        """What its processes have used until now."""
        return usage_of([process.pid for process in self.processes])

    def stop(self) -> None:
        """Kill its processes: what they were for has been measured."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()


@asynccontextmanager
async def site(
    made: Servers, migrations: Path = ROOT / "bench" / "migrations", *, partitions: int = 6
) -> AsyncIterator[Site]:
    """A database migrated from `migrations`, the topics under a prefix of their own, and a topic `out`."""
    name = f"b{secrets.token_hex(4)}"
    url = await database(made, name, migrations)
    bootstrap, prefix = made.kafka.bootstrap, name + "."
    await topics.create([bootstrap], prefix=prefix, partitions=partitions)
    await create_topic(bootstrap, prefix + "out", partitions)
    found = Site(url, bootstrap, prefix)
    try:
        yield found
    finally:
        found.stop()


async def database(made: Servers, name: str, migrations: Path) -> str:
    """A new database with the kit's tables and those of `migrations`; gives its address."""
    url = urlunsplit(urlsplit(made.postgres.url)._replace(path=f"/{name}"))
    await execute(made.postgres.url, f"create database {name}")
    await migrate(url, migrations)
    return url


async def eventually(is_so: Callable[[], Awaitable[bool]], limit: float = LIMIT_S) -> None:
    """Wait until it is so. Raises TookTooLong."""
    deadline = time.monotonic() + limit
    while not await is_so():
        if time.monotonic() > deadline:
            raise TookTooLong
        await asyncio.sleep(0.05)


async def execute(url: str, statement: str, *values: object) -> None:
    """Run one statement."""
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement, *values)
    finally:
        await db.close()


async def create_topic(bootstrap: str, topic: str, partitions: int) -> None:
    """Make one topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def committed(admin: AIOKafkaAdminClient, group: str, filled: Mapping[int, int], topic: str) -> int:
    """How many of the records that were put into a topic a consumer group has committed."""
    offsets = await admin.list_consumer_group_offsets(group)
    return sum(min(max(found.offset, 0), filled[tp.partition]) for tp, found in offsets.items() if tp.topic == topic)

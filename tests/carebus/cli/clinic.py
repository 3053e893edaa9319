"""A topic full of patients' ways, a database for the real service that reads it, and its operator's environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from carebus.contracts import PUBLISHED_BY
from carebus.contracts.event import Event
from carebus.kafka import topics
from carebus.testing import START, set_clock
from tests.carebus.wires import headers, until
from tests.databases import fresh_database, migrations_of

ROOT = Path(__file__).parents[3]


@dataclass
class Clinic:
    """The servers, and the environment that commands and services get."""

    environment: dict[str, str]
    producer: AIOKafkaProducer
    monkeypatch: pytest.MonkeyPatch
    postgres_url: str
    sequences: Counter[tuple[str, UUID]] = field(default_factory=Counter)

    async def tell(self, patient: UUID, events: Iterable[Event]) -> None:
        """Publish these events of one patient as their own services would."""
        for event in events:
            source = next(name for name, kinds in PUBLISHED_BY.items() if type(event) in kinds)
            self.sequences[source, patient] += 1
            await self.put(event, patient, source, self.sequences[source, patient])

    async def put(self, event: Event, patient: UUID, source: str, sequence: int) -> None:
        """Put one event on the patient's partition."""
        told = headers(event, patient, sequence, source=source)
        topic = self.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
        await self.producer.send(topic, event.model_dump_json().encode(), key=str(patient).encode(), headers=told)

    async def query(self, sql: str, *args: Any, url: str | None = None) -> list[Any]:
        """Rows from the database that DATABASE_URL names."""
        db = await asyncpg.connect(url or os.environ["DATABASE_URL"])
        try:
            return list(await db.fetch(sql, *args))
        finally:
            await db.close()

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[str]:
        """A fresh database for this service, which DATABASE_URL names from now on."""
        async with fresh_database(self.postgres_url, service, migrations_of(service)) as url:
            self.use(url)
            yield url

    def use(self, url: str) -> None:
        """From now on DATABASE_URL names this one."""
        self.environment["DATABASE_URL"] = url
        self.monkeypatch.setenv("DATABASE_URL", url)

    async def kill_midway(self, words: Sequence[str], after: int, **told: str) -> int:
        """Run a command as a process of its own, kill it when it has read so many records; gives how many it had."""
        copied = "select coalesce(sum(next_offset), 0)::bigint as records from carebus_copy.consumer_offset"
        running = subprocess.Popen(
            [sys.executable, "-m", "carebus", *words],
            cwd=ROOT,
            env={**os.environ, **self.environment, **told, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"},
        )

        async def read_so_many() -> bool:
            assert running.poll() is None, "it ended before it could be killed"
            try:
                return int((await self.query(copied))[0]["records"]) >= after
            except asyncpg.PostgresError:
                return False

        try:
            await until(read_so_many, "the command has read some records")
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        return int((await self.query(copied))[0]["records"])


@asynccontextmanager
async def clinic_on(
    postgres_url: str, bootstrap: str, prefix: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    """Fresh topics, and an environment for all that a test starts."""
    await topics.create([bootstrap], prefix=prefix, partitions=3)
    clock = folder / "clock.json"
    set_clock(clock, START)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "CAREBUS_TOPIC_PREFIX": prefix,
        "CAREBUS_CLOCK_FILE": str(clock),
        "CAREBUS_DATABASE_CONNECTIONS": "4",
        "CAREBUS_DRAIN_SECONDS": "3",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield Clinic(environment, producer, monkeypatch, postgres_url)
    finally:
        await producer.stop()

"""A service on real Kafka and real PostgreSQL, and the hands to put records on its topic and to look at the result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from carebus.contracts.envelope import Envelope, Headers
from carebus.contracts.event import Event, patient_stream
from carebus.contracts.referral import EligibilityAssessed
from carebus.ids import new_id
from carebus.kafka import topics
from carebus.service import Service
from carebus.settings import Settings
from carebus.storage.database import DatabaseAway
from tests.carebus import tally
from tests.databases import fresh_database

PATIENCE_S = 30.0


@dataclass
class Wire:
    """The topic of a test, the database of its service, and how to make further processes of it."""

    bootstrap: str
    prefix: str
    url: str
    producer: AIOKafkaProducer
    more: dict[str, Any] = field(default_factory=dict)

    def settings(self, **more: Any) -> Settings:
        """Settings of a service on this wire."""
        return Settings.model_validate(
            {
                "database_url": self.url,
                "kafka_bootstrap_servers": self.bootstrap,
                "topic_prefix": self.prefix,
                "database_connections": 4,
                "drain_seconds": 3,
                "believed_sources": tally.BELIEVED,
                **self.more,
                **more,
            }
        )

    def service(self, handlers: Any = None, **more: Any) -> Service:
        """A process's worth of the tally service."""
        return tally.make(self.settings(**more), handlers)

    async def put(
        self, value: bytes | None, headers: Headers | list[tuple[str, bytes | None]], key: bytes | None = b"k"
    ) -> int:
        """Put one raw record on the patient journal's partition 0; gives its offset."""
        sent = await self.producer.send_and_wait(
            self.prefix + "patient.events", value=value, key=key, headers=headers, partition=0
        )
        return int(sent.offset)

    async def tell(self, patient: UUID, *marks: str, first: int = 1) -> None:
        """Put events with these marks on the patient's stream, with sequences from `first`."""
        for sequence, mark in enumerate(marks, first):
            await self.put(assessed(mark).model_dump_json().encode(), headers(assessed(mark), patient, sequence))

    async def query(self, service: Service, sql: str, *args: Any) -> list[Any]:
        """Rows from the service's database."""
        async with service.core.database.connection() as db:
            return list(await db.fetch(sql, *args))

    async def marks(self, service: Service, patient: UUID) -> list[str]:
        """What the service kept of this patient, in order."""
        rows = await self.query(
            service, "select mark from effect where stream = $1 order by ordinal", patient_stream(patient)
        )
        return [row["mark"] for row in rows]

    async def published(self, *, wait_for: int) -> list[Any]:
        """The records that `tally` published on the journal, once there are so many (or none come any more)."""
        return await self.read(wait_for=wait_for, source=b"tally")

    async def read(self, *, wait_for: int, source: bytes = b"referral") -> list[Any]:
        """The same of any source."""
        consumer = AIOKafkaConsumer(
            self.prefix + "patient.events", bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: list[Any] = []
        try:
            deadline = time.monotonic() + PATIENCE_S
            while len(found) < wait_for and time.monotonic() < deadline:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [r for r in records if dict(r.headers).get("ce_source") == source]
        finally:
            await consumer.stop()
        return found


def assessed(mark: str) -> EligibilityAssessed:
    """An event that carries a mark."""
    return EligibilityAssessed(referral_id=uuid5(UUID(int=1), mark), ruleset=mark, criteria=(), eligible=True)


def headers(
    event: Event,
    patient: UUID,
    sequence: int,
    source: str = "referral",
    *,
    follows: tuple[str, int] | None = None,
    **other: str,
) -> Headers:
    """The headers that the source would have given this event."""
    cause = uuid5(patient, f"{source}/{sequence}")
    envelope = Envelope(
        id=uuid5(cause, "event"),
        source=source,
        type=other.get("type", event.type_name()),
        subject=patient_stream(patient),
        time=datetime.now(UTC),
        sequence=sequence,
        correlation_id=cause,
        causation_id=cause,
        actor="test",
        follows=follows,
    )
    return envelope.headers()


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until this holds; fail with `what` when it does not come about. A database that is away is asked again."""
    deadline = time.monotonic() + PATIENCE_S
    while not await _holds(condition):
        assert time.monotonic() < deadline, f"did not come about: {what}"
        await asyncio.sleep(0.05)


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await condition()
    except DatabaseAway:  # a test that ends the service's sessions ends the one that it looks through as well
        return False


@asynccontextmanager
async def wire(admin_url: str, bootstrap: str, prefix: str) -> AsyncIterator[Wire]:
    """A wire of one's own: fresh topics and a fresh database for the tally service."""
    await topics.create([bootstrap], prefix=prefix, partitions=2)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        async with fresh_database(admin_url, "tally", tally.MIGRATIONS) as url:
            yield Wire(bootstrap, prefix, url, producer)
    finally:
        await producer.stop()


def someone() -> UUID:
    """A patient."""
    return new_id()

"""The notifications service as processes of its own, families who are told, and every message that was taken over."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from carebus.contracts.event import Event
from carebus.kafka import topics
from deploy.local.process import Command, ServerProcess, free_port
from tests.carebus.wires import headers
from tests.faults.breaking.deliveries import Republisher
from tests.faults.fleet import ROOT
from tests.notifications.conftest import MailServer
from tests.told import accepted, completed, contact, scheduled, team

PARTITIONS = 2
WITHIN_S = 60.0
CANARY = "Zqfamily"
_SHIMMED = "from tests.faults import shims; shims.plant('{}'); import services.notifications.__main__"


@dataclass
class Families:
    """A database, topics and a mail server, with the service between them, which may be killed."""

    url: str
    bootstrap: str
    prefix: str
    mail: MailServer
    logs: Path
    dice: Random
    producer: AIOKafkaProducer
    starts: int = 0
    patients: list[UUID] = field(default_factory=list)
    _process: ServerProcess | None = None

    @property
    def topic(self) -> str:
        return self.prefix + "patient.events"

    def start(self, shim: str = "") -> None:
        """A process of the service: subscriber, mail worker, relay."""
        self.starts += 1
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "CAREBUS_TOPIC_PREFIX": self.prefix,
            "CAREBUS_PORT": str(free_port()),
            "CAREBUS_OPERATORS_PORT": "0",
            "CAREBUS_DRAIN_SECONDS": "3",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "CAREBUS_MAIL_FROM": "care@carebus.example",
            "CAREBUS_HELP_LINE": "844 555 0100",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        }
        self._process = ServerProcess(
            Command(
                server="notifications",
                argv=[sys.executable, "-c", _SHIMMED.format(shim)],
                log=self.logs / f"notifications-{self.starts}.out",
                folder=ROOT,
                environment=environment,
            )
        )

    async def begun(self) -> None:
        """Wait until it has begun: what was told before that it sends to nobody."""
        async with asyncio.timeout(WITHIN_S):
            while not (await self.rows("select count(*) from beginning"))[0]:
                await asyncio.sleep(0.1)

    def kill(self) -> None:
        """End it as the kernel would."""
        if self._process is not None:
            self._process.end()

    async def tell(self, patient: UUID, times: int = 1) -> int:
        """A family's whole story on the topic, each event so many times; gives how many messages are due."""
        self.patients.append(patient)
        told = accepted(told=contact(full_name=f"{CANARY} Karen", email=f"{CANARY}{patient.hex[:8]}@families.example"))
        events = [(told, "referral", 1)] + [
            (event, "care_plan", n) for n, event in enumerate((team(), scheduled(), completed()), 1)
        ]
        for event, source, sequence in events:
            for _ in range(times):
                await self.put(patient, event, source, sequence)
        return len(events) - 1

    async def put(self, patient: UUID, event: Event, source: str, sequence: int) -> None:
        """One record, where the patient's are."""
        await self.producer.send_and_wait(
            self.topic,
            value=event.model_dump_json().encode(),
            key=str(patient).encode(),
            headers=headers(event, patient, sequence, source),
        )

    async def republish(self, seconds: float) -> int:
        """Put what is on the topic on it again, up to four times; gives how many records that were."""
        again = Republisher(self.bootstrap, (self.topic,), self.dice)
        task = asyncio.create_task(again.run())
        await asyncio.wait([task], timeout=seconds)
        task.cancel()
        await asyncio.wait([task])
        return again.written

    async def at_rest(self, messages: int) -> None:
        """Wait until so many messages are told as sent, nothing waits and all of the topic is read."""
        async with asyncio.timeout(WITHIN_S):
            while not await self._is_at_rest(messages):
                await asyncio.sleep(0.2)

    async def _is_at_rest(self, messages: int) -> bool:
        sent, waiting, read = await self.rows(
            "select (select count(*) from outbox where type like '%NotificationSent'),"
            " (select count(*) from dispatch where status <> 'sent') + (select count(*) from outbox_pending),"
            " (select json_object_agg(topic || partition, next_offset)::text from consumer_offset)"
        )
        ends = await ends_of(self.bootstrap, (self.topic,))
        known = json.loads(read or "{}")  # of other topics that the service hears as well
        return bool(sent >= messages and waiting == 0 and ends.items() <= known.items())

    async def rows(self, sql: str) -> tuple[Any, ...]:
        """One row of the service's database."""
        db = await asyncpg.connect(self.url)
        try:
            row = await db.fetchrow(sql)
            return tuple(row.values()) if row else ()
        finally:
            await db.close()


async def ends_of(bootstrap: str, names: Iterable[str]) -> dict[str, int]:
    """Where each partition of these topics ends, by topic and number."""
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = list(consumer.assignment())
        return {f"{tp.topic}{tp.partition}": end for tp, end in (await consumer.end_offsets(parts)).items()}
    finally:
        await consumer.stop()


async def nudge(bootstrap: str, names: Iterable[str]) -> None:
    """Put the first record of each partition on it once more: whoever stands elsewhere now finds out that it does."""
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await consumer.start()
    await producer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        left = {tp for tp, end in ends.items() if end}
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                if tp in left:
                    first = records[0]
                    await producer.send_and_wait(
                        tp.topic, first.value, first.key, partition=tp.partition, headers=list(first.headers)
                    )
                    left.discard(tp)
    finally:
        await consumer.stop()
        await producer.stop()


@asynccontextmanager
async def families(url: str, bootstrap: str, prefix: str, logs: Path, dice: Random) -> AsyncIterator[Families]:
    """Topics, a mail server and a service that is not started yet."""
    await topics.create([bootstrap], prefix=prefix, partitions=PARTITIONS)
    mail, producer = MailServer(), AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        async with mail.listening():
            made = Families(url, bootstrap, prefix, mail, logs, dice, producer)
            try:
                yield made
            finally:
                made.kill()
    finally:
        await producer.stop()

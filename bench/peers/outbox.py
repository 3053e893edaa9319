"""The lane of faststream-outbox: a transaction per event that writes its outbox, and its relay to Kafka."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaResponse
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from bench.work import TOLD, TOPIC
from carebus.contracts.care_plan import VisitCompleted

METADATA = MetaData()
OUTBOX = make_outbox_table(METADATA, table_name="peer_outbox")
_MARK = text(
    "insert into floor_mark values ('care_plan', :stream, :sequence) on conflict (source, stream) do update"
    " set last_sequence = :sequence where floor_mark.last_sequence < :sequence returning 1"
)
_EFFECT = text(
    "insert into floor_seen values (:stream, 1, :pain) on conflict (stream) do update"
    " set visits = floor_seen.visits + 1, worst = greatest(floor_seen.worst, :pain)"
)
_OFFSET = text(
    "insert into consumer_offset values (:topic, :partition, :next) on conflict (topic, partition) do update"
    " set next_offset = :next"
)


async def handle(engine: AsyncEngine, bootstrap: str, prefix: str) -> None:
    """Handle events one by one, each in its own transaction together with its outbox row."""
    broker = KafkaBroker(bootstrap, acks="all", logger=None)
    outbox = OutboxBroker(engine, outbox_table=OUTBOX, logger=None)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def heard(event: VisitCompleted, message: KafkaMessage) -> None:
        record: Any = message.raw_message
        esas = event.assessments.esas_r
        given = {name: value.decode() for name, value in record.headers}
        about = {"stream": given["ce_subject"], "sequence": int(given["ce_sequence"])}
        async with sessions() as session, session.begin():
            if (await session.execute(_MARK, about)).first():
                pain = (esas.pain if esas else None) or 0
                await session.execute(_EFFECT, {"stream": about["stream"], "pain": pain})
                await outbox.publish(TOLD, queue="out", headers={**given, "key": record.key.decode()}, session=session)
            at = {"topic": record.topic, "partition": record.partition, "next": record.offset + 1}
            await session.execute(_OFFSET, at)

    broker.subscriber(
        prefix + TOPIC, group_id=prefix + "outbox", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )(heard)
    await _create(engine)
    await FastStream(broker, on_startup=[outbox.connect]).run()


async def relay(engine: AsyncEngine, bootstrap: str, prefix: str) -> None:
    """Publish what the outbox holds."""
    await _create(engine)
    kafka = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, logger=None)
    outbox = OutboxBroker(engine, outbox_table=OUTBOX, logger=None)

    async def publish(body: dict[str, Any], message: OutboxMessage) -> KafkaResponse:
        headers = {name: value for name, value in message.headers.items() if name.startswith("ce_")}
        return KafkaResponse(body, key=message.headers["key"].encode(), headers=headers)

    kafka.publisher(prefix + "out")(
        outbox.subscriber("out", max_workers=4, fetch_batch_size=100, min_fetch_interval=0.01)(publish)
    )
    await FastStream(outbox, on_startup=[kafka.connect]).run()


async def _create(engine: AsyncEngine) -> None:
    """Both processes may try at once; the second then finds the table there, by way of an error."""
    with suppress(DBAPIError):
        async with engine.begin() as db:
            await db.run_sync(METADATA.create_all)


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    work = relay if sys.argv[1] == "relay" else handle
    asyncio.run(
        work(create_async_engine(url), os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ["CAREBUS_TOPIC_PREFIX"])
    )

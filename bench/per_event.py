"""What most teams write: a FastStream handler with one transaction per event, and the same relay as the floor."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import asyncpg
import orjson
import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.work import TOLD, TOPIC
from carebus.contracts.care_plan import VisitCompleted


async def main(dsn: str, bootstrap: str, prefix: str) -> None:
    """Handle events one by one, each in its own transaction, and let FastStream commit after each."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4)
    broker = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, logger=None)

    @broker.subscriber(
        prefix + TOPIC, group_id=prefix + "per-event", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def heard(event: VisitCompleted, message: KafkaMessage) -> None:
        record: Any = message.raw_message
        esas = event.assessments.esas_r
        given = {name: value.decode() for name, value in record.headers}
        async with pool.acquire() as db, db.transaction():
            fresh = await db.fetchval(
                "insert into floor_mark values ('care_plan', $1, $2) on conflict (source, stream) do update"
                " set last_sequence = $2 where floor_mark.last_sequence < $2 returning 1",
                given["ce_subject"],
                int(given["ce_sequence"]),
            )
            if fresh:
                await db.execute(
                    "insert into floor_seen values ($1, 1, $2) on conflict (stream) do update"
                    " set visits = floor_seen.visits + 1, worst = greatest(floor_seen.worst, $2)",
                    given["ce_subject"],
                    (esas.pain if esas else None) or 0,
                )
                await db.execute(
                    "insert into floor_outbox (topic, key, headers, body) values ($1, $2, $3, $4)",
                    prefix + "out",
                    record.key,
                    orjson.dumps(given).decode(),
                    TOLD,
                )
                await db.execute(
                    "insert into consumer_offset values ($1, $2, $3) on conflict (topic, partition) do update"
                    " set next_offset = $3",
                    record.topic,
                    record.partition,
                    record.offset + 1,
                )

    await FastStream(broker).run()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(
        main(os.environ["DATABASE_URL"], os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ["CAREBUS_TOPIC_PREFIX"])
    )

"""The floor: bare aiokafka and asyncpg with the same set-based SQL and nothing else; run as subscriber or relay."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from bench.work import PARTITIONS, TOLD, TOPIC

IDLE_S = 0.002
"""Seconds between looks at an empty outbox: the floor may burn what a service may not."""

_EFFECT = """
insert into floor_seen (stream, visits, worst) select * from unnest($1::text[], $2::int[], $3::int[])
on conflict (stream) do update set visits = floor_seen.visits + excluded.visits,
                                   worst = greatest(floor_seen.worst, excluded.worst)
"""
_MARK = """
insert into floor_mark (source, stream, last_sequence) select 'care_plan', * from unnest($1::text[], $2::bigint[])
on conflict (source, stream) do update set last_sequence = excluded.last_sequence
"""
_TELL = """
insert into floor_outbox (topic, key, headers, body)
select * from unnest($1::text[], $2::bytea[], $3::json[], $4::bytea[])
"""
_OFFSET = """
insert into consumer_offset (topic, partition, next_offset) select * from unnest($1::text[], $2::int[], $3::bigint[])
on conflict (topic, partition) do update set next_offset = excluded.next_offset
"""


async def subscribe(dsn: str, bootstrap: str, prefix: str, records: int) -> None:
    """Read, decode as plain JSON, one set-based transaction per batch."""
    db = await asyncpg.connect(dsn)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(prefix + TOPIC, n) for n in range(PARTITIONS)])
    while True:
        batch = await consumer.getmany(timeout_ms=100, max_records=records)
        if batch:
            await _transaction(db, batch, prefix)


async def _transaction(db: Any, batch: dict[TopicPartition, list[Any]], prefix: str) -> None:
    effects: dict[str, list[int]] = {}
    keys, headers, bodies = [], [], []
    for record in (record for records in batch.values() for record in records):
        given = dict(record.headers)
        stream = given["ce_subject"].decode()
        pain = orjson.loads(record.value)["assessments"]["esas_r"]["pain"] or 0
        effect = effects.setdefault(stream, [0, 0, 0])
        effect[0] += 1
        effect[1] = max(effect[1], pain)
        effect[2] = int(given["ce_sequence"])
        keys.append(record.key)
        headers.append(orjson.dumps({name: value.decode() for name, value in record.headers}).decode())
        bodies.append(TOLD)
    async with db.transaction():
        streams = sorted(effects)
        await db.execute(_EFFECT, streams, [effects[s][0] for s in streams], [effects[s][1] for s in streams])
        await db.execute(_MARK, streams, [effects[s][2] for s in streams])
        await db.execute(_TELL, [prefix + "out"] * len(keys), keys, headers, bodies)
        parts = sorted(batch)
        await db.execute(
            _OFFSET, [p.topic for p in parts], [p.partition for p in parts], [batch[p][-1].offset + 1 for p in parts]
        )


async def relay(dsn: str, bootstrap: str) -> None:
    """Publish in order of id, delete after the acknowledgements."""
    db = await asyncpg.connect(dsn)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=256 * 1024
    )
    await producer.start()
    while True:
        rows = await db.fetch("select * from floor_outbox order by id limit 1000")
        if not rows:
            await asyncio.sleep(IDLE_S)
            continue
        acks = [
            await producer.send(
                row["topic"],
                row["body"],
                key=row["key"],
                headers=[(name, value.encode()) for name, value in orjson.loads(row["headers"]).items()],
            )
            for row in rows
        ]
        await asyncio.gather(*acks)
        await db.execute("delete from floor_outbox where id = any($1::bigint[])", [row["id"] for row in rows])


if __name__ == "__main__":
    dsn, bootstrap = os.environ["DATABASE_URL"], os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    prefix, records = os.environ["CAREBUS_TOPIC_PREFIX"], int(os.environ.get("CAREBUS_BATCH_RECORDS", "1000"))
    uvloop.run(relay(dsn, bootstrap) if sys.argv[1] == "relay" else subscribe(dsn, bootstrap, prefix, records))

"""Outbox to topic alone: this kit's relay and, where it is installed, Debezium Server, over the same rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from bench import debezium
from bench.figures import Latency
from bench.ground import Servers, Site, eventually, site
from bench.saying import Json, Say
from bench.usage import usage_of
from bench.work import PARTITIONS, TOLD, Load, loads

EVENTS = 40_000
PACE = 200
SECONDS = 15
_WARM = 400

_FOR_THE_KIT = """
with told as (
    insert into outbox (stream, sequence, event_id, type, topic, key, headers, body)
    select 'bench/' || n, 1, gen_random_uuid(), 'Visit', 'out', key, headers, body
    from unnest($1::bytea[], $2::json[], $3::bytea[]) with ordinality as load (key, headers, body, n) order by n
    returning id, told_at
)
insert into outbox_pending (id, told_at) select id, told_at from told
"""
_FOR_DEBEZIUM = """
insert into debezium_outbox (aggregatetype, aggregateid, type, headers, payload)
select 'out', convert_from(key, 'UTF8'), 'Visit', headers::text, body
from unnest($1::bytea[], $2::json[], $3::bytea[]) as load (key, headers, body)
"""


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """How fast a full outbox is drained, and how long one row takes at a steady pace."""
    lines = {"kit": await _line(made, scale, None, _FOR_THE_KIT)}
    say(f"  kit: {lines['kit']['rate']:,.0f} rows/s, p50 {lines['kit']['latency']['p50']} ms")
    if (missing := debezium.missing()) is not None:
        say(f"  Debezium Server: skipped. {missing}")
        return {"pace": PACE, "lines": lines, "skipped": missing}
    lines["Debezium Server"] = await _line(made, scale, debezium.VERSION, _FOR_DEBEZIUM)
    say(f"  Debezium Server: {lines['Debezium Server']['rate']:,.0f} rows/s")
    return {"pace": PACE, "lines": lines, "skipped": None}


async def _line(made: Servers, scale: float, version: str | None, statement: str) -> Json:
    async with site(made) as place:
        consumer = AIOKafkaConsumer(place.prefix + "out", bootstrap_servers=place.bootstrap)
        await consumer.start()
        db = await asyncpg.connect(place.url)
        try:
            if version is None:
                place.start(["-m", "bench.kit"], CAREBUS_ROLE="relay")
            else:
                await debezium.start(made, place)
            sent = await _paced(db, statement, consumer, _WARM + max(100, int(PACE * SECONDS * scale)))
            rate, cpu = await _drained(made, place, db, statement, consumer, max(1_000, int(EVENTS * scale)))
        finally:
            await db.close()
            await consumer.stop()
        return {"latency": asdict(sent), "rate": rate, **cpu, "peak_mib": place.usage().peak_mib}


async def _paced(
    db: asyncpg.Connection[asyncpg.Record], statement: str, consumer: AIOKafkaConsumer, events: int
) -> Latency:
    """From before a row's insertion to the record's arrival at a consumer."""
    given, sent = list(loads(events)), dict[bytes, float]()
    heard = asyncio.create_task(_hear(consumer, events))
    await eventually(lambda: _heard_one(db, statement, given[0], consumer))
    begun = time.monotonic()
    for number, load in enumerate(given[1:]):
        await asyncio.sleep(max(0.0, begun + number / PACE - time.monotonic()))
        sent[load.key] = time.monotonic()
        await _insert(db, statement, [load])
    arrived = await asyncio.wait_for(heard, 120)
    return Latency.of([arrived[key] - at for key, at in list(sent.items())[_WARM:]])


async def _heard_one(
    db: asyncpg.Connection[asyncpg.Record], statement: str, load: Load, consumer: AIOKafkaConsumer
) -> bool:
    """Whether a row arrives: one that was inserted before a slot was made never will."""
    await _insert(db, statement, [load])
    await asyncio.sleep(0.5)
    return sum((await _ends(consumer)).values()) > 0


async def _hear(consumer: AIOKafkaConsumer, events: int) -> dict[bytes, float]:
    arrived: dict[bytes, float] = {}
    while len(arrived) < events:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                arrived.setdefault(record.key, time.monotonic())
    return arrived


async def _drained(
    made: Servers,
    place: Site,
    db: asyncpg.Connection[asyncpg.Record],
    statement: str,
    consumer: AIOKafkaConsumer,
    events: int,
) -> tuple[float, Json]:
    """All rows in one commit; from there to the last record on the topic."""
    before = sum((await _ends(consumer)).values())
    given = list(loads(events))
    own, servers = place.usage().cpu, usage_of(made.pids()).cpu
    async with db.transaction():
        await _insert(db, statement, given)
    begun = time.monotonic()

    async def there() -> bool:
        return sum((await _ends(consumer)).values()) >= before + events

    await eventually(there)
    took = time.monotonic() - begun
    return events / took, {
        "events": events,
        "cpu_us": 1e6 * (place.usage().cpu - own) / events,
        "server_cpu_us": 1e6 * (usage_of(made.pids()).cpu - servers) / events,
    }


async def _ends(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    topic = next(iter(consumer.subscription()))
    found: dict[TopicPartition, int] = await consumer.end_offsets(
        [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    )
    return found


async def _insert(db: asyncpg.Connection[asyncpg.Record], statement: str, given: Sequence[Load]) -> None:
    headers = [orjson.dumps({name: value.decode() for name, value in load.headers}).decode() for load in given]
    await db.execute(statement, [load.key for load in given], headers, [TOLD] * len(given))

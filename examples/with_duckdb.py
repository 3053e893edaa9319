"""Loads the events into DuckDB, each once, and counts accepted referrals by condition in SQL."""

import asyncio
import os

import duckdb
from aiokafka import AIOKafkaConsumer

TABLE = """
create table event (
    source text, subject text, sequence bigint, type text, time timestamptz, body json,
    primary key (source, subject, sequence)
)
"""
KEEP = "insert or ignore into event values (?, ?, ?, ?, ?, ?) returning sequence"
COUNT = """
select condition, count(*) as patients
from (
    select unnest(from_json(body -> 'conditions', '["text"]')) as condition
    from event where type = 'org.carebus.ReferralAccepted'
)
group by condition order by patients desc, condition
"""


async def main() -> None:
    """Read from the first event to the last one there is now."""
    db = duckdb.connect(os.environ.get("DUCKDB", ":memory:"))
    db.execute(TABLE)
    consumer = AIOKafkaConsumer(
        os.environ.get("TOPIC", "patient.events"),
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        auto_offset_reset="earliest",
    )
    await consumer.start()
    repeated = 0
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    said = {name: value.decode() for name, value in record.headers}
                    names = ("ce_source", "ce_subject", "ce_sequence", "ce_type", "ce_time")
                    row = [said[name] for name in names]
                    repeated += not db.execute(KEEP, [*row, record.value.decode()]).fetchall()
    finally:
        await consumer.stop()
    for condition, patients in db.execute(COUNT).fetchall():
        print(condition, patients)
    print(repeated, "repeated")


asyncio.run(main())

"""Where an event was seen last in each log: kept by the very statement that says what became of it."""

from collections.abc import Iterable
from typing import Any

from carebus.records import LastSeen, LastSeenOf, Partition
from carebus.storage.database import Connection

_KNOWN = "select topic, partition, record_offset, event_id from witness where reader = $1"

_FORGET = """
delete from witness using unnest($2::text[], $3::int[]) as lost (topic, partition)
where reader = $1 and witness.topic = lost.topic and witness.partition = lost.partition
"""


def keeping_last_seen(first: int) -> str:
    """The beginning of a statement that also keeps what was seen last; its parameters begin with `$first`."""
    reader, topics, partitions, offsets, ids = (f"${first + n}" for n in range(5))
    return f"""
with seen as (
    insert into witness (reader, topic, partition, record_offset, event_id)
    select {reader}::text, * from unnest({topics}::text[], {partitions}::int[], {offsets}::bigint[], {ids}::text[])
    on conflict (reader, topic, partition) do update
    set record_offset = excluded.record_offset, event_id = excluded.event_id
)
"""


_KEEP = keeping_last_seen(1) + "select"


def last_seen_values(reader: str, seen: LastSeenOf) -> tuple[Any, ...]:
    """The parameters of `keeping_last_seen`. In order, so that two statements cannot wait for each other."""
    parts = sorted(seen)
    return (
        reader,
        [topic for topic, _ in parts],
        [partition for _, partition in parts],
        [seen[part][0] for part in parts],
        [seen[part][1] for part in parts],
    )


async def last_seen(db: Connection, reader: str) -> dict[Partition, LastSeen]:
    """What this reader, or publisher, saw last of each partition."""
    rows = await db.fetch(_KNOWN, reader)
    return {(row["topic"], row["partition"]): (row["record_offset"], row["event_id"]) for row in rows}


async def keep_last_seen(db: Connection, reader: str, seen: LastSeenOf) -> None:
    """From now on this reader, or publisher, saw these last."""
    await db.execute(_KEEP, *last_seen_values(reader, seen))


async def forget_last_seen(db: Connection, reader: str, parts: Iterable[Partition]) -> None:
    """What was known of these partitions is no longer so."""
    gone = sorted(parts)
    await db.execute(_FORGET, reader, [topic for topic, _ in gone], [partition for _, partition in gone])

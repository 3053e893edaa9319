"""How far each partition was read, kept in the service's own database and moved in the transaction of the effects."""

from collections.abc import Iterable, Mapping

from carebus.records import LastSeenOf, Partition
from carebus.storage import parked
from carebus.storage.database import Connection
from carebus.storage.last_seen import keeping_last_seen, last_seen_values

_READ = """
select topic, partition, next_offset from consumer_offset
join unnest($1::text[], $2::int[]) as asked (topic, partition) using (topic, partition)
"""

_ALL = "select topic, partition, next_offset from consumer_offset"

_MOVE = f"""
{keeping_last_seen(5)}
update consumer_offset as o set next_offset = moved.to_offset
from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) as moved (topic, partition, from_offset, to_offset)
where o.topic = moved.topic and o.partition = moved.partition and o.next_offset = moved.from_offset
"""

_BEGIN = """
insert into consumer_offset (topic, partition, next_offset, began_at) values ($1, $2, $3, $4) on conflict do nothing
"""

_BEGAN = """
with known as (
    update consumer_offset as o set began_at = asked.log_begin
    from unnest($1::text[], $2::int[], $3::bigint[]) as asked (topic, partition, log_begin)
    where o.topic = asked.topic and o.partition = asked.partition and o.began_at is null
    returning o.topic, o.partition, o.began_at
)
select topic, partition, began_at from known
union all
select topic, partition, began_at from consumer_offset
join unnest($1::text[], $2::int[]) as asked (topic, partition) using (topic, partition) where began_at is not null
"""
# An earlier release did not keep where it began: all that can be said of it is where the log begins now.

_SKIP = """
update consumer_offset set next_offset = $4 where topic = $1 and partition = $2 and next_offset = $3
"""

_REPAIR = """
with repaired as (
    update consumer_offset set next_offset = $5
    where topic = $1 and partition = $2 and next_offset = $3 returning 1
)
insert into offset_repair (topic, partition, stored_offset, log_end, set_to)
select $1, $2, $3, $4, $5 from repaired returning id
"""


class Fenced(Exception):
    """Another process has read on from where this one stood: its work must not count twice."""


async def read(db: Connection, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The stored offsets of these partitions: the next one to read."""
    asked = sorted(set(partitions))
    rows = await db.fetch(_READ, [topic for topic, _ in asked], [partition for _, partition in asked])
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def stored(db: Connection) -> dict[Partition, int]:
    """The stored offsets of every partition this service ever read: the next one to read."""
    return {(row["topic"], row["partition"]): row["next_offset"] for row in await db.fetch(_ALL)}


async def begin(db: Connection, partition: Partition, offset: int, began_at: int = 0) -> bool:
    """Store the first offset of a partition never read before; False if it was read before.

    began_at: 0 for a reader that is to have every stream from its first event, whether or not the log still has it.
    """
    return await db.execute(_BEGIN, *partition, offset, began_at) == "INSERT 0 1"


async def began(db: Connection, log_begins: Mapping[Partition, int]) -> dict[Partition, int]:
    """Where this reader began in each of these partitions, whose logs begin at `log_begins` now."""
    parts = sorted(log_begins)
    topics, numbers = [topic for topic, _ in parts], [partition for _, partition in parts]
    rows = await db.fetch(_BEGAN, topics, numbers, [log_begins[part] for part in parts])
    return {(row["topic"], row["partition"]): row["began_at"] for row in rows}


async def skip(db: Connection, partition: Partition, stored: int, to: int) -> None:
    """Go on at `to`, since the records before it were deleted. Raises Fenced if another process has read on."""
    if await db.execute(_SKIP, *partition, stored, to) != "UPDATE 1":
        raise Fenced


async def move(db: Connection, moves: Mapping[Partition, tuple[int, int]], seen: LastSeenOf) -> None:
    """Move offsets from what this process stored last to the new value, and keep what was seen last there.

    Raises Fenced if any is not there any more.
    """
    parts = sorted(moves)
    done = await db.execute(
        _MOVE,
        [topic for topic, _ in parts],
        [partition for _, partition in parts],
        [moves[part][0] for part in parts],
        [moves[part][1] for part in parts],
        *last_seen_values("subscriber", seen),
    )
    if done != f"UPDATE {len(parts)}":
        raise Fenced


async def repair(db: Connection, partition: Partition, stored: int, log_end: int, set_to: int) -> None:
    """Set an offset back whose log is another one now, and keep a record of it. The marks drop what is read twice.

    What is parked of the log that is gone keeps its order, but not its offsets, which mean other events now.
    """
    repaired = await db.fetchval(_REPAIR, *partition, stored, log_end, set_to)
    if repaired is not None:
        await parked.set_apart(db, partition, repaired)

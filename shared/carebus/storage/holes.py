"""Holes in a log: records that were deleted before this service had read them, shown until an operator closes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carebus.records import Partition
from carebus.storage.database import Connection

_KEEP = """
insert into log_hole (topic, partition, from_offset, to_offset, at_start) values ($1, $2, $3, $4, $5)
on conflict (topic, partition, from_offset) where closed_at is null
do update set to_offset = greatest(log_hole.to_offset, excluded.to_offset)
"""
_OPEN = """
select id, topic, partition, from_offset, to_offset, at_start, found_at from log_hole
where closed_at is null order by topic, partition, from_offset
"""
_WAITING = "select topic, partition from log_hole where closed_at is null and at_start"
_CLOSE = "update log_hole set closed_at = clock_timestamp(), closed_as = $2 where id = any($1) and closed_at is null"
_TAKE_BASELINES = """
update consumer_offset as o set began_at = hole.to_offset from log_hole as hole
where hole.id = any($1) and hole.closed_at is null and hole.at_start
  and o.topic = hole.topic and o.partition = hole.partition
"""


@dataclass(frozen=True, slots=True)
class Hole:
    """Offsets from `start` to below `end` of a partition, whose records nobody can read any more."""

    id: int
    topic: str
    partition: int
    start: int
    end: int
    at_start: bool
    found_at: datetime


async def keep(db: Connection, partition: Partition, start: int, end: int, *, at_start: bool = False) -> None:
    """Keep that these offsets were gone before this service had read them. Keeping it again changes nothing."""
    await db.execute(_KEEP, *partition, start, end, at_start)


async def waiting(db: Connection) -> set[Partition]:
    """Partitions of which a new service reads nothing before an operator has said how it is to begin."""
    return {(row["topic"], row["partition"]) for row in await db.fetch(_WAITING)}


async def still_open(db: Connection) -> list[Hole]:
    """Every hole that no operator has closed."""
    return [_hole(row) for row in await db.fetch(_OPEN)]


async def close(db: Connection, holes: Sequence[Hole], how: str) -> None:
    """These need nobody any more: what was in them was published again, or is not wanted."""
    await db.execute(_CLOSE, [hole.id for hole in holes], how)


async def begin_with_what_is_left(db: Connection, holes: Sequence[Hole]) -> None:
    """A new service takes, of each stream in these partitions, the first event that is left for its first."""
    await db.execute(_TAKE_BASELINES, [hole.id for hole in holes])
    await close(db, holes, "begun with what is left")


def _hole(row: Any) -> Hole:
    return Hole(
        id=row["id"],
        topic=row["topic"],
        partition=row["partition"],
        start=row["from_offset"],
        end=row["to_offset"],
        at_start=row["at_start"],
        found_at=row["found_at"],
    )

"""What this service has published, as its database knows it: by this a database that went back in time is found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.envelope import Headers
from carebus.contracts.event import topic_of
from carebus.records import Partition
from carebus.storage.database import Connection
from carebus.storage.outbox import pack_headers, unpack_headers

_SLACK = timedelta(milliseconds=2)
"""A record's timestamp is the time its event was told, cut to milliseconds."""

_PLACES = "select topic, partition, next_offset from published_place"
_KEEP_PLACES = """
insert into published_place (topic, partition, next_offset) select * from unnest($1::text[], $2::int[], $3::bigint[])
on conflict (topic, partition) do update set next_offset = excluded.next_offset
"""
_FOUND = "select events from older_database limit 1"
_KEEP_FOUND = """
insert into older_database (events) select $1 where not exists (select from older_database)
"""
_SUSPECT = """
select told.event_id, told.stream, told.sequence, told.sequence >= coalesce(stream.next_sequence, 1) as ahead
from unnest($1::text[], $2::bigint[], $3::uuid[], $4::timestamptz[])
    as told (stream, sequence, event_id, told_at)
left join stream on stream.stream = told.stream
where told.sequence >= coalesce(stream.next_sequence, 1)
   or told.told_at >= (select min(told_at) from outbox) and not exists (
        select from outbox as o where o.told_at between $5 and $6
          and o.event_id = told.event_id and o.stream = told.stream and o.sequence = told.sequence)
"""
_OTHERS = """
with kept as materialized (select stream, sequence, event_id from outbox where stream = any($1::text[]))
select told.event_id from unnest($1::text[], $2::bigint[], $3::uuid[]) as told (stream, sequence, event_id)
where exists (select from kept where kept.stream = told.stream and kept.sequence = told.sequence)
  and not exists (select from kept where kept.stream = told.stream and kept.event_id = told.event_id)
"""
# The first looks where an event's time says that it is. A mirror, or whoever puts a record on the topic again, gives it
# another time, and partitions of the outbox may be dropped. So of those that are not there the second asks the whole
# outbox: only where it has told another event with the same sequence is the database an older one.

_TOLD_AGAIN = """
with again as (
    select p.id, p.told_at from outbox_pending as p join outbox as o using (id, told_at)
    where o.event_id = any($1::uuid[])
), unpublished as (
    delete from outbox_pending using again where outbox_pending.id = again.id
)
delete from outbox using again where outbox.id = again.id and outbox.told_at = again.told_at
"""
_TAKE = """
insert into outbox (told_at, stream, sequence, event_id, type, topic, key, headers, body)
select * from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::bytea[],
                     $8::json[], $9::bytea[])
"""
_PENDING = """
select o.id, o.told_at, o.event_id, o.stream, o.sequence, o.headers
from outbox_pending as p join outbox as o using (id, told_at)
where o.stream = any($1::text[]) order by o.id
"""
_RENUMBER = """
update outbox as o set sequence = new.sequence, headers = new.headers
from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::json[]) as new (id, told_at, sequence, headers)
where o.id = new.id and o.told_at = new.told_at
"""
_GO_ON = """
insert into stream (stream, next_sequence, adopted)
select s, n, array(select e.event_id from unnest($3::text[], $4::uuid[]) as e (stream, event_id) where e.stream = s)
from unnest($1::text[], $2::bigint[]) as told (s, n)
on conflict (stream) do update set next_sequence = greatest(stream.next_sequence, excluded.next_sequence),
    adopted = coalesce(stream.adopted, '{}') || excluded.adopted
"""


class OnTopic(NamedTuple):
    """An event of this service as it stands on a topic."""

    stream: str
    sequence: int
    event_id: UUID
    type: str
    key: bytes
    headers: Headers
    body: bytes
    told_at: datetime


class Unpublished(NamedTuple):
    """An event of the outbox that is not published yet."""

    id: int
    told_at: datetime
    event_id: UUID
    stream: str
    sequence: int
    headers: Headers


async def places(db: Connection) -> dict[Partition, int]:
    """Of each partition the offset below which this database knows every event of its own."""
    return {(row["topic"], row["partition"]): row["next_offset"] for row in await db.fetch(_PLACES)}


async def keep_places(db: Connection, upto: Mapping[Partition, int]) -> None:
    """Below these offsets every event of this service's own is known."""
    parts = sorted(upto)
    topics, numbers = [topic for topic, _ in parts], [partition for _, partition in parts]
    await db.execute(_KEEP_PLACES, topics, numbers, [upto[part] for part in parts])


async def is_older(db: Connection) -> int:
    """How many events the topics knew and this database did not, when that was found; 0 if nothing was."""
    return int(await db.fetchval(_FOUND) or 0)


async def keep_older(db: Connection, events: int) -> None:
    """Keep that the topics know so many events that this database does not: until `adopt` nothing is decided."""
    await db.execute(_KEEP_FOUND, events)


async def unknown(db: Connection, events: Sequence[OnTopic]) -> set[UUID]:
    """Those of these events that this database has not told."""
    if not events:
        return set()
    times = [event.told_at for event in events]
    suspects = await db.fetch(
        _SUSPECT,
        [event.stream for event in events],
        [event.sequence for event in events],
        [event.event_id for event in events],
        times,
        min(times) - _SLACK,
        max(times) + _SLACK,
    )
    found = {row["event_id"] for row in suspects if row["ahead"]}
    if len(found) < len(suspects):
        columns = [[row[name] for row in suspects] for name in ("stream", "sequence", "event_id")]
        found |= {row["event_id"] for row in await db.fetch(_OTHERS, *columns)}
    return found


async def take(db: Connection, events: Sequence[OnTopic]) -> None:
    """Put these into the outbox, as published. What was told again since then under the same id gives way to them."""
    await db.execute(_TOLD_AGAIN, [event.event_id for event in events])
    await db.execute(
        _TAKE,
        [event.told_at for event in events],
        [event.stream for event in events],
        [event.sequence for event in events],
        [event.event_id for event in events],
        [event.type for event in events],
        [topic_of(event.stream) for event in events],
        [event.key for event in events],
        [pack_headers(event.headers) for event in events],
        [event.body for event in events],
    )


async def waiting(db: Connection, streams: Iterable[str]) -> list[Unpublished]:
    """What is not published yet of these streams, in order."""
    rows = await db.fetch(_PENDING, sorted(streams))
    return [Unpublished(**{**dict(row), "headers": unpack_headers(row["headers"])}) for row in rows]


async def renumber(db: Connection, events: Sequence[Unpublished]) -> None:
    """Give these new sequences and headers."""
    await db.execute(
        _RENUMBER,
        [event.id for event in events],
        [event.told_at for event in events],
        [event.sequence for event in events],
        [pack_headers(event.headers) for event in events],
    )


async def go_on(db: Connection, next_sequences: Mapping[str, int], adopted: Sequence[OnTopic]) -> None:
    """Streams go on at these sequences and know what not to tell again; the database is not older any more."""
    await db.execute(
        _GO_ON,
        list(next_sequences),
        list(next_sequences.values()),
        [event.stream for event in adopted],
        [event.event_id for event in adopted],
    )
    await db.execute("delete from older_database")

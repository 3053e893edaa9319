"""The outbox: events written in the transaction that decided them, in an order that is safe to publish."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from pydantic_core import to_json

from carebus.contracts.envelope import Envelope, Headers
from carebus.contracts.event import Event, subject_id, topic_of
from carebus.errors import CarebusError
from carebus.records import LastSeenOf
from carebus.storage.database import Connection, joined
from carebus.storage.last_seen import keeping_last_seen, last_seen_values

MAX_BODY = 900_000
"""Bytes. Below Kafka's default of 1 MiB for a batch, so that no event is refused after it was committed."""

_WRITE = """
with told as (
    insert into outbox (stream, sequence, event_id, type, topic, key, headers, body)
    select stream, sequence, event_id, type, topic, convert_to(key, 'utf8'), headers::json, convert_to(body, 'utf8')
    from unnest(string_to_array($1, e'\x1f'), $2::bigint[], $3::uuid[], string_to_array($4, e'\x1f'),
                string_to_array($5, e'\x1f'), string_to_array($6, e'\x1f'), string_to_array($7, e'\x1f'),
                string_to_array($8, e'\x1f'))
        with ordinality as event (stream, sequence, event_id, type, topic, key, headers, body, position)
    order by position
    returning id, told_at
), advanced as (
    update stream set next_sequence = last.sequence + 1
    from (
        select event.stream, max(event.sequence) as sequence
        from unnest(string_to_array($1, e'\x1f'), $2::bigint[]) as event (stream, sequence) group by event.stream
    ) as last
    where stream.stream = last.stream
)
insert into outbox_pending (id, told_at) select id, told_at from told
"""
# Ids are drawn here, after the streams were locked: that is what makes `order by id` the order of every stream.

_PENDING = """
with pending as materialized (select id, told_at from outbox_pending order by id limit $1)
select id, topic, key, headers, body, told_at from outbox
where told_at between (select min(told_at) from pending) and (select max(told_at) from pending)
  and id in (select id from pending)
order by id
"""
# What is pending was told at about the same time: one scan of that time instead of a search per event and day.

_FORGET = f"""
{keeping_last_seen(2)}
delete from outbox_pending
where id = any($1::bigint[]) and (select set_config('synchronous_commit', 'off', true)) = 'off'
"""
# Not waited for: if the server dies before it is on disk, the same events are published again, in the same order.

_BACKLOG = """
select count(*) as pending, coalesce(extract(epoch from clock_timestamp() - min(told_at)), 0)::float8 as age
from outbox_pending
"""


_PUBLISHED = """
select o.id, o.stream, o.sequence, o.event_id, o.body from outbox as o
where not exists (select from outbox_pending as p where p.id = o.id)
  and ($1::text[] is null or o.stream = any($1)) order by o.id
"""

_TOLD = "select id, topic, key, headers, body, told_at from outbox where id = any($1::bigint[]) order by id"

READ_AHEAD = 1000


class EventTooLarge(CarebusError):
    """The event {type} has {size} bytes; an event may have at most {limit}."""

    status = 413


class Told(NamedTuple):
    """An event with its envelope, ready to be written."""

    envelope: Envelope
    body: bytes

    @classmethod
    def seal(cls, envelope: Envelope, event: Event) -> "Told":
        """Put an event into its envelope. Raises EventTooLarge."""
        return cls(envelope, body_of(event))


class Pending(NamedTuple):
    """An event that is not published yet. `told_at` is real time."""

    id: int
    topic: str
    key: bytes
    headers: Headers
    body: bytes
    told_at: datetime


def body_of(event: Event) -> bytes:
    """An event as it is written. Raises EventTooLarge."""
    body = to_json(event)
    if len(body) > MAX_BODY:
        raise EventTooLarge(type=type(event).__name__, size=len(body), limit=MAX_BODY)
    return body


def pack_headers(headers: Headers) -> str:
    """Headers as JSON text, for a column."""
    return orjson.dumps({name: value.decode() for name, value in headers}).decode()


def unpack_headers(packed: str) -> Headers:
    """Headers from a column."""
    return [(name, value.encode()) for name, value in orjson.loads(packed).items()]


def _as_json(envelope: Envelope) -> str:
    """Its headers as JSON; orjson does not know asyncpg's own kind of UUID, which a timer's ids are of."""
    return orjson.dumps(envelope.attributes(), default=str).decode()


async def write(db: Connection, told: Sequence[Told]) -> None:
    """Write these events, in this order, and advance their streams, whose locks the caller holds."""
    if not told:
        return
    envelopes = [event.envelope for event in told]
    columns: list[Any] = [
        joined(envelope.subject for envelope in envelopes),
        [envelope.sequence for envelope in envelopes],
        [envelope.id for envelope in envelopes],
        joined(envelope.type for envelope in envelopes),
        joined(topic_of(envelope.subject) for envelope in envelopes),
        joined(subject_id(envelope.subject) for envelope in envelopes),
        joined(_as_json(envelope) for envelope in envelopes),
        joined(event.body.decode() for event in told),
    ]
    await db.execute(_WRITE, *columns)


async def pending(db: Connection, limit: int) -> list[Pending]:
    """The oldest events that are not published yet, in order."""
    return [pending_of(row) for row in await db.fetch(_PENDING, limit)]


def pending_of(row: Any) -> Pending:
    """An event of the outbox from its columns."""
    headers = unpack_headers(row["headers"])
    return Pending(row["id"], row["topic"], row["key"], headers, row["body"], row["told_at"])


async def forget_pending(db: Connection, ids: Sequence[int], seen: LastSeenOf) -> None:
    """These events are published: every one was acknowledged by all in-sync replicas, the last ones as in `seen`."""
    await db.execute(_FORGET, ids, *last_seen_values("relay", seen))


async def backlog(db: Connection) -> tuple[int, float]:
    """How many events wait to be published, and the age of the oldest in seconds of real time."""
    row = await db.fetchrow(_BACKLOG)
    return (row["pending"], row["age"]) if row else (0, 0.0)


async def prepare_partitions(db: Connection, days: int = 7) -> None:
    """Make the outbox's partitions of the coming days; today's rows, if it has none yet, stay in the default one."""
    first = datetime.now(UTC).date() + timedelta(days=1)
    for day in (first + timedelta(days=n) for n in range(days)):
        await db.execute(
            f"create table if not exists outbox_{day:%Y%m%d} partition of outbox"
            f" for values from ('{day}T00:00:00Z') to ('{day + timedelta(days=1)}T00:00:00Z')"
        )


def published(db: Connection, of: Sequence[str] | None) -> Any:
    """Every event that is not pending any more, of these streams or of all, as rows with `id`, `stream`, `sequence`,
    `event_id` and `body`, one by one; only inside a transaction."""
    return db.cursor(_PUBLISHED, of, prefetch=READ_AHEAD)


async def told(db: Connection, ids: Sequence[int]) -> list[Pending]:
    """These events as they were told, in order."""
    return [pending_of(row) for row in await db.fetch(_TOLD, list(ids))]


async def has_any(db: Connection) -> bool:
    """Whether this service ever told anything."""
    return bool(await db.fetchval("select exists (select from outbox)"))


async def everything(db: Connection) -> Sequence[Any]:
    """Every event told, in order, as rows with `type`, `stream`, `sequence`, `headers` and `body`: for tests."""
    return await db.fetch("select type, stream, sequence, headers, body from outbox order by id")

"""Timers: rows written in the deciding transaction that become messages when the clinic's clock passes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from carebus.contracts.event import Stream
from carebus.decisions import Cause, Reaction, Timer, Wake
from carebus.storage.database import Connection

BATCH = 500

_SET = """
insert into timer (stream, name, id, due_at, kind, body, correlation_id, actor, traceparent)
select * from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[], $6::jsonb[], $7::uuid[],
                     $8::text[], $9::text[])
on conflict (stream, name) do update set
    id = excluded.id, due_at = excluded.due_at, kind = excluded.kind, body = excluded.body,
    correlation_id = excluded.correlation_id, actor = excluded.actor, traceparent = excluded.traceparent, failed = null
"""

_CANCEL = """
delete from timer using unnest($1::text[], $2::text[]) as gone (stream, name)
where timer.stream = gone.stream and timer.name = gone.name
"""

_PEEK = """
select stream, name, id, kind from timer
where due_at <= $1 and failed is null and kind = any($2::text[])
  and not exists (select from parked_event as p where p.stream = timer.stream)
order by due_at, stream, name limit $3
"""

_FIRST = """
select due_at from timer
where failed is null and kind = any($1::text[])
  and not exists (select from parked_event as p where p.stream = timer.stream)
order by due_at limit 1
"""

_TAKE = """
delete from timer using unnest($1::text[], $2::text[]) as peeked (stream, name)
where timer.stream = peeked.stream and timer.name = peeked.name and timer.due_at <= $3
  and not exists (select from parked_event as p where p.stream = timer.stream)
returning timer.stream, timer.name, id, due_at, kind, body::text as body, correlation_id, actor, traceparent
"""

_OVERDUE = """
select count(*) filter (where not held) as overdue, count(*) filter (where held) as held
from (select failed is not null or exists (select from parked_event as p where p.stream = timer.stream) as held
      from timer where due_at <= $1) as due
"""


_FAILED = """
select stream, name, kind, due_at, failed as rule from timer where failed is not null order by due_at, stream, name
"""
_RETRY = "update timer set failed = null where failed is not null and ($1::text is null or stream = $1)"


@dataclass(frozen=True, slots=True)
class FailedTimer:
    """A timer that could not be handled; `rule` says why and quotes no value."""

    stream: str
    name: str
    kind: str
    due_at: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Change:
    """A timer to set, or to cancel where there is no wake."""

    stream: Stream
    name: str
    wake: Wake | None
    cause: Cause

    @property
    def id(self) -> UUID:
        """The timer's id, which becomes the id of the cause when it is due."""
        return self.cause.derive("timer", self.name)


@dataclass(frozen=True, slots=True)
class Peeked:
    """A timer seen to be due, and what its decision needs."""

    stream: Stream
    name: str
    id: UUID
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come, taken out of the table by this transaction."""

    reaction: Reaction
    timer: Timer
    cause: Cause


async def write(db: Connection, changes: Sequence[Change]) -> None:
    """Set and cancel timers; of several changes to one timer the last counts. The caller holds the streams' locks."""
    last = {(change.stream, change.name): change for change in changes}
    gone = [pair for pair, change in last.items() if change.wake is None]
    if gone:
        await db.execute(_CANCEL, [stream for stream, _ in gone], [name for _, name in gone])
    rows = [
        (
            change.stream,
            change.name,
            change.id,
            change.wake.at,
            type(change.wake.timer).__name__,
            change.wake.timer.model_dump_json(),
            change.cause.correlation_id,
            change.cause.actor,
            change.cause.traceparent,
        )
        for change in last.values()
        if change.wake is not None
    ]
    if rows:
        await db.execute(_SET, *(list(column) for column in zip(*rows, strict=True)))


class TimerTable:
    """What a service wants to be told by timers: timer type -> reaction."""

    def __init__(self, reactions: Mapping[type[Timer], Reaction]) -> None:
        self.kinds = {kind.__name__: (kind, reaction) for kind, reaction in reactions.items()}

    async def peek(self, db: Connection, now: datetime) -> list[Peeked]:
        """Timers that are due, without taking any: their streams must be locked first."""
        rows = await db.fetch(_PEEK, now, list(self.kinds), BATCH)
        return [Peeked(Stream(row["stream"]), row["name"], row["id"], self.kinds[row["kind"]][1]) for row in rows]

    async def first(self, db: Connection) -> datetime | None:
        """When the first timer is due, or was."""
        due: datetime | None = await db.fetchval(_FIRST, list(self.kinds))
        return due

    async def take(self, db: Connection, peeked: Sequence[Peeked], now: datetime) -> list[Due]:
        """Take those that are still due now that their streams are locked, in the order of their times."""
        rows = await db.fetch(_TAKE, [p.stream for p in peeked], [p.name for p in peeked], now)
        return [
            self._due(row, now) for row in sorted(rows, key=lambda row: (row["due_at"], row["stream"], row["name"]))
        ]

    def _due(self, row: asyncpg.Record, now: datetime) -> Due:
        kind, reaction = self.kinds[row["kind"]]
        cause = Cause(
            id=row["id"],
            stream=Stream(row["stream"]),
            now=now,
            actor="timer",
            correlation_id=row["correlation_id"],
            occurred_at=row["due_at"],
            traceparent=row["traceparent"],
        )
        return Due(reaction, kind.model_validate_json(row["body"]), cause)


async def overdue(db: Connection, now: datetime) -> tuple[int, int]:
    """How many timers are due and not handled yet, and how many are held: they failed, or their stream is parked."""
    row = await db.fetchrow(_OVERDUE, now)
    return (row["overdue"], row["held"]) if row else (0, 0)


async def fail(db: Connection, timer: Peeked, rule: str) -> None:
    """This timer cannot be handled: keep it and show it; it is not tried again by itself, unless it is set again."""
    await db.execute(
        "update timer set failed = $4 where stream = $1 and name = $2 and id = $3",
        timer.stream,
        timer.name,
        timer.id,
        rule,
    )


async def failed(db: Connection) -> list[FailedTimer]:
    """Every timer that failed, the one due first before the others."""
    return [FailedTimer(**row) for row in await db.fetch(_FAILED)]


async def retry(db: Connection, stream: str | None = None) -> int:
    """Let failed timers, of one stream or all, be handled again by the running service; gives their number."""
    return int((await db.execute(_RETRY, stream)).removeprefix("UPDATE "))

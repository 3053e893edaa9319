"""The list of parked events that operators see, and how one of them is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.storage.outbox import unpack_headers
from carebus.storage.parked import Parked, Reason
from carebus.storage.streams import lock

_LISTED = """
select *, first_value(parked_at) over (partition by coalesce(stream, topic || partition || ':' || record_offset)
                                       order by topic, partition, turn, sequence) as since
from (
    select *, min(record_offset) over (partition by stream, topic, partition, source order by sequence desc) as turn
    from parked_event where {} and parked_at <= clock_timestamp() - $2::interval
) as waiting
order by since, stream, topic, partition, turn, sequence limit $1
"""
# Of each stream in the order in which its events are handled: see carebus.storage.parked.

_STREAMS = "select stream from parked_event where stream is not null group by stream order by min(parked_at), stream"
_WITHOUT_STREAM = "select * from parked_event where stream is null order by topic, partition, record_offset"

_GIVE_UP = """
insert into mark (source, stream, last_sequence) values ($1, $2, $3)
on conflict (source, stream) do update set last_sequence = greatest(mark.last_sequence, excluded.last_sequence)
"""


class TargetMisnamed(CarebusError):
    """{target} names no event: give a stream (patient/ID), an event's id, or TOPIC:PARTITION:OFFSET."""


class EarlierIsMissing(CarebusError):
    """An earlier event of the same source waits for the same missing one: discard that one first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A parked event with what custody knows of it. Nothing but `event` can hold a value of a patient."""

    event: Parked
    stream: Stream | None
    source: str | None
    sequence: int | None
    type: str | None
    event_id: UUID | None
    correlation_id: UUID | None
    attempts: int
    parked_at: datetime

    @property
    def record(self) -> str:
        """Where it stands in the log; names every event, also one without an envelope."""
        return f"{self.event.topic}:{self.event.partition}:{self.event.offset}"

    @property
    def name(self) -> str:
        """The event's id, or its place in the log."""
        return str(self.event_id or self.record)


async def listed(
    db: Connection, *, target: str | None = None, limit: int = 1000, older_than: timedelta = timedelta()
) -> list[Kept]:
    """Parked events, those that wait longest first, each stream's in the order in which they are to be handled.

    `target` narrows it to a stream, an event id or a place in the log, `older_than` to what was parked so long ago.
    Raises TargetMisnamed.
    """
    where, values = _where(target) if target else ("true", ())
    return [_kept(row) for row in await db.fetch(_LISTED.format(where), limit, older_than, *values)]


def _where(target: str) -> tuple[str, tuple[Any, ...]]:
    if "/" in target:
        return "stream = $3", (target,)
    match target.split(":"):
        case [topic, partition, offset] if partition.isdecimal() and offset.removeprefix("-").isdecimal():
            return "topic = $3 and partition = $4 and record_offset = $5", (topic, int(partition), int(offset))
        case [event_id]:
            try:
                return "event_id = $3", (UUID(event_id),)
            except ValueError:
                pass
        case _:
            pass
    raise TargetMisnamed(target=target)


async def discard(db: Connection, kept: Kept) -> bool:
    """Give this event up for ever, and what is missing before it; False if somebody else was faster.

    Raises EarlierIsMissing.
    """
    if kept.stream:
        await lock(db, [kept.stream])
    event = kept.event
    row = await db.fetchrow(
        "delete from parked_event where topic = $1 and partition = $2 and record_offset = $3"
        " returning reason, source, stream, sequence",
        event.topic,
        event.partition,
        event.offset,
    )
    if row and row["reason"] == Reason.GAP:
        if await db.fetchval(
            "select exists (select from parked_event where source = $1 and stream = $2 and sequence < $3"
            " and reason = 'gap')",
            row["source"],
            row["stream"],
            row["sequence"],
        ):
            raise EarlierIsMissing
        await db.execute(_GIVE_UP, row["source"], row["stream"], row["sequence"])
    return row is not None


def _kept(row: Any) -> Kept:
    headers = unpack_headers(row["headers"])
    place = (row["topic"], row["partition"], row["record_offset"], row["key"])
    return Kept(
        event=Parked(*place, headers, row["body"], Reason(row["reason"]), row["rule"]),
        stream=row["stream"],
        source=row["source"],
        sequence=row["sequence"],
        type=row["type"],
        event_id=row["event_id"],
        correlation_id=row["correlation_id"],
        attempts=row["attempts"],
        parked_at=row["parked_at"],
    )


async def streams(db: Connection) -> list[Stream]:
    """Every stream with parked events, the one that waits longest first."""
    return [Stream(row["stream"]) for row in await db.fetch(_STREAMS)]


async def without_stream(db: Connection) -> list[Kept]:
    """Parked events whose envelope cannot be read, in the order of the log."""
    return [_kept(row) for row in await db.fetch(_WITHOUT_STREAM)]

"""Parked events: those that could not be handled, with the reason, and the later ones of their stream behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carebus.contracts.envelope import Envelope, Headers, follows_of, read_headers
from carebus.contracts.event import Stream
from carebus.storage.database import Connection, joined
from carebus.storage.outbox import pack_headers, unpack_headers

LogPosition = tuple[str, int, int]
"""Topic, partition and offset."""


class Reason(StrEnum):
    """Why an event is parked."""

    MALFORMED = "malformed"  # the envelope cannot be read
    INVALID_BODY = "invalid_body"  # a heard type whose body is not what the contract says, or missing
    DECISION_FAILED = "decision_failed"  # the domain refused it or broke on it
    DATABASE_REFUSED = "database_refused"  # a row that follows from it violates the database's rules
    GAP = "gap"  # an earlier event of its source is missing
    EARLY = "early"  # what it follows from has not come yet
    BEHIND = "behind"  # an earlier event of its stream is parked
    FORKED = "forked"  # another event of its source has had its sequence: the source's database went back in time


WAITING = frozenset({Reason.GAP, Reason.EARLY, Reason.BEHIND})
"""Reasons that pass by themselves when the event before is there."""

FOREIGN = frozenset({Reason.MALFORMED, Reason.FORKED})
"""Reasons that say nothing of this release: anybody may write garbage, and a producer may go back in time."""

_PARK = """
insert into parked_event (topic, partition, record_offset, stream, source, sequence, type, event_id, correlation_id,
                          key, headers, body, reason, rule)
select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::uuid[],
                     $9::uuid[], $10::bytea[], $11::json[], $12::bytea[], $13::text[], $14::text[])
on conflict do nothing
"""

_NO_LONGER_GAP = """
update parked_event as p set reason = e.reason, rule = e.rule
from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[])
    as e (source, stream, sequence, event_id, reason, rule)
where p.source = e.source and p.stream = e.stream and p.sequence = e.sequence and p.event_id = e.event_id
  and p.reason = 'gap'
"""
# It came again when the one before it was there, so its mark has moved now: no retry may take it for a repeat.

_BLOCKED = """
select distinct stream, source, reason from parked_event where stream = any(string_to_array($1, e'\x1f'))
"""

_OF_STREAM = """
select * from parked_event where stream = $1
order by topic, partition,
    min(record_offset) over (partition by topic, partition, source order by sequence desc), sequence
limit $2
"""
# The order of the log, but never an event before an earlier one of its source: what fills a gap comes after it.

_FIRST_OF_SOURCE = """
select * from parked_event where stream = $1 and source = $2 and sequence <= $3 order by sequence limit 1
"""

_SET_APART = """
update parked_event set record_offset = record_offset - (1000000 - $3::bigint) * 1000000000000
where topic = $1 and partition = $2 and record_offset >= 0
"""
# What an earlier loss has set apart stays before what a later one does.

_COUNT_FORKED = f"select count(*) from parked_event where reason = '{Reason.FORKED}'"

_COUNT = "select count(*) as events, count(distinct stream) as streams from parked_event"


@dataclass(frozen=True, slots=True)
class Parked:
    """One event in custody. `rule` says what was wrong without ever quoting a value."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    body: bytes | None
    reason: Reason
    rule: str
    envelope: Envelope | None = None

    @property
    def position(self) -> LogPosition:
        """Where it stands in the log."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is parked of one stream: whether an event failed, which sources have a gap, whether one waits behind."""

    failed: bool
    gaps: frozenset[str]
    behind: bool


async def park(db: Connection, events: Sequence[Parked]) -> None:
    """Take these events into custody. Parking one again changes nothing."""
    if not events:
        return
    rows = [
        (
            event.topic,
            event.partition,
            event.offset,
            event.envelope.subject if event.envelope else None,
            event.envelope.source if event.envelope else None,
            event.envelope.sequence if event.envelope else None,
            event.envelope.type if event.envelope else None,
            event.envelope.id if event.envelope else None,
            event.envelope.correlation_id if event.envelope else None,
            event.key,
            pack_headers(event.headers),
            event.body,
            event.reason.value,
            event.rule,
        )
        for event in events
    ]
    await db.execute(_PARK, *(list(column) for column in zip(*rows, strict=True)))
    moved = [
        (
            event.envelope.source,
            event.envelope.subject,
            event.envelope.sequence,
            event.envelope.id,
            event.reason.value,
            event.rule,
        )
        for event in events
        if event.envelope and event.reason is not Reason.GAP
    ]
    if moved:
        await db.execute(_NO_LONGER_GAP, *(list(column) for column in zip(*moved, strict=True)))


def waits(stream: str) -> str:
    """SQL that says whether anything of the stream in this column is parked, for a query that reads more at once."""
    return f"exists (select from parked_event where parked_event.stream = {stream})"


async def blocked(db: Connection, streams: Iterable[str]) -> dict[str, Blocked]:
    """Which of these streams have parked events. The caller holds the streams' locks."""
    found: dict[str, list[tuple[str, str]]] = {}
    wanted = sorted(set(streams))
    for row in await db.fetch(_BLOCKED, joined(wanted)) if wanted else ():
        found.setdefault(row["stream"], []).append((row["source"], row["reason"]))
    return {
        stream: Blocked(
            failed=any(reason not in WAITING for _, reason in rows),
            gaps=frozenset(source for source, reason in rows if reason == Reason.GAP),
            behind=any(reason in {Reason.BEHIND, Reason.EARLY} for _, reason in rows),
        )
        for stream, rows in found.items()
    }


async def of_stream(db: Connection, stream: Stream, limit: int = 500) -> list[Parked]:
    """What is parked of one stream, in the order of the log, each source's in the order of that source."""
    return [_parked(row) for row in await db.fetch(_OF_STREAM, stream, limit)]


async def next_of_stream(db: Connection, stream: Stream) -> Parked | None:
    """The one whose turn it is: the first, but never before what it follows from, if that is parked too."""
    found = next(iter(await of_stream(db, stream, limit=1)), None)
    seen: set[LogPosition] = set()
    while found is not None and found.position not in seen:
        seen.add(found.position)
        follows = follows_of(read_headers(found.headers))
        row = await db.fetchrow(_FIRST_OF_SOURCE, stream, *follows) if follows else None
        if row is None:
            break
        found = _parked(row)
    return found


def _parked(row: Any) -> Parked:
    return Parked(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        key=row["key"],
        headers=unpack_headers(row["headers"]),
        body=row["body"],
        reason=Reason(row["reason"]),
        rule=row["rule"],
    )


async def is_next(db: Connection, event: Parked) -> bool:
    """Whether it is this event's turn in its stream, or it is of no stream; the caller holds the stream's lock."""
    stream = await db.fetchval(
        "select stream from parked_event where topic = $1 and partition = $2 and record_offset = $3", *event.position
    )
    if stream is None:
        return True
    first = await next_of_stream(db, Stream(stream))
    return first is not None and first.position == event.position


async def release(db: Connection, event: Parked) -> bool:
    """Take this event out of custody. False if somebody else did so first; the caller holds the stream's lock."""
    done = await db.execute(
        "delete from parked_event where topic = $1 and partition = $2 and record_offset = $3",
        event.topic,
        event.partition,
        event.offset,
    )
    return done != "DELETE 0"


async def fail_again(db: Connection, event: Parked, reason: Reason, rule: str) -> None:
    """A retry failed: keep the event, with the newest reason."""
    await db.execute(
        "update parked_event set reason = $4, rule = $5, attempts = attempts + 1"
        " where topic = $1 and partition = $2 and record_offset = $3",
        event.topic,
        event.partition,
        event.offset,
        reason.value,
        rule,
    )


async def set_apart(db: Connection, partition: tuple[str, int], repair: int) -> None:
    """Give what is parked of a log that is gone offsets below zero: another event may stand at its place now."""
    await db.execute(_SET_APART, *partition, repair)


async def count(db: Connection) -> tuple[int, int]:
    """How many events are parked, and of how many streams."""
    row = await db.fetchrow(_COUNT)
    return (row["events"], row["streams"]) if row else (0, 0)


async def count_forked(db: Connection) -> int:
    """How many events are parked because another one has had their sequence."""
    return int(await db.fetchval(_COUNT_FORKED))


async def only_waiting(db: Connection, limit: int = 100) -> list[Stream]:
    """Streams where nothing failed and events only wait for one that may have come by now; each gets its turn."""
    rows = await db.fetch(
        "select stream from parked_event where stream is not null group by stream"
        " having bool_and(reason = any($1::text[])) order by random() limit $2",
        [reason.value for reason in WAITING],
        limit,
    )
    return [Stream(row["stream"]) for row in rows]

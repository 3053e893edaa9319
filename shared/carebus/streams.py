"""Streams: taking part in the order of a patient (or another subject), and how far each source was handled."""

from collections.abc import Iterable
from enum import Enum, auto

from carebus.contracts.event import Stream
from carebus.db import Connection, joined

_LOCK = """
select stream, next_sequence from stream
where stream = any(string_to_array($1, e'\x1f')) and (
    select set_config('plan_cache_mode', 'force_generic_plan', true) || set_config('enable_seqscan', 'off', true)
) <> ''
order by stream for no key update
"""
# Sorted, so that two batches cannot deadlock. What follows in this transaction looks rows up by their keys: let it be
# planned once, by an index whatever a table's size. Else PostgreSQL plans most of it anew, which takes longer than it.

_BEGIN = """
insert into stream (stream) select s from unnest(string_to_array($1, e'\x1f')) as s order by s on conflict do nothing
returning stream, next_sequence
"""
# Of a new patient there is nothing to lock yet: whoever inserts the row has it locked, the other locks it then.

_MARKS = """
select source, stream, last_sequence from mark
where source = any($1::text[]) and stream = any(string_to_array($2, e'\x1f'))
"""

_SET_MARKS = """
insert into mark (source, stream, last_sequence)
select * from unnest(string_to_array($1, e'\x1f'), string_to_array($2, e'\x1f'), $3::bigint[])
on conflict (source, stream) do update set last_sequence = excluded.last_sequence
"""


async def lock(db: Connection, streams: Iterable[Stream]) -> dict[Stream, int]:
    """Lock these streams until the transaction ends; gives the next sequence of each.

    Must be the first statement of a transaction that reads their state: what was read before the lock is stale.
    """
    wanted = sorted(set(streams))
    if not wanted:
        return {}
    locked: dict[Stream, int] = {}
    for statement in (_LOCK, _BEGIN, _LOCK):
        if missing := [stream for stream in wanted if stream not in locked]:
            rows = await db.fetch(statement, joined(missing))
            locked |= {Stream(row["stream"]): row["next_sequence"] for row in rows}
    return locked


_GO_ON = """
insert into stream (stream, next_sequence) select s, n from unnest($1::text[], $2::bigint[]) as told (s, n) order by s
on conflict (stream) do update set next_sequence = greatest(stream.next_sequence, excluded.next_sequence)
"""


async def go_on_after(db: Connection, told: dict[str, int]) -> None:
    """A service that is read in again told up to these sequences before: what it tells next comes after them."""
    if told:
        await db.execute(_GO_ON, list(told), [last + 1 for last in told.values()])


class Place(Enum):
    """Where an event stands in its source's sequence."""

    NEXT = auto()
    REPEAT = auto()
    GAP = auto()


class Marks:
    """The marks of one batch: loaded once, moved on event by event, saved once."""

    def __init__(self, last: dict[tuple[str, str], int]) -> None:
        self._last = last
        self._moved: dict[tuple[str, str], int] = {}

    @classmethod
    async def load(cls, db: Connection, pairs: Iterable[tuple[str, str]]) -> "Marks":
        """The marks of these (source, stream) pairs, and perhaps of other pairs of the same, in one query."""
        asked = set(pairs)
        if not asked:
            return cls({})
        sources, of = {source for source, _ in asked}, {stream for _, stream in asked}
        rows = await db.fetch(_MARKS, sorted(sources), joined(sorted(of)))
        return cls({(row["source"], row["stream"]): row["last_sequence"] for row in rows})

    def place(self, source: str, stream: str, sequence: int, *, log_is_whole: bool) -> Place:
        """Where this sequence stands. The first one seen after a shortened log's start is the baseline."""
        last = self._last.get((source, stream))
        if last is None:
            return Place.NEXT if sequence == 1 or not log_is_whole else Place.GAP
        if sequence <= last:
            return Place.REPEAT
        return Place.NEXT if sequence == last + 1 else Place.GAP

    def misses(self, source: str, stream: str, sequence: int, *, log_is_whole: bool) -> bool:
        """Whether this sequence has not come yet, as far as the log shows."""
        last = self._last.get((source, stream))
        return log_is_whole if last is None else last < sequence

    def move(self, source: str, stream: str, sequence: int) -> None:
        """This sequence is handled, or in custody."""
        self._last[source, stream] = self._moved[source, stream] = sequence

    async def save(self, db: Connection) -> None:
        """Store what was moved, in one statement."""
        if self._moved:
            pairs = sorted(self._moved)
            sources, of = joined(source for source, _ in pairs), joined(stream for _, stream in pairs)
            await db.execute(_SET_MARKS, sources, of, [self._moved[pair] for pair in pairs])

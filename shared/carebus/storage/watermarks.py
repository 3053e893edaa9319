"""Watermarks: how far each source's events of each stream were handled, which tells repeats and gaps."""

from collections.abc import Iterable
from enum import Enum, auto

from carebus.storage.database import Connection, joined

_MARKS = """
select source, stream, last_sequence from mark
where source = any($1::text[]) and stream = any(string_to_array($2, e'\x1f'))
"""

_SET_MARKS = """
insert into mark (source, stream, last_sequence)
select * from unnest(string_to_array($1, e'\x1f'), string_to_array($2, e'\x1f'), $3::bigint[])
on conflict (source, stream) do update set last_sequence = excluded.last_sequence
"""


class Turn(Enum):
    """Where an event stands in its source's sequence."""

    NEXT = auto()
    REPEAT = auto()
    GAP = auto()


class Watermarks:
    """The watermarks of one batch: loaded once, moved on event by event, saved once."""

    def __init__(self, last: dict[tuple[str, str], int]) -> None:
        self._last = last
        self._moved: dict[tuple[str, str], int] = {}

    @classmethod
    async def load(cls, db: Connection, pairs: Iterable[tuple[str, str]]) -> "Watermarks":
        """The marks of these (source, stream) pairs, and perhaps of other pairs of the same, in one query."""
        asked = set(pairs)
        if not asked:
            return cls({})
        sources, of = {source for source, _ in asked}, {stream for _, stream in asked}
        rows = await db.fetch(_MARKS, sorted(sources), joined(sorted(of)))
        return cls({(row["source"], row["stream"]): row["last_sequence"] for row in rows})

    def turn_of(self, source: str, stream: str, sequence: int, *, log_is_whole: bool) -> Turn:
        """Where this sequence stands. The first one seen after a shortened log's start is the baseline."""
        last = self._last.get((source, stream))
        if last is None:
            return Turn.NEXT if sequence == 1 or not log_is_whole else Turn.GAP
        if sequence <= last:
            return Turn.REPEAT
        return Turn.NEXT if sequence == last + 1 else Turn.GAP

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


async def all_of(db: Connection) -> dict[tuple[str, str], int]:
    """The watermark of every (source, stream) that this service has read."""
    rows = await db.fetch("select source, stream, last_sequence from mark")
    return {(row["source"], row["stream"]): row["last_sequence"] for row in rows}

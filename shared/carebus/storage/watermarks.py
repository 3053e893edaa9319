"""Watermarks: how far each source's events of each stream were handled, which tells repeats, gaps and forks."""

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple
from uuid import UUID

from carebus.storage.database import Connection, joined

WINDOW = 8
"""So many of the last events of a source and stream can be told from others with the same sequence."""
ID_BYTES = 8
_SEQUENCE_BYTES = 8
_OTHERS = (WINDOW - 1) * ID_BYTES
_END = (1 << 8 * ID_BYTES) - 1

_MARKS = """
select source, stream, last_sequence, recent from mark
where source = any($1::text[]) and stream = any(string_to_array($2, e'\x1f'))
"""

_SET_MARKS = """
insert into mark (source, stream, last_sequence, recent)
select source, stream, last_sequence, decode(recent, 'hex')
from unnest(string_to_array($1, e'\x1f'), string_to_array($2, e'\x1f'), $3::bigint[], string_to_array($4, e'\x1f'))
    as moved (source, stream, last_sequence, recent)
on conflict (source, stream) do update set last_sequence = excluded.last_sequence, recent = excluded.recent
"""


class Turn(Enum):
    """Where an event stands in its source's sequence."""

    NEXT = auto()
    REPEAT = auto()
    OLD = auto()  # a repeat from before the window: nobody can tell whether it is the same event
    FORK = auto()  # another event has had this sequence
    GAP = auto()


class Watermark(NamedTuple):
    """The last sequence handled, and the ends of the last ids, the newest last."""

    sequence: int = 0
    recent: bytes = b""

    def then(self, sequence: int, event_id: UUID) -> "Watermark":
        """The watermark after this event."""
        end = _end_of(event_id)
        if sequence != self.sequence + 1:
            return Watermark(sequence, end)
        return Watermark(sequence, self.recent[-_OTHERS:] + end)

    def repeated(self, sequence: int, event_id: UUID) -> Turn:
        """What an event is whose sequence is not above this mark."""
        at = len(self.recent) - ID_BYTES * (self.sequence - sequence + 1)
        if at < 0:
            return Turn.OLD
        return Turn.REPEAT if self.recent[at : at + ID_BYTES] == _end_of(event_id) else Turn.FORK

    def packed(self) -> str:
        """What is kept of the ids, with the sequence that they belong to, in hexadecimal digits."""
        return (self.sequence.to_bytes(_SEQUENCE_BYTES) + self.recent).hex()

    @classmethod
    def unpacked(cls, sequence: int, packed: bytes) -> "Watermark":
        """A watermark from its columns. Ids that were kept with another sequence say nothing about this one."""
        known = packed[:_SEQUENCE_BYTES] == sequence.to_bytes(_SEQUENCE_BYTES)
        return cls(sequence, packed[_SEQUENCE_BYTES:] if known else b"")


def _end_of(event_id: UUID) -> bytes:
    """The last bytes of an id; by its number, which is at hand, in half the time of its `bytes`."""
    return (event_id.int & _END).to_bytes(ID_BYTES)


_NONE = Watermark()


class Watermarks:
    """The watermarks of one batch: loaded once, moved on event by event, saved once."""

    def __init__(self, last: dict[tuple[str, str], Watermark]) -> None:
        self._last = last
        self._moved: dict[tuple[str, str], Watermark] = {}

    @classmethod
    async def load(cls, db: Connection, pairs: Iterable[tuple[str, str]]) -> "Watermarks":
        """The marks of these (source, stream) pairs, and perhaps of other pairs of the same, in one query."""
        asked = set(pairs)
        if not asked:
            return cls({})
        sources, of = {source for source, _ in asked}, {stream for _, stream in asked}
        rows = await db.fetch(_MARKS, sorted(sources), joined(sorted(of)))
        return cls(
            {(row["source"], row["stream"]): Watermark.unpacked(row["last_sequence"], row["recent"]) for row in rows}
        )

    def turn_of(self, source: str, stream: str, sequence: int, event_id: UUID, *, from_first: bool) -> Turn:
        """Where this event stands.

        A reader that read the log from its first event (`from_first`) waits for every stream's first one; for any other
        the first event that it sees of a stream is the baseline.
        """
        mark = self._last.get((source, stream))
        if mark is None:
            return Turn.NEXT if sequence == 1 or not from_first else Turn.GAP
        if sequence > mark.sequence:
            return Turn.NEXT if sequence == mark.sequence + 1 else Turn.GAP
        return mark.repeated(sequence, event_id)

    def misses(self, source: str, stream: str, sequence: int, *, from_first: bool) -> bool:
        """Whether this sequence has not come yet, as far as the log shows."""
        mark = self._last.get((source, stream))
        return from_first if mark is None else mark.sequence < sequence

    def move(self, source: str, stream: str, sequence: int, event_id: UUID) -> None:
        """This event is handled, or in custody."""
        key = source, stream
        self._last[key] = self._moved[key] = self._last.get(key, _NONE).then(sequence, event_id)

    async def save(self, db: Connection) -> None:
        """Store what was moved, in one statement."""
        if self._moved:
            pairs = sorted(self._moved)
            moved = [self._moved[pair] for pair in pairs]
            sources, of = joined(source for source, _ in pairs), joined(stream for _, stream in pairs)
            sequences, packed = [mark.sequence for mark in moved], joined(mark.packed() for mark in moved)
            await db.execute(_SET_MARKS, sources, of, sequences, packed)


async def sources(db: Connection) -> set[str]:
    """Every source of which this service has read anything."""
    return {row["source"] for row in await db.fetch("select distinct source from mark")}


async def all_of(db: Connection) -> dict[tuple[str, str], int]:
    """The last sequence handled of every (source, stream) that this service has read."""
    rows = await db.fetch("select source, stream, last_sequence from mark")
    return {(row["source"], row["stream"]): row["last_sequence"] for row in rows}

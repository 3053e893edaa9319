"""Compares a service's outbox with the topics, and the topics with its marks: counts and digests per stream."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers
from carebus.kafka.reading import Reading
from carebus.records import Partition, Record
from carebus.storage import comparisons, holes, offsets, outbox, streams, watermarks
from carebus.storage.comparisons import Comparison
from carebus.storage.database import Connection

BATCH = 1000
EVERY = 100_000


class Seen:
    """Which sequences of a stream were there: a run without holes, and what comes after a hole."""

    __slots__ = ("_more", "upto")

    def __init__(self, before: int) -> None:
        self.upto = before
        self._more: set[int] = set()

    def add(self, sequence: int) -> bool:
        """Note one; False if it was there before."""
        if sequence in self:
            return False
        self._more.add(sequence)
        while self.upto + 1 in self._more:
            self.upto += 1
            self._more.discard(self.upto)
        return True

    def __contains__(self, sequence: int) -> bool:
        return sequence <= self.upto or sequence in self._more


@dataclass(slots=True)
class Sum:
    """How many events of a stream one side has, from which sequence to which, and what they add up to."""

    first: int
    last: int
    count: int = 0
    digest: int = 0

    def add(self, digest: int, events: int = 1) -> None:
        """One more, or so many with one digest."""
        self.count += events
        self.digest = (self.digest + digest) % (1 << 128)


@dataclass(slots=True)
class Heard:
    """How many events of one source a service has read from the topics, and how many its marks say; with digests."""

    read: int = 0
    marked: int = 0
    read_digest: str = ""
    marked_digest: str = ""


@dataclass(slots=True)
class Report:
    """What was compared and what differs. Streams and sequences only; `missing` also has the ids in the outbox.

    holes: records that were deleted before this service read them: partition, first offset, offset after the last.
    topic_events: everything on the topics in the service's name.  topic_count: those of the outbox, each once.
    """

    outbox_events: int = 0
    outbox_digest: str = ""
    topic_events: int = 0
    topic_count: int = 0
    topic_digest: str = ""
    repeats: int = 0
    marks: int = 0
    heard: dict[str, Heard] = field(default_factory=dict)
    missing: list[tuple[int, str, int]] = field(default_factory=list)
    differing: list[tuple[str, int]] = field(default_factory=list)
    unknown: list[tuple[str, int]] = field(default_factory=list)
    marks_behind: list[tuple[str, str, int]] = field(default_factory=list)
    marks_beyond: list[tuple[str, str, int]] = field(default_factory=list)
    holes: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def differences(self) -> int:
        """How many events and marks differ."""
        parts = (self.missing, self.differing, self.unknown, self.marks_behind, self.marks_beyond, self.holes)
        return sum(len(part) for part in parts)


class Reconciling:
    """One comparison of one service. `say` is told of progress."""

    def __init__(self, db: Connection, source: str, reading: Reading, say: Callable[[str], None]) -> None:
        self._db = db
        self._source = source
        self._reading = reading
        self._say = say
        self._sums: dict[str, Sum] = {}
        self._on_topic: dict[str, tuple[Sum, Seen]] = {}
        self._top: dict[str, int] = {}
        self._heard: dict[tuple[str, str], Seen] = {}
        self._inbox: dict[str, tuple[Sum, Sum]] = {}
        self._report = Report()

    async def run(self, stored: Mapping[Partition, int], marks: Mapping[tuple[str, str], int]) -> Report:
        """Compare. `stored` and `marks` are of the moment of `add_up`, before `reading` was entered."""
        async for record, envelope in self._records():
            if envelope.source == self._source:
                self._note_told(record, envelope)
            if record.offset < stored.get((record.topic, record.partition), 0):
                self._note_heard(record, envelope)
        self._report.outbox_digest = _total(self._sums.values())
        self._report.topic_count = sum(there.count for there, _ in self._on_topic.values())
        self._report.topic_digest = _total(there for there, _ in self._on_topic.values())
        await self._compare_outbox()
        await self._compare_unknown()
        self._compare_marks(marks, {topic for topic, _ in stored})
        return self._report

    async def add_up(self) -> None:
        """Add up the published part of the outbox; must be called before `reading` is entered."""
        async for row in outbox.published(self._db, None):
            of = self._sums.setdefault(row["stream"], Sum(row["sequence"], row["sequence"]))
            of.first, of.last = min(of.first, row["sequence"]), max(of.last, row["sequence"])
            of.add(digest(row["sequence"], str(row["event_id"]), row["body"]))
            self._report.outbox_events += 1

    async def _records(self) -> Any:
        count = 0
        async for record in self._reading.records():
            count += 1
            if count % EVERY == 0:
                self._say(f"{count} of {self._reading.size} records read")
            if (envelope := _envelope(record)) is not None:
                yield record, envelope

    def _note_told(self, record: Record, envelope: Envelope) -> None:
        self._report.topic_events += 1
        stream, sequence = envelope.subject, envelope.sequence
        self._top[stream] = max(self._top.get(stream, 0), sequence)
        told = self._sums.get(stream)
        if told is None or not told.first <= sequence <= told.last:
            return
        there, seen = self._on_topic.setdefault(stream, (Sum(told.first, told.last), Seen(told.first - 1)))
        if seen.add(sequence):
            there.add(digest(sequence, str(envelope.id), record.value))
        else:
            self._report.repeats += 1

    def _note_heard(self, record: Record, envelope: Envelope) -> None:
        key, whole = (envelope.source, envelope.subject), self._reading.starts[record.topic, record.partition] == 0
        if key not in self._heard:
            self._heard[key] = Seen(0 if whole else envelope.sequence - 1)
        self._heard[key].add(envelope.sequence)

    async def _compare_outbox(self) -> None:
        streams = [stream for stream, told in self._sums.items() if not self._same(stream, told)]
        if not streams:
            return
        self._say(f"{len(streams)} streams differ; reading them again, event by event")
        wanted, found = set(streams), dict[tuple[str, int], int]()
        async for record, envelope in self._records():
            if envelope.source == self._source and envelope.subject in wanted:
                place = (envelope.subject, envelope.sequence)
                found.setdefault(place, digest(envelope.sequence, str(envelope.id), record.value))
        async with self._db.transaction():
            async for row in outbox.published(self._db, streams):
                if (
                    row["sequence"] <= self._sums[row["stream"]].last
                ):  # the rest was told after the topic's end was seen
                    self._compare_event(row, found.get((row["stream"], row["sequence"])))

    def _same(self, stream: str, told: Sum) -> bool:
        there, _ = self._on_topic.get(stream, (Sum(0, 0), None))
        return (told.count, told.digest) == (there.count, there.digest)

    def _compare_event(self, row: Any, there: int | None) -> None:
        if there is None:
            self._report.missing.append((row["id"], row["stream"], row["sequence"]))
        elif there != digest(row["sequence"], str(row["event_id"]), row["body"]):
            self._report.differing.append((row["stream"], row["sequence"]))

    async def _compare_unknown(self) -> None:
        """What is on the topic in this service's name, though it has never told so much (an older copy restored)."""
        following = await streams.next_sequences(self._db, self._top)
        late = {stream: top for stream, top in self._top.items() if top >= following.get(stream, 1)}
        self._report.unknown += sorted(late.items())

    def _compare_marks(self, marks: Mapping[tuple[str, str], int], topics: Iterable[str]) -> None:
        whole = all(self._reading.starts[part] == 0 for part in self._reading.starts if part[0] in set(topics))
        for source, stream in sorted(marks.keys() | self._heard.keys()):
            if source == self._source:
                continue  # what a service told itself has a mark only if it hears it: the outbox is compared above
            seen, mark = self._heard.get((source, stream)), marks.get((source, stream))
            self._report.marks += 1
            if seen is not None and (mark or 0) + 1 in seen:
                self._report.marks_behind.append((source, stream, mark or 0))
            elif mark is not None and whole and (seen is None or mark not in seen):
                self._report.marks_beyond.append((source, stream, mark))
            if seen is not None or whole:
                self._sum_up(source, stream, seen.upto if seen else 0, mark or 0)
        for source, (read, marked) in self._inbox.items():
            self._report.heard[source] = Heard(read.count, marked.count, _hex(read.digest), _hex(marked.digest))

    def _sum_up(self, source: str, stream: str, read: int, marked: int) -> None:
        sides = self._inbox.setdefault(source, (Sum(0, 0), Sum(0, 0)))
        for side, last in zip(sides, (read, marked), strict=True):
            side.add(digest(last, stream, None), last)


async def reconcile(
    db: Connection, source: str, brokers: Sequence[str], topics: Sequence[str], say: Callable[[str], None]
) -> Report:
    """Compare the service of this database with these topics. Reads both once, and what differs once more.

    What was found is kept: by it other services know that what their logs lacked was published again.
    """
    began_at = await comparisons.now(db)
    async with db.transaction(isolation="repeatable_read", readonly=True):
        marks, stored, open_holes = (
            await watermarks.all_of(db),
            await offsets.stored(db),
            await holes.still_open(db),
        )
        reading = Reading(brokers, topics)
        comparing = Reconciling(db, source, reading, say)
        await comparing.add_up()
    async with reading:
        report = await comparing.run(stored, marks)
    report.holes += [(f"{hole.topic}:{hole.partition}", hole.start, hole.end) for hole in open_holes]
    await comparisons.keep(db, Comparison(source, began_at, len(report.missing), report.differences))
    return report


def digest(sequence: int, event_id: str, body: bytes | None) -> int:
    """What stands for one event in a sum."""
    return int.from_bytes(blake2b(f"{sequence} {event_id} ".encode() + (body or b""), digest_size=16).digest())


def _total(sums: Iterable[Sum]) -> str:
    return _hex(sum(one.digest for one in sums) % (1 << 128))


def _hex(digest: int) -> str:
    return f"{digest:032x}"


def _envelope(record: Record) -> Envelope | None:
    try:
        return read_envelope(read_headers(record.headers))
    except MalformedEnvelope:
        return None

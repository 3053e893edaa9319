"""What Kafka gives and where it was: a record, its partition, its envelope, and which event was seen last."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers

Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""
LastSeen = tuple[int, str]
"""The offset of the event that was read, or published, last in a partition, and that event's id."""
LastSeenOf = Mapping[Partition, LastSeen]


class Record(Protocol):
    """What is needed of a record; aiokafka's ConsumerRecord has this shape."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


def envelope_of(
    headers: Iterable[tuple[str, bytes | None]], named: Mapping[str, bytes | None]
) -> tuple[Envelope | None, str]:
    """The envelope in these headers (given twice: as they came, and by name), or the rule that they break."""
    try:
        return read_envelope(named), ""
    except MalformedEnvelope:
        pass  # perhaps only because of a header that counts as not there: see `read_headers`
    try:
        return read_envelope(read_headers(headers)), ""
    except MalformedEnvelope as exc:
        return None, exc.rule


_partition_of = attrgetter("topic", "partition")


def by_partition(records: Iterable[Record]) -> dict[Partition, list[Record]]:
    """These records by their partitions, those of each in the order they came in."""
    divided: dict[Partition, list[Record]] = {}
    for part, its in groupby(records, _partition_of):
        divided.setdefault(part, []).extend(its)
    return divided


def seen_last(records: Iterable[Record]) -> dict[Partition, LastSeen]:
    """Of each partition the last event: its offset and its id."""
    last = {}
    for part, its in by_partition(records).items():
        seen = ((record.offset, id_) for record in reversed(its) if (id_ := id_of(record)))
        if place := next(seen, None):
            last[part] = place
    return last


def id_of(record: Record) -> str | None:
    """The id of the event in this record, or None if it holds none: what is no id may be what no database takes."""
    envelope, _ = envelope_of(record.headers, dict(record.headers))
    return str(envelope.id) if envelope else None

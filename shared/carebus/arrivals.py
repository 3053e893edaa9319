"""Records as they arrive: read as far as their headers, which decide whether the body is decoded at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from pydantic import ValidationError

from carebus.contracts.envelope import Envelope, Headers, MalformedEnvelope, read_envelope, read_headers
from carebus.contracts.event import Event
from carebus.decisions import Reaction
from carebus.errors import CarebusError
from carebus.parked import Parked, Reason
from carebus.places import Partition, Place


class Record(Protocol):
    """What is needed of a record, whoever fetched it: aiokafka's ConsumerRecord has this shape."""

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


@dataclass(slots=True)
class Arrival:
    """One record with its envelope, or the rule that its headers break."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    body: bytes | None
    headers: Iterable[tuple[str, bytes | None]]
    envelope: Envelope | None
    fault: str = ""

    def parked(self, reason: Reason, rule: str) -> Parked:
        """This event, to be taken into custody."""
        headers: Headers = [(name, value.encode()) for name, value in read_headers(self.headers).items()]
        return Parked(
            self.topic, self.partition, self.offset, self.key, headers, self.body, reason, rule, self.envelope
        )


def read_record(record: Record, headers: Mapping[str, bytes | None] | None = None) -> Arrival:
    """Read a record's headers, which may be given as a mapping already. Never raises."""
    envelope, fault = _envelope(record.headers, dict(record.headers) if headers is None else headers)
    return Arrival(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        record.headers,
        envelope,
        fault,
    )


def read_parked(event: Parked) -> Arrival:
    """A parked event as an arrival again, for a retry."""
    envelope, fault = _envelope(event.headers, dict(event.headers))
    return Arrival(event.topic, event.partition, event.offset, 0, event.key, event.body, event.headers, envelope, fault)


def _envelope(
    headers: Iterable[tuple[str, bytes | None]], named: Mapping[str, bytes | None]
) -> tuple[Envelope | None, str]:
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


def seen_last(records: Iterable[Record]) -> dict[Partition, Place]:
    """Of each partition the last event: its offset and its id."""
    last = {}
    for part, its in by_partition(records).items():
        seen = ((record.offset, id_) for record in reversed(its) if (id_ := id_of(record)))
        if place := next(seen, None):
            last[part] = place
    return last


def id_of(record: Record) -> str | None:
    """The id of the event in this record, or None if it holds none: what is no id may be what no database takes."""
    envelope = read_record(record).envelope
    return str(envelope.id) if envelope else None


class Hearing:
    """Which event types a service hears, and what it does then."""

    def __init__(self, reactions: Mapping[type[Event], Reaction]) -> None:
        self._heard = {kind.type_name(): (kind, reaction) for kind, reaction in reactions.items()}
        self.topics = sorted({kind.SUBJECT.topic for kind in reactions})

    def hears(self, type_name: str) -> bool:
        """Whether events of this type are heard."""
        return type_name in self._heard

    def reaction(self, envelope: Envelope) -> Reaction | None:
        """What to do about an event of this type, or None for a type not heard here."""
        heard = self._heard.get(envelope.type)
        return heard[1] if heard else None

    def decode(self, arrival: Arrival) -> Event:
        """The typed event of a heard record. Raises InvalidBody, which names fields and rules, never values."""
        assert arrival.envelope is not None
        if arrival.body is None:
            raise InvalidBody(rules="the record has no body (tombstone)")
        kind = self._heard[arrival.envelope.type][0]
        if _is_another_version(arrival.envelope.dataschema, kind):
            raise InvalidBody(rules="ce_dataschema names another version of this type")
        try:
            return kind.model_validate_json(arrival.body)
        except ValidationError as exc:
            raise InvalidBody(rules=broken_rules(exc)) from None


def _is_another_version(dataschema: str, kind: type[Event]) -> bool:
    """Whether a header names this type's schema in another version: its fields may mean something else there."""
    own = kind.schema_name()
    return dataschema != own and dataschema.startswith(own.rpartition(":")[0] + ":")


class InvalidBody(CarebusError):
    """The event's body is not what its contract says: {rules}."""

    status = 422


def broken_rules(exc: ValidationError) -> str:
    """Which fields break which rules, without any value; at most five."""
    errors = exc.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['type']}" for error in errors[:5])


def rule_of(exc: Exception) -> str:
    """What to say of an exception outside the database it came from: its code or type, never its text.

    The texts of foreign exceptions quote the values they are about, and those are patients' data.
    """
    if isinstance(exc, InvalidBody):
        return str(exc.details["rules"])
    if isinstance(exc, ValidationError):
        return broken_rules(exc)
    if isinstance(exc, CarebusError):
        return exc.code
    state = getattr(exc, "sqlstate", None)
    return f"{type(exc).__name__} {state}" if state else type(exc).__name__

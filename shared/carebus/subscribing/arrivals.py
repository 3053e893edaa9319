"""Records as they arrive: read as far as their headers, which decide whether the body is decoded at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carebus.contracts.envelope import Envelope, Headers, read_headers
from carebus.records import Record, envelope_of
from carebus.storage.parked import Parked, Reason


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
    envelope, fault = envelope_of(record.headers, dict(record.headers) if headers is None else headers)
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
    envelope, fault = envelope_of(event.headers, dict(event.headers))
    return Arrival(event.topic, event.partition, event.offset, 0, event.key, event.body, event.headers, envelope, fault)

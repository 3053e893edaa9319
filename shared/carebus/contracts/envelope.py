"""The envelope around every event: CloudEvents 1.0 in Kafka's binary mode, one header per attribute.

Standard attributes are `ce_id`, `ce_source`, `ce_specversion`, `ce_type`, `ce_subject`, `ce_time`, `ce_dataschema`;
extensions are `ce_sequence` (gapless per source and subject, from 1), `ce_correlationid`, `ce_causationid`,
`ce_actor`, `ce_follows`, and W3C `traceparent`. `ce_signature` is reserved for the producing service's signature.
See the CloudEvents Kafka protocol binding, section 3.2.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.errors import CarebusError

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"

Headers = list[tuple[str, bytes]]

_WORD = re.compile(r"[\x21-\x7e]{1,200}")
"""What a name may be: it becomes part of keys in every reader's database, which take no NUL and no long text."""

_FOLLOWS = re.compile(r"([\x21-\x7e]{1,200})/([1-9][0-9]{0,17})")

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class MalformedEnvelope(CarebusError):
    """The record's headers are not a Carebus envelope: {rule}."""

    status = 422

    def __init__(self, rule: str) -> None:
        super().__init__(rule=rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about an event but its body. Holds no protected field: ids are random, the actor is a role or id.

    follows: source and sequence of the event of the same subject that this one follows from, if it does from one.
    """

    id: UUID
    source: str
    type: str
    subject: Stream
    time: datetime
    sequence: int
    correlation_id: UUID
    causation_id: UUID
    actor: str
    dataschema: str = ""
    traceparent: str | None = None
    follows: tuple[str, int] | None = None

    def texts(self) -> dict[str, str]:
        """The headers of this envelope as texts, by their names."""
        texts = {
            "ce_specversion": SPEC_VERSION,
            "ce_id": str(self.id),
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_subject": self.subject,
            "ce_time": self.time.isoformat(),
            "ce_dataschema": self.dataschema,
            "ce_sequence": str(self.sequence),
            "ce_correlationid": str(self.correlation_id),
            "ce_causationid": str(self.causation_id),
            "ce_actor": self.actor,
            "content-type": CONTENT_TYPE,
        }
        if self.follows:
            texts["ce_follows"] = f"{self.follows[0]}/{self.follows[1]}"
        return texts | {"traceparent": self.traceparent} if self.traceparent else texts

    def headers(self) -> Headers:
        """The Kafka headers of this envelope."""
        return [(name, value.encode()) for name, value in self.texts().items()]


def read_headers(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """The headers that are text, by name; the last of a repeated name wins, as CloudEvents allows each once.

    Headers that are null or not UTF-8 are left out: a foreign tracing agent's odd header must not hide an event.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        if value is not None:
            try:
                found[name] = value.decode()
            except UnicodeDecodeError:
                continue
    return found


def read_envelope(headers: dict[str, str]) -> Envelope:
    """The envelope in these headers. Raises MalformedEnvelope naming the attribute that is wrong, never its value."""
    if headers.get("ce_specversion") != SPEC_VERSION:
        raise MalformedEnvelope("ce_specversion must be 1.0")
    subject = _word(headers, "ce_subject")
    if not all(subject.partition("/")):
        raise MalformedEnvelope("ce_subject must be <subject>/<id>")
    return Envelope(
        id=_uuid(headers, "ce_id"),
        source=_word(headers, "ce_source"),
        type=_word(headers, "ce_type"),
        subject=Stream(subject),
        time=_time(headers),
        sequence=_sequence(headers),
        correlation_id=_uuid(headers, "ce_correlationid"),
        causation_id=_uuid(headers, "ce_causationid"),
        actor=_text(headers, "ce_actor"),
        dataschema=_text(headers, "ce_dataschema"),
        traceparent=known_traceparent(headers.get("traceparent")),
        follows=follows_of(headers),
    )


def known_traceparent(value: str | None) -> str | None:
    """A W3C trace context, or None for whatever else somebody put there: it must neither hide nor spoil an event."""
    return value if value and _TRACEPARENT.fullmatch(value) else None


def _required(headers: dict[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise MalformedEnvelope(f"{name} is missing")
    return value


def _word(headers: dict[str, str], name: str) -> str:
    value = _required(headers, name)
    if not _WORD.fullmatch(value):
        raise MalformedEnvelope(f"{name} must be 1 to 200 printable ASCII characters")
    return value


def _text(headers: dict[str, str], name: str) -> str:
    value = headers.get(name, "")
    if len(value) > 1000 or "\x00" in value:
        raise MalformedEnvelope(f"{name} must be at most 1000 characters, none of them NUL")
    return value


def _uuid(headers: dict[str, str], name: str) -> UUID:
    try:
        return UUID(_required(headers, name))
    except ValueError:
        raise MalformedEnvelope(f"{name} must be a UUID") from None


def _time(headers: dict[str, str]) -> datetime:
    try:
        time = datetime.fromisoformat(_required(headers, "ce_time"))
    except ValueError:
        raise MalformedEnvelope("ce_time must be an RFC 3339 time") from None
    if time.tzinfo is None:
        raise MalformedEnvelope("ce_time must have an offset")
    return time


def _sequence(headers: dict[str, str]) -> int:
    value = _required(headers, "ce_sequence")
    if not (value.isascii() and value.isdigit() and 0 < len(value) <= 18 and int(value) > 0):
        raise MalformedEnvelope("ce_sequence must be a positive integer")
    return int(value)


def follows_of(headers: dict[str, str]) -> tuple[str, int] | None:
    """Which event these headers say that theirs follows from. Raises MalformedEnvelope."""
    if not (value := headers.get("ce_follows")):
        return None
    if (found := _FOLLOWS.fullmatch(value)) is None:
        raise MalformedEnvelope("ce_follows must be a source, a slash and a sequence")
    return found[1], int(found[2])

"""The envelope around every event: CloudEvents 1.0 in Kafka's binary mode, one header per attribute.

Standard attributes are `ce_id`, `ce_source`, `ce_specversion`, `ce_type`, `ce_subject`, `ce_time`, `ce_dataschema`;
extensions are `ce_sequence` (an integer, gapless per source and subject, from 1; padded with zeros, so that it sorts as
text, which records of 0.1 are not), `ce_correlationid`, `ce_causationid`,
`ce_actor`, `ce_follows`, and W3C `traceparent`. `ce_signature` and `ce_keyid` are for the producing service's signature
and the key it was made with, or the key that the body is encrypted with: read and handed on, but made by nobody yet.
See the CloudEvents Kafka protocol binding, section 3.2.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import SchemaValidator
from pydantic_core import core_schema as core

from carebus.contracts.event import Stream
from carebus.errors import CarebusError

SPEC_VERSION = "1.0"
SEQUENCE_DIGITS = 18
"""So many digits has every sequence, as the CloudEvents extension wants it: values that sort as text."""
CONTENT_TYPE = "application/json"

Headers = list[tuple[str, bytes]]


class MalformedEnvelope(CarebusError):
    """The record's headers are not a Carebus envelope: {rule}."""

    status = 422

    def __init__(self, rule: str) -> None:
        super().__init__(rule=rule)
        self.rule = rule


class Envelope(NamedTuple):
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
    signature: str = ""
    key_id: str = ""

    def attributes(self) -> dict[str, str | UUID | datetime]:
        """The headers of this envelope by their names; as texts they are UUIDs and RFC 3339 times as usual."""
        found: dict[str, str | UUID | datetime] = {
            "ce_specversion": SPEC_VERSION,
            "ce_id": self.id,
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_subject": self.subject,
            "ce_time": self.time,
            "ce_dataschema": self.dataschema,
            "ce_sequence": str(self.sequence).zfill(SEQUENCE_DIGITS),
            "ce_correlationid": self.correlation_id,
            "ce_causationid": self.causation_id,
            "ce_actor": self.actor,
            "content-type": CONTENT_TYPE,
        }
        if self.follows:
            found["ce_follows"] = f"{self.follows[0]}/{self.follows[1]}"
        if self.traceparent:
            found["traceparent"] = self.traceparent
        if self.signature:
            found["ce_signature"] = self.signature
        if self.key_id:
            found["ce_keyid"] = self.key_id
        return found

    def headers(self) -> Headers:
        """The Kafka headers of this envelope."""
        return [(name, _text(value).encode()) for name, value in self.attributes().items()]


def _text(value: str | UUID | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


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


_WORD = core.str_schema(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
"""What a name may be: it becomes part of keys in every reader's database, which take no NUL and no long text."""
_SUBJECT = core.str_schema(max_length=200, pattern=r"^[\x21-\x2e\x30-\x7e]+/[\x21-\x7e]+$")
_TEXT = core.with_default_schema(core.str_schema(max_length=1000, pattern=r"^[^\x00]*$"), default="")
_TIME = core.chain_schema([core.str_schema(pattern=r"^\d{4}-"), core.datetime_schema(tz_constraint="aware")])
_SEQUENCE = core.chain_schema([core.str_schema(pattern=r"^[0-9]{1,18}$"), core.int_schema(gt=0)])
_UUID = core.chain_schema([core.str_schema(), core.uuid_schema()])
"""As text: sixteen bytes would be read as one, too."""
_FOLLOWS = core.with_default_schema(
    core.nullable_schema(core.str_schema(max_length=219, pattern=r"^(?:[\x21-\x7e]+/[1-9][0-9]{0,17})?$")), default=None
)
_TRACEPARENT = core.with_default_schema(
    core.nullable_schema(core.str_schema(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")),
    default=None,
    on_error="default",
)

_WORDS = "must be 1 to 200 printable ASCII characters"
_TEXTS = "must be at most 1000 characters, none of them NUL"
_ATTRIBUTES: dict[str, tuple[str, core.CoreSchema, str]] = {
    "ce_subject": ("subject", _SUBJECT, "must be <subject>/<id>, 200 printable ASCII characters at most"),
    "ce_id": ("id", _UUID, "must be a UUID"),
    "ce_source": ("source", _WORD, _WORDS),
    "ce_type": ("type", _WORD, _WORDS),
    "ce_time": ("time", _TIME, "must be an RFC 3339 time with an offset"),
    "ce_sequence": ("sequence", _SEQUENCE, "must be a positive integer"),
    "ce_correlationid": ("correlation_id", _UUID, "must be a UUID"),
    "ce_causationid": ("causation_id", _UUID, "must be a UUID"),
    "ce_actor": ("actor", _TEXT, _TEXTS),
    "ce_dataschema": ("dataschema", _TEXT, _TEXTS),
    "ce_follows": ("follows", _FOLLOWS, "must be a source, a slash and a sequence"),
    "traceparent": ("traceparent", _TRACEPARENT, ""),
    "ce_signature": ("signature", _TEXT, _TEXTS),
    "ce_keyid": ("key_id", _TEXT, _TEXTS),
}
"""Every header that is read: the field it becomes, what it must be, and how that is said."""

_READER = SchemaValidator(
    core.typed_dict_schema(
        {
            field: core.typed_dict_field(schema, validation_alias=header)
            for header, (field, schema, _) in _ATTRIBUTES.items()
        },
        extra_behavior="ignore",
    )
)
_FOLLOWS_READER = SchemaValidator(_FOLLOWS)
_TRACEPARENT_READER = SchemaValidator(_TRACEPARENT)


def read_envelope(headers: Mapping[str, str | bytes | None]) -> Envelope:
    """The envelope in these headers. Raises MalformedEnvelope naming the attribute that is wrong, never its value."""
    if headers.get("ce_specversion") not in {SPEC_VERSION, SPEC_VERSION.encode()}:
        raise MalformedEnvelope("ce_specversion must be 1.0")
    try:
        found = _READER.validate_python(headers)
    except ValidationError as exc:
        header = str(exc.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][0])
        rule = _ATTRIBUTES[header][2] if headers.get(header) else "is missing"
        raise MalformedEnvelope(f"{header} {rule}") from None
    if found["follows"] is not None:
        found["follows"] = _follows(found["follows"])
    return Envelope(**found)


def follows_of(headers: Mapping[str, str | bytes | None]) -> tuple[str, int] | None:
    """Which event these headers say that theirs follows from. Raises MalformedEnvelope."""
    try:
        return _follows(_FOLLOWS_READER.validate_python(headers.get("ce_follows")))
    except ValidationError:
        raise MalformedEnvelope(f"ce_follows {_ATTRIBUTES['ce_follows'][2]}") from None


def _follows(text: str | None) -> tuple[str, int] | None:
    source, _, sequence = (text or "").rpartition("/")
    return (source, int(sequence)) if source else None


def known_traceparent(value: str | None) -> str | None:
    """A W3C trace context, or None for whatever else somebody put there: it must neither hide nor spoil an event."""
    known: str | None = _TRACEPARENT_READER.validate_python(value)
    return known

"""The page of the envelope: every header, what it means and what it looks like."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

from carebus.contracts import SUBJECTS, Envelope, patient_stream
from carebus.contracts.referral import ReferralAccepted
from carebus.kafka.topics import SETTINGS
from docs.generated.markdown import code, table

MEANING = {
    "ce_specversion": "The version of CloudEvents. Anything else is a malformed envelope.",
    "ce_id": "The event's id, made from its cause and its place among that cause's events: a replay makes the same.",
    "ce_type": "Which event it is. Skip what you do not know.",
    "ce_source": "The service that told it.",
    "ce_subject": "The stream it belongs to, `<subject>/<id>`; the record's key is the id part.",
    "ce_time": "When it happened, in clinic time, with its offset.",
    "ce_dataschema": "The name of the body's schema.",
    "ce_sequence": "An integer, per source *and subject*: the event's place among those, from 1, without gaps. New "
    "records have it padded to 18 digits, older ones do not, so compare numbers and not texts. A repeat has the same.",
    "ce_correlationid": "The same for everything that follows from one request.",
    "ce_causationid": "The id of the command, event or timer that it follows from.",
    "ce_follows": "Source and sequence of the event about the same subject that it follows from; absent if it follows "
    "from none. What has not come yet is waited for: a log that was mended may have an effect before its cause.",
    "ce_actor": "Who acted: a role or an id, never a name. Not authenticated yet.",
    "ce_signature": "Reserved for the producing service's signature. Nothing writes it yet.",
    "content-type": "How the body is written.",
    "traceparent": "W3C trace context; absent when nobody traces.",
}
INTRO = """# The envelope and the topics

Events are [CloudEvents 1.0](https://cloudevents.io) in Kafka's binary mode: the body is the record's value,
everything about it is in headers, and the key is the opaque id of the subject. No header holds protected health
information.
"""


CREATED = "They are created by `python -m carebus topics create` with"


def page() -> str:
    """The page."""
    shown = {name: value.decode() for name, value in _example().headers()}
    undocumented = shown.keys() - MEANING.keys()
    if undocumented:
        raise KeyError(f"Say in docs/generated/envelope.py what these headers mean: {sorted(undocumented)}")
    headers = table(
        ("Header", "Meaning", "Example"),
        [(code(name), meaning, code(shown.get(name, ""))) for name, meaning in MEANING.items()],
    )
    topics = table(
        ("Topic", "About", "Key"), [(code(s.topic), f"one {s.label}", f"the {s.label}'s id") for s in SUBJECTS]
    )
    settings = ", ".join(f"`{name}={value}`" for name, value in SETTINGS.items())
    return f"{INTRO}\n{headers}\n## Topics\n\n{topics}\n{CREATED} {settings}.\n"


def _example() -> Envelope:
    referral = uuid5(UUID(int=0), "referral")
    return Envelope(
        id=uuid5(referral, "event"),
        source="referral",
        type=ReferralAccepted.type_name(),
        subject=patient_stream(uuid5(UUID(int=0), "patient")),
        time=datetime(2026, 3, 2, 14, tzinfo=UTC),
        sequence=3,
        correlation_id=referral,
        causation_id=uuid5(referral, "command"),
        actor="intake",
        dataschema=ReferralAccepted.schema_name(),
        follows=("referral", 2),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )

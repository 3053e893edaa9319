"""`carebus emit`: puts an example of an event on a local topic, to try a subscriber."""

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaProducer
from pydantic import ValidationError

from carebus.cli import asking
from carebus.cli.asking import Commands, answer
from carebus.cli.tail import event_named
from carebus.contracts import PUBLISHED_BY
from carebus.contracts.envelope import Envelope
from carebus.contracts.event import Event, subject_id, topic_of
from carebus.contracts.examples import example
from carebus.credentials import kafka
from carebus.errors import WrongUsage, broken_rules
from carebus.ids import new_id
from carebus.kafka.reading import Reading
from carebus.operating.services import brokers
from carebus.records import envelope_of
from carebus.settings import EMITTED


class NotLocal(WrongUsage):
    """{place} is not on this machine: `emit` puts made-up events on local topics only."""


class BodyUnfit(WrongUsage):
    """The file of --body does not fit the event: {rules}."""


class SourceTaken(WrongUsage):
    """{source} is a source of the contracts: give made-up events a source of their own."""


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "emit",
        "put an example of an event on a local topic, to try a subscriber",
        "The event has every field filled with made-up values, or what --body says, and a source of its own. Every"
        " service that hears its type handles it: counts count it, and one may park it. It is taken by services whose"
        " CAREBUS_BELIEVED_SOURCES names that source, as all of a local run do. Refuses brokers that are not on this"
        " machine.",
        "carebus emit VisitCompleted",
        "carebus emit VisitCompleted --patient 01890a5d-ac96-774b-bcce-b302099a8057 --body visit.json",
        parents=[asking.shared()],
    )
    one.add_argument("type", help="the event's class name, such as VisitCompleted")
    one.add_argument("--patient", type=UUID, metavar="ID", help="the subject's id (default: a new one)")
    one.add_argument("--body", type=Path, metavar="FILE", help="JSON; what it leaves out is the example's")
    one.add_argument("--source", default=EMITTED, help=f"what `ce_source` says (default: {EMITTED})")
    one.set_defaults(run=_emit)


def _emit(asked: argparse.Namespace) -> int:
    kind = event_named(asked.type)
    for place in brokers():
        _require_local(place)
    if asked.source in PUBLISHED_BY:
        raise SourceTaken(source=asked.source)
    envelope, offset = asyncio.run(_emitted(asked, kind))
    told = {"type": envelope.type, "stream": envelope.subject, "sequence": envelope.sequence, "offset": offset}
    answer(asked, told, [f"{kind.__name__} {envelope.subject} {envelope.sequence}, offset {offset}"])
    return 0


def _require_local(place: str) -> None:
    host = place.rpartition(":")[0].strip("[]")
    try:
        local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotLocal(place=place)


async def _emitted(asked: argparse.Namespace, kind: type[Event]) -> tuple[Envelope, int]:
    event = _event(kind, asked.body)
    stream = kind.SUBJECT.stream(asked.patient or new_id())
    prefix = os.environ.get("CAREBUS_TOPIC_PREFIX", "")
    topic = prefix + topic_of(stream)
    cause, now = new_id(), datetime.now(UTC)
    envelope = Envelope(
        id=new_id(),
        source=asked.source,
        type=kind.type_name(),
        subject=stream,
        time=now,
        sequence=await _told(topic, asked.source, stream) + 1 if asked.patient else 1,
        correlation_id=cause,
        causation_id=cause,
        actor="emit",
        dataschema=kind.schema_name(),
    )
    producer = AIOKafkaProducer(bootstrap_servers=brokers(), acks="all", **kafka())
    await producer.start()
    try:
        key, body = subject_id(stream).encode(), event.model_dump_json().encode()
        sent = await producer.send_and_wait(topic, value=body, key=key, headers=envelope.headers())
    finally:
        await producer.stop()
    return envelope, int(sent.offset)


def _event(kind: type[Event], body: Path | None) -> Event:
    """The example, with the fields that a file says otherwise. Raises BodyUnfit."""
    made = example(kind)
    assert isinstance(made, Event)
    if body is None:
        return made
    try:
        said = json.loads(body.read_text())
        if strange := sorted(said.keys() - kind.model_fields.keys()):
            near = get_close_matches(strange[0], kind.model_fields, n=1)
            raise BodyUnfit(rules=f"it has no field {strange[0]}{f', did you mean {near[0]}?' if near else ''}")
        return kind.model_validate({**made.model_dump(mode="json"), **said})
    except ValidationError as exc:
        raise BodyUnfit(rules=broken_rules(exc)) from None
    except (ValueError, TypeError, AttributeError):
        raise BodyUnfit(rules="it must be a JSON object") from None


async def _told(topic: str, source: str, stream: str) -> int:
    """The last sequence of this source and stream that is on the topic."""
    last = 0
    async with Reading(brokers(), [topic]) as reading:
        async for record in reading.records():
            envelope, _ = envelope_of(record.headers, dict(record.headers))
            if envelope and (envelope.source, envelope.subject) == (source, stream):
                last = max(last, envelope.sequence)
    return last

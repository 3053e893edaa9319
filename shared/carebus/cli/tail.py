"""`carebus tail`: events as they are published, by type and patient, with patients' data hidden."""

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from difflib import get_close_matches
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from carebus.cli import asking
from carebus.cli.asking import Commands
from carebus.contracts import EVENTS
from carebus.contracts.envelope import Envelope
from carebus.contracts.event import Event
from carebus.credentials import password_of
from carebus.errors import WrongUsage
from carebus.kafka import topics
from carebus.kafka.reading import Reading
from carebus.observing.redaction import shown
from carebus.operating.services import brokers, setting
from carebus.records import Record, envelope_of
from carebus.storage import operator_acts

UNKNOWN = "(this release has no contract of that type)"


class TypeUnknown(WrongUsage):
    """There is no event called {name}.{hint}"""


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "tail",
        "events as they are published, by type and patient",
        "A line per event, live, until you stop it (Ctrl-C, exit code 0). Reads KAFKA_BOOTSTRAP_SERVERS. Patients' data"
        " is hidden; --show-phi shows it and is recorded in the database at DATABASE_URL, with the reason.",
        "carebus tail --type VisitCompleted --type VisitScheduled",
        "carebus tail --patient 01890a5d-ac96-774b-bcce-b302099a8057 --from-first",
        parents=[asking.shared()],
    )
    one.add_argument("--type", action="append", default=[], metavar="NAME", help="only events of this type")
    one.add_argument("--patient", type=UUID, metavar="ID", help="only events of this patient, by the opaque id")
    one.add_argument("--from-first", action="store_true", help="begin with the first event instead of the next one")
    one.add_argument("--seconds", type=_seconds, metavar="N", help="stop by itself after so many seconds")
    one.add_argument("--show-phi", action="store_true", help="show patients' data; needs --because, recorded")
    asking.acting(one)
    one.set_defaults(run=_tail)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError("a number of seconds above 0")
    return seconds


def event_named(name: str) -> type[Event]:
    """The event whose class has this name. Raises TypeUnknown."""
    by_name = {kind.__name__: kind for kind in EVENTS.values()}
    if name not in by_name:
        near = get_close_matches(name, by_name, n=1)
        raise TypeUnknown(name=name, hint=f" Did you mean {near[0]}?" if near else "")
    return by_name[name]


def _tail(asked: argparse.Namespace) -> int:
    types = {event_named(name.rpartition(".")[2]).__name__ for name in asked.type}
    if asked.show_phi:
        asyncio.run(_record(asked))
    with suppress(TimeoutError, KeyboardInterrupt, BrokenPipeError):
        asyncio.run(asyncio.wait_for(_follow(asked, types), asked.seconds))
    return 0


async def _record(asked: argparse.Namespace) -> None:
    """Keep that somebody looks at patients' data, and why, before anything is shown."""
    asking.require_reason(asked)
    address = setting("DATABASE_URL")
    db = await asyncpg.connect(address, password=password_of(address), timeout=10)
    try:
        act = await operator_acts.begin_act(db, asked.actor, "tail --show-phi", asked.type or ["all"], asked.because)
        await operator_acts.end_act(db, act, 0)
    finally:
        await db.close()


async def _follow(asked: argparse.Namespace, types: set[str]) -> None:
    names = topics.names(os.environ.get("CAREBUS_TOPIC_PREFIX", ""))
    stream = f"patient/{asked.patient}" if asked.patient else None
    async with Reading(brokers(), names) as reading:
        async for record in reading.live(reading.starts if asked.from_first else reading.ends):
            _show(asked, record, types, stream)


def _show(asked: argparse.Namespace, record: Record, types: set[str], stream: str | None) -> None:
    envelope, fault = envelope_of(record.headers, dict(record.headers))
    if envelope is None:
        if not types and not stream:
            _say(asked, {"place": _place(record), "malformed": fault}, f"{_place(record)}  malformed: {fault}")
    elif (not types or _name(envelope) in types) and stream in {None, envelope.subject}:
        body = _body(envelope, record, show_phi=asked.show_phi)
        _say(asked, _about(envelope, record) | {"body": body}, *_lines(envelope, body))


def _say(asked: argparse.Namespace, as_json: dict[str, Any], *lines: str) -> None:
    text = json.dumps(as_json, default=str, ensure_ascii=False) if asked.json else "\n".join(lines)
    print(text, flush=True)


def _about(envelope: Envelope, record: Record) -> dict[str, Any]:
    return {
        "place": _place(record),
        "time": envelope.time.isoformat(),
        "source": envelope.source,
        "type": _name(envelope),
        "stream": envelope.subject,
        "sequence": envelope.sequence,
        "id": str(envelope.id),
        "correlation_id": str(envelope.correlation_id),
    }


def _lines(envelope: Envelope, body: Any) -> list[str]:
    """Two lines of at most eighty columns: what and whose, then what it says, cut."""
    head = (
        f"{envelope.time:%m-%d %H:%M:%S}  {_name(envelope)}  {envelope.source}  {envelope.subject} {envelope.sequence}"
    )
    said = json.dumps(body, ensure_ascii=False, default=str) if isinstance(body, dict) else str(body)
    wide = not sys.stdout.isatty()
    return [head, "    " + (said if wide else said[:76])]


def _body(envelope: Envelope, record: Record, *, show_phi: bool) -> Any:
    kind = EVENTS.get(envelope.type)
    if kind is None:
        return UNKNOWN
    try:
        event = kind.model_validate_json(record.value or b"")
    except ValidationError:
        return "(not what its contract says)"
    return event.model_dump(mode="json") if show_phi else shown(event)


def _name(envelope: Envelope) -> str:
    return envelope.type.rpartition(".")[2]


def _place(record: Record) -> str:
    return f"{record.topic}:{record.partition}:{record.offset}"

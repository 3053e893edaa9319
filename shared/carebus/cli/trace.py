"""`carebus trace`: everything that followed from one request, across topics and services, in order."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from carebus.cli import asking
from carebus.cli.asking import Commands, answer
from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers
from carebus.credentials import password_of
from carebus.kafka import topics
from carebus.kafka.reading import Reading
from carebus.operating.services import brokers, say, setting
from carebus.records import Record
from carebus.storage import operator_acts

_TOLD_EVERY = 100_000
_DEEPEST = 8
"""A longer chain of causes goes on straight down."""


@dataclass(frozen=True, slots=True)
class Found:
    """One event of the trace and where it stands."""

    envelope: Envelope
    record: Record


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "trace",
        "all events of one request, across topics and services, in order",
        "Every event of one correlation id, no effect before its cause. Reads every topic (KAFKA_BOOTSTRAP_SERVERS)"
        " from its first event, so it takes as long as they are. Exit code 1 if none is found.",
        "carebus trace 01890a5d-ac96-774b-bcce-b302099a8057",
        parents=[asking.shared()],
    )
    one.add_argument("correlation_id", type=UUID, help="from a log, or an answer's X-Correlation-Id")
    one.add_argument("--show-phi", action="store_true", help="bodies too; with --because, recorded at DATABASE_URL")
    asking.acting(one)
    one.set_defaults(run=_trace)


def _trace(asked: argparse.Namespace) -> int:
    if asked.show_phi:
        asking.require_reason(asked)
    found = asyncio.run(_traced(asked))
    told = [_about(one, show_phi=asked.show_phi) for one in found]
    lines = _tree(found)
    if asked.show_phi:
        lines += [f"\n{one['event_id']} {one['body']}" for one in told]
    answer(asked, told, lines if told else ["no event of this correlation id is on the topics"])
    return 0 if told else 1


def _tree(found: Sequence[Found]) -> list[str]:
    """A line per event, below what caused it; whose they are is said once, before the first."""
    lines, depth, whose = list[str](), dict[UUID, int](), ""
    for envelope in (one.envelope for one in found):
        depth[envelope.id] = depth.get(envelope.causation_id, -1) + 1
        if envelope.subject != whose:
            lines.append(whose := envelope.subject)
        what = f"{'  ' * min(depth[envelope.id], _DEEPEST)}{_name(envelope)} {envelope.sequence}"
        lines.append(f"  {envelope.time:%Y-%m-%d %H:%M:%S.%f}"[:25] + f"  {envelope.source:<13}  {what}")
    return [*lines, "", "ids, causes and places: --json"]


async def _traced(asked: argparse.Namespace) -> Sequence[Found]:
    found: dict[UUID, Found] = {}
    prefix = os.environ.get("CAREBUS_TOPIC_PREFIX", "")
    wanted, count = str(asked.correlation_id), 0
    async with Reading(brokers(), topics.names(prefix)) as reading:
        async for record in reading.records():
            count += 1
            if count % _TOLD_EVERY == 0:
                say(f"{count} of {reading.size} records read, {len(found)} found")
            headers = read_headers(record.headers)
            if headers.get("ce_correlationid", "").lower() == wanted and (envelope := _envelope(headers)):
                found.setdefault(envelope.id, Found(envelope, record))
    if asked.show_phi and found:
        await _keep_act(asked, len(found))
    return in_order(list(found.values()))


def in_order(found: Sequence[Found]) -> list[Found]:
    """By time, but no effect before its cause and no event before an earlier one of its partition."""
    left = sorted(found, key=lambda one: (one.envelope.time, one.record.timestamp, one.record.offset))
    done: list[Found] = []
    while left:
        ids = {one.envelope.id for one in left}
        ready = next((one for one in left if one.envelope.causation_id not in ids and _first(one, left)), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def _first(one: Found, left: Sequence[Found]) -> bool:
    place = (one.record.topic, one.record.partition)
    return all(
        one.record.offset <= other.record.offset
        for other in left
        if (other.record.topic, other.record.partition) == place
    )


def _envelope(headers: dict[str, str]) -> Envelope | None:
    try:
        return read_envelope(headers)
    except MalformedEnvelope:
        return None


def _name(envelope: Envelope) -> str:
    return envelope.type.rpartition(".")[2]


async def _keep_act(asked: argparse.Namespace, events: int) -> None:
    address = setting("DATABASE_URL")
    db = await asyncpg.connect(address, password=password_of(address), timeout=10)
    try:
        async with db.transaction():
            act = await operator_acts.begin_act(
                db, asked.actor, "trace --show-phi", [str(asked.correlation_id)], asked.because
            )
            await operator_acts.end_act(db, act, events)
    finally:
        await db.close()


def _about(one: Found, *, show_phi: bool) -> dict[str, Any]:
    envelope, record = one.envelope, one.record
    about: dict[str, Any] = {
        "time": envelope.time.isoformat(timespec="milliseconds"),
        "service": envelope.source,
        "type": _name(envelope),
        "stream": envelope.subject,
        "sequence": envelope.sequence,
        "event_id": str(envelope.id),
        "caused_by": str(envelope.causation_id),
        "record": f"{record.topic}:{record.partition}:{record.offset}",
    }
    return about | ({"body": record.value and record.value.decode(errors="replace")} if show_phi else {})

"""What is left of a run: the clients' ledger, both databases, the topic and everything that was logged.

Reads them with nothing of the kit: it must not share the kit's mistakes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

ASKING, ECHO = "asking", "echo"
READ_FOR_S = 60.0
PARTITIONS = 4


@dataclass(frozen=True)
class Command:
    """What a client wanted."""

    key: str
    stream: str
    mark: str
    client: int
    at: float
    spoils: bool = False


@dataclass(frozen=True)
class Told:
    """A row of an outbox."""

    stream: str
    sequence: int
    id: str
    mark: str
    followed: bool = False  # it follows up an effect when its timer is due
    nth: int = 0  # only the later release counts


@dataclass(frozen=True)
class Record:
    """A record of the topic."""

    partition: int
    offset: int
    source: str
    stream: str
    sequence: int
    id: str
    cause: str


@dataclass(frozen=True)
class Effect:
    """A row that one message left, and when its transaction wrote it."""

    entry: str
    at: float = 0.0


@dataclass(frozen=True)
class Move:
    """An offset that was changed."""

    topic: str
    partition: int
    was: int
    became: int


@dataclass
class Kept:
    """What one service's database holds."""

    said: dict[str, list[Effect]] = field(default_factory=dict)
    heard: dict[str, list[Effect]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    told_later: list[Told] = field(default_factory=list)  # of a type that only the later release knows
    counted: dict[str, dict[str, int]] = field(default_factory=dict)  # what it alone keeps: state, stream, number
    parked: list[str] = field(default_factory=list)  # ids of events
    timers: list[str] = field(default_factory=list)  # marks of what is not due yet
    moves: list[Move] = field(default_factory=list)
    repairs: list[Move] = field(default_factory=list)
    unpublished: int = 0


@dataclass
class History:
    """Everything that the checker may look at."""

    commands: list[Command] = field(default_factory=list)
    answers: list[tuple[str, str, float]] = field(default_factory=list)  # key, what was answered, when
    refused: list[int] = field(default_factory=list)
    asking: Kept = field(default_factory=Kept)
    echo: Kept = field(default_factory=Kept)
    records: list[Record] = field(default_factory=list)
    shown: dict[str, bytes] = field(default_factory=dict)  # what anybody may see, by where it was found
    canary: bytes = b"canary"
    losses: set[int] = field(default_factory=set)  # partitions whose log lost its end, by the fault's own doing
    mended: bool = False  # whether an operator mended all that was spoilt, so that nothing may stay in custody
    strangers: set[str] = field(default_factory=set)  # streams that somebody else wrote: judged by who wrote them
    foreign: set[tuple[int, int]] = field(default_factory=set)  # partitions and offsets of somebody else's records


def read_ledger(history: History, file: Path) -> None:
    """Take in the clients' ledger."""
    for text in file.read_text().splitlines():
        line = json.loads(text)
        if line["do"] == "intent":
            of = ("key", "stream", "mark", "client", "at", "spoils")
            history.commands.append(Command(**{name: line[name] for name in of}))
        elif line["do"] == "ack":
            history.answers.append((line["key"], json.dumps(line["answer"]), line["at"]))
        elif line["do"] == "refused":
            history.refused.append(line["status"])


async def read_database(url: str, history: History, name: str) -> Kept:
    """What one service's database holds; what it shows of parked events is kept for the search for canaries."""
    db = await asyncpg.connect(url)
    try:
        parked = [row for row in await db.fetch(_PARKED) if _ours(history, row)]
        history.shown[f"parked in {name}"] = "\n".join(f"{r['rule']} {r['headers']}" for r in parked).encode()
        return Kept(
            said=_by_stream(await db.fetch(_EFFECTS, "said"), history.strangers),
            heard=_by_stream(await db.fetch(_EFFECTS, "heard"), history.strangers),
            told=[_told(row) for row in await db.fetch(_TOLD, False) if row["stream"] not in history.strangers],
            told_later=[_told(row) for row in await db.fetch(_TOLD, True)],
            counted={s: {row[0]: row[1] for row in await db.fetch(_COUNTED.format(s))} for s in ("said", "heard")},
            parked=[row["id"] for row in parked],
            timers=[row["mark"] for row in await db.fetch(_TIMERS)],
            moves=[
                Move(*row) for row in await db.fetch("select topic, part, was, became from offset_move order by id")
            ],
            repairs=[
                Move(*row)
                for row in await db.fetch("select topic, partition, stored_offset, set_to from offset_repair")
            ],
            unpublished=await db.fetchval("select count(*) from outbox_pending"),
        )
    finally:
        await db.close()


_PARKED = """select event_id::text as id, rule, headers::text as headers, stream, partition, record_offset
from parked_event"""
_EFFECTS = "select stream, entry, extract(epoch from at)::float8 as at from effect where log = $1 order by ordinal"
_TOLD = """select stream, sequence, event_id::text as id, body from outbox
where (type = 'org.carebus.CommandCounted') = $1 and stream not like 'audit/%' order by id"""
_COUNTED = "select stream, (doc->>'counted')::int from {} where doc ? 'counted'"

_TIMERS = "select body ->> 'mark' as mark from timer where due_at > clock_timestamp()"


def _told(row: Any) -> Told:
    body = json.loads(row["body"])
    followed = body.get("ruleset") == "follow-up"
    return Told(row["stream"], row["sequence"], row["id"], body["referral_id"], followed, body.get("nth", 0))


def _ours(history: History, row: Any) -> bool:
    return row["stream"] not in history.strangers and (row["partition"], row["record_offset"]) not in history.foreign


def _by_stream(rows: Sequence[Any], strangers: set[str]) -> dict[str, list[Effect]]:
    found: dict[str, list[Effect]] = {}
    for row in rows:
        if row["stream"] in strangers:
            continue
        found.setdefault(row["stream"], []).append(Effect(row["entry"], row["at"]))
    return found


def of_later_types(history: History) -> dict[str, int]:
    """How many events of a type that the first release does not know were told, and passed over by each service."""
    told = len(history.asking.told_later)
    found = {"events of a new type told": told} if told else {}
    for name, kept in ((ASKING, history.asking), (ECHO, history.echo)):
        parked = {event.id for event in history.asking.told_later} & set(kept.parked)
        heard = sum(effect.entry.startswith("counted") for effects in kept.heard.values() for effect in effects)
        if told:
            found[f"of them passed over by {name}"] = told - heard - len(parked)
    return found


async def read_topic(history: History, bootstrap: str, topic: str) -> None:
    """Take in every record, and what keys and headers show."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    shown = []
    try:
        parts = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        consumer.assign(parts)
        ends, deadline = await consumer.end_offsets(parts), time.monotonic() + READ_FOR_S
        while any([await consumer.position(tp) < ends[tp] for tp in parts]) and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if _is_foreign(history, record):
                        continue
                    shown.append(repr((record.key, record.headers)).encode())
                    history.records.append(_record(record))
    finally:
        await consumer.stop()
    history.shown["keys and headers"] = b"\n".join(shown)


def _is_foreign(history: History, record: Any) -> bool:
    if (record.partition, record.offset) in history.foreign:
        return True
    return dict(record.headers)["ce_subject"].decode() in history.strangers


def _record(record: Any) -> Record:
    at = {name: value.decode() for name, value in record.headers}
    return Record(
        partition=record.partition,
        offset=record.offset,
        source=at["ce_source"],
        stream=at["ce_subject"],
        sequence=int(at["ce_sequence"]),
        id=at["ce_id"],
        cause=at["ce_causationid"],
    )


def read_logs(history: History, folders: Sequence[Path]) -> None:
    """Take in what the processes and the servers logged."""
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and (file.suffix == ".out" or file.name == "log"):
                history.shown[str(file.relative_to(folder))] = file.read_bytes()

"""What each of the kit's statements does, in Python: the meaning that the real PostgreSQL gives to the same text.

`test_honesty.py` compares the two. A statement that is not here is refused, so the kit cannot outgrow this unnoticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from carebus import batch, commands, offsets, outbox, parked, streams, timers, witness
from carebus.states import Documents
from tests.simulation.postgres import Row, Statement, Steps, Transaction

EPOCH = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
PARKED = ("topic", "partition", "record_offset", "stream", "source", "sequence", "type", "event_id", "correlation_id",
          "key", "headers", "body", "reason", "rule")  # fmt: skip
TIMER = ("stream", "name", "id", "due_at", "kind", "body", "correlation_id", "actor", "traceparent")
OUTBOX = ("stream", "sequence", "event_id", "type", "topic", "key", "headers", "body")


def lock_streams(tx: Transaction, wanted: Sequence[str]) -> Steps:
    for stream in sorted(wanted):
        yield "stream", (stream,)
        row = tx.get("stream", (stream,)) or {"stream": stream, "next_sequence": 1}
        tx.put("stream", (stream,), row)
    return f"INSERT 0 {len(wanted)}"


def read_streams(tx: Transaction, wanted: Sequence[str]) -> list[Row]:
    found = (tx.get("stream", (stream,)) for stream in wanted)
    return [row for row in found if row]


def advance_streams(tx: Transaction, wanted: Sequence[str], following: Sequence[int]) -> Steps:
    for stream, sequence in zip(wanted, following, strict=True):
        yield "stream", (stream,)
        tx.put("stream", (stream,), {"stream": stream, "next_sequence": sequence})
    return f"UPDATE {len(wanted)}"


def read_marks(tx: Transaction, sources: Sequence[str], wanted: Sequence[str]) -> list[Row]:
    found = (tx.get("mark", pair) for pair in zip(sources, wanted, strict=True))
    return [row for row in found if row]


def save_marks(tx: Transaction, sources: Sequence[str], wanted: Sequence[str], last: Sequence[int]) -> Steps:
    for source, stream, sequence in zip(sources, wanted, last, strict=True):
        yield "mark", (source, stream)
        tx.put("mark", (source, stream), {"source": source, "stream": stream, "last_sequence": sequence})
    return f"INSERT 0 {len(last)}"


def write_outbox(tx: Transaction, *columns: Sequence[Any]) -> str:
    told_at = EPOCH + timedelta(seconds=tx.server.loop.time())
    for row in zip(*columns, strict=True):
        drawn = tx.server.draw_id()
        tx.put("outbox", (drawn,), {"id": drawn, "told_at": told_at, **dict(zip(OUTBOX, row, strict=True))})
        tx.put("outbox_pending", (drawn,), {"id": drawn, "told_at": told_at})
    return f"INSERT 0 {len(columns[0])}"


def read_pending(tx: Transaction, limit: int) -> list[Row]:
    found = (tx.get("outbox", key) for key in sorted(tx.rows("outbox_pending"))[:limit])
    return [row for row in found if row]


def forget_pending(tx: Transaction, ids: Sequence[int]) -> Steps:
    return _delete(tx, "outbox_pending", [(one,) for one in ids])


def read_offsets(tx: Transaction, topics: Sequence[str], partitions: Sequence[int]) -> list[Row]:
    found = (tx.get("consumer_offset", part) for part in zip(topics, partitions, strict=True))
    return [row for row in found if row]


def begin_offset(tx: Transaction, topic: str, partition: int, offset: int) -> Steps:
    yield "consumer_offset", (topic, partition)
    if tx.get("consumer_offset", (topic, partition)):
        return "INSERT 0 0"
    _put_offset(tx, topic, partition, offset)
    return "INSERT 0 1"


def move_offsets(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    moved = 0
    for topic, partition, before, after in zip(*columns, strict=True):
        if _stands_at(tx, topic, partition, before):
            yield "consumer_offset", (topic, partition)
            if _stands_at(tx, topic, partition, before):
                _put_offset(tx, topic, partition, after)
                moved += 1
    return f"UPDATE {moved}"


def repair_offset(tx: Transaction, topic: str, partition: int, stored: int, log_end: int, set_to: int) -> Steps:
    if not _stands_at(tx, topic, partition, stored):
        return []
    yield "consumer_offset", (topic, partition)
    if not _stands_at(tx, topic, partition, stored):
        return []
    _put_offset(tx, topic, partition, set_to)
    row = {"topic": topic, "partition": partition, "stored_offset": stored, "log_end": log_end, "set_to": set_to}
    repair = tx.server.draw_id()
    tx.put("offset_repair", (repair,), row)
    return [{"id": repair}]


def _stands_at(tx: Transaction, topic: str, partition: int, offset: int) -> bool:
    row = tx.get("consumer_offset", (topic, partition))
    return row is not None and row["next_offset"] == offset


def _put_offset(tx: Transaction, topic: str, partition: int, offset: int) -> None:
    row = {"topic": topic, "partition": partition, "next_offset": offset}
    tx.put("consumer_offset", (topic, partition), row)


def park_events(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    done = 0
    for values in zip(*columns, strict=True):
        row = {**dict(zip(PARKED, values, strict=True)), "attempts": 1}
        place = (row["source"], row["stream"], row["sequence"])
        yield "parked_event", values[:3]
        yield "parked_event", place
        if values[:3] not in tx.rows("parked_event") and not _in_custody(tx, place):
            tx.put("parked_event", values[:3], row)
            done += 1
    return f"INSERT 0 {done}"


def set_apart(tx: Transaction, topic: str, partition: int, repair: int) -> Steps:
    rows = tx.rows("parked_event")
    keys = [key for key in rows if key[:2] == (topic, partition) and key[2] >= 0]
    for key in keys:
        yield "parked_event", key
        offset = key[2] - repair * 10**12
        tx.put("parked_event", key, None)
        tx.put("parked_event", (topic, partition, offset), {**rows[key], "record_offset": offset})
    return f"UPDATE {len(keys)}"


def keep_witness(tx: Transaction, reader: str, *columns: Sequence[Any]) -> Steps:
    for topic, partition, offset, event_id in zip(*columns, strict=True):
        yield "witness", (reader, topic, partition)
        tx.put("witness", (reader, topic, partition), {"record_offset": offset, "event_id": event_id})
    return f"INSERT 0 {len(columns[0])}"


def end_gaps(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    done = 0
    for source, stream, sequence, reason, rule in zip(*columns, strict=True):
        for key, row in tx.rows("parked_event").items():
            at = (row["source"], row["stream"], row["sequence"])
            if at == (source, stream, sequence) and row["reason"] == "gap":
                yield "parked_event", key
                tx.put("parked_event", key, {**row, "reason": reason, "rule": rule})
                done += 1
    return f"UPDATE {done}"


def _in_custody(tx: Transaction, place: tuple[Any, ...]) -> bool:
    rows = tx.rows("parked_event").values()
    return None not in place and any((row["source"], row["stream"], row["sequence"]) == place for row in rows)


def read_blocked(tx: Transaction, wanted: Sequence[str]) -> list[Row]:
    found = {(r["stream"], r["source"], r["reason"]) for r in _parked(tx) if r["stream"] in wanted}
    return [{"stream": stream, "source": source, "reason": reason} for stream, source, reason in sorted(found)]


def read_of_stream(tx: Transaction, stream: str, limit: int) -> list[Row]:
    rows = [row for row in _parked(tx) if row["stream"] == stream]

    def turn(row: Row) -> tuple[Any, ...]:
        later = [
            r["record_offset"]
            for r in rows
            if (r["topic"], r["partition"], r["source"]) == (row["topic"], row["partition"], row["source"])
            and r["sequence"] >= row["sequence"]
        ]
        return row["topic"], row["partition"], min(later), row["sequence"]

    return sorted(rows, key=turn)[:limit]


def read_stream_of(tx: Transaction, *place: Any) -> list[Row]:
    row = tx.get("parked_event", place)
    return [{"stream": row["stream"]}] if row else []


def release(tx: Transaction, *place: Any) -> Steps:
    return _delete(tx, "parked_event", [place])


def fail_again(tx: Transaction, topic: str, partition: int, offset: int, reason: str, rule: str) -> Steps:
    key = (topic, partition, offset)
    yield "parked_event", key
    row = tx.get("parked_event", key)
    if row is None:
        return "UPDATE 0"
    tx.put("parked_event", key, {**row, "reason": reason, "rule": rule, "attempts": row["attempts"] + 1})
    return "UPDATE 1"


def read_only_waiting(tx: Transaction, reasons: Sequence[str], limit: int) -> list[Row]:
    waits: dict[str, bool] = {}
    for row in _parked(tx):
        if row["stream"] is not None:
            waits[row["stream"]] = waits.get(row["stream"], True) and row["reason"] in reasons
    found = sorted(stream for stream, only in waits.items() if only)
    tx.server.loop.chance.shuffle(found)
    return [{"stream": stream} for stream in found[:limit]]


def _parked(tx: Transaction) -> list[Row]:
    return list(tx.rows("parked_event").values())


def claim_command(tx: Transaction, key: str, fingerprint: bytes) -> Steps:
    yield "command", (key,)
    if tx.get("command", (key,)):
        return []
    tx.put("command", (key,), {"key": key, "fingerprint": fingerprint, "status": 0, "answer": None})
    return [{"key": key}]


def read_command(tx: Transaction, key: str) -> list[Row]:
    row = tx.get("command", (key,))
    return [row] if row else []


def answer_command(tx: Transaction, key: str, status: int, answer: str) -> Steps:
    yield "command", (key,)
    tx.put("command", (key,), {**(tx.get("command", (key,)) or {}), "status": status, "answer": answer})
    return "UPDATE 1"


def set_timers(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    for values in zip(*columns, strict=True):
        yield "timer", values[:2]
        tx.put("timer", values[:2], {**dict(zip(TIMER, values, strict=True)), "failed": None})
    return f"INSERT 0 {len(columns[0])}"


def cancel_timers(tx: Transaction, of: Sequence[str], names: Sequence[str]) -> Steps:
    return _delete(tx, "timer", list(zip(of, names, strict=True)))


def peek_timers(tx: Transaction, now: datetime, kinds: Sequence[str], limit: int) -> list[Row]:
    held = {row["stream"] for row in _parked(tx)}
    due = [
        row
        for row in tx.rows("timer").values()
        if row["due_at"] <= now and row["failed"] is None and row["kind"] in kinds and row["stream"] not in held
    ]
    return sorted(due, key=lambda row: (row["due_at"], row["stream"]))[:limit]


def take_timers(tx: Transaction, of: Sequence[str], names: Sequence[str], now: datetime) -> Steps:
    held = {row["stream"] for row in _parked(tx)}
    taken = []
    for key in zip(of, names, strict=True):
        if tx.get("timer", key) and key[0] not in held:
            yield "timer", key
            row = tx.get("timer", key)
            if row and row["due_at"] <= now:
                tx.put("timer", key, None)
                taken.append(row)
    return taken


def fail_timer(tx: Transaction, stream: str, name: str, id_: UUID, rule: str) -> Steps:
    yield "timer", (stream, name)
    row = tx.get("timer", (stream, name))
    if row is None or row["id"] != id_:
        return "UPDATE 0"
    tx.put("timer", (stream, name), {**row, "failed": rule})
    return "UPDATE 1"


def _delete(tx: Transaction, table: str, keys: Sequence[tuple[Any, ...]]) -> Steps:
    gone = 0
    for key in keys:
        if tx.get(table, key):
            yield table, key
            if tx.get(table, key):
                tx.put(table, key, None)
                gone += 1
    return f"DELETE {gone}"


def documents(table: str, of: Documents[Any], refuses: str | None = None) -> dict[str, Statement]:
    """The two statements of a state's table; a document that holds `refuses` breaks its check."""

    def load(tx: Transaction, wanted: Sequence[str]) -> list[Row]:
        found = (tx.get(table, (stream,)) for stream in wanted)
        return [row for row in found if row]

    def save(tx: Transaction, wanted: Sequence[str], docs: Sequence[str]) -> Steps:
        for stream, doc in zip(wanted, docs, strict=True):
            if refuses and refuses in doc:
                raise asyncpg.CheckViolationError("violates a check")
            yield table, (stream,)
            tx.put(table, (stream,), {"stream": stream, "doc": doc})
        return f"INSERT 0 {len(docs)}"

    return {of._load: load, of._save: save}


def _nothing(tx: Transaction, *args: Any) -> list[Row]:
    return [{"one": 1}]


KIT: dict[str, Statement] = {
    streams._LOCK: lock_streams,
    streams._NEXT: read_streams,
    streams._ADVANCE: advance_streams,
    streams._MARKS: read_marks,
    streams._SET_MARKS: save_marks,
    outbox._WRITE: write_outbox,
    outbox._PENDING: read_pending,
    "delete from outbox_pending where id = any($1::bigint[])": forget_pending,
    offsets._READ: read_offsets,
    offsets._BEGIN: begin_offset,
    offsets._MOVE: move_offsets,
    offsets._REPAIR: repair_offset,
    parked._PARK: park_events,
    parked._NO_LONGER_GAP: end_gaps,
    parked._SET_APART: set_apart,
    witness._KEEP: keep_witness,
    parked._BLOCKED: read_blocked,
    parked._OF_STREAM: read_of_stream,
    "select stream from parked_event where topic = $1 and partition = $2 and record_offset = $3": read_stream_of,
    "delete from parked_event where topic = $1 and partition = $2 and record_offset = $3": release,
    "update parked_event set reason = $4, rule = $5, attempts = attempts + 1"
    " where topic = $1 and partition = $2 and record_offset = $3": fail_again,
    "select stream from parked_event where stream is not null group by stream"
    " having bool_and(reason = any($1::text[])) order by random() limit $2": read_only_waiting,
    commands._CLAIM: claim_command,
    commands._ANSWERED: read_command,
    commands._ANSWER: answer_command,
    timers._SET: set_timers,
    timers._CANCEL: cancel_timers,
    timers._PEEK: peek_timers,
    timers._TAKE: take_timers,
    "update timer set failed = $4 where stream = $1 and name = $2 and id = $3": fail_timer,
    batch._CHECK_NOW: _nothing,
    "select 1": _nothing,
}

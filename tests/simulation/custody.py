"""What the statements about parked events and timers do, in Python: see `statements`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from carebus.storage import parked, timers
from tests.simulation.postgres import Row, Statement, Steps, Transaction

PARKED = ("topic", "partition", "record_offset", "stream", "source", "sequence", "type", "event_id", "correlation_id",
          "key", "headers", "body", "reason", "rule")  # fmt: skip
TIMER = ("stream", "name", "id", "due_at", "kind", "body", "correlation_id", "actor", "traceparent")


def park_events(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    done = 0
    for values in zip(*columns, strict=True):
        row = {**dict(zip(PARKED, values, strict=True)), "attempts": 1}
        place = (row["source"], row["stream"], row["sequence"], row["event_id"])
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
        offset = key[2] - (10**6 - repair) * 10**12
        tx.put("parked_event", key, None)
        tx.put("parked_event", (topic, partition, offset), {**rows[key], "record_offset": offset})
    return f"UPDATE {len(keys)}"


def end_gaps(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    done = 0
    for source, stream, sequence, event_id, reason, rule in zip(*columns, strict=True):
        for key, row in tx.rows("parked_event").items():
            at = (row["source"], row["stream"], row["sequence"], row["event_id"])
            if at == (source, stream, sequence, event_id) and row["reason"] == "gap":
                yield "parked_event", key
                tx.put("parked_event", key, {**row, "reason": reason, "rule": rule})
                done += 1
    return f"UPDATE {done}"


def _in_custody(tx: Transaction, place: tuple[Any, ...]) -> bool:
    rows = tx.rows("parked_event").values()
    return None not in place and any(
        (row["source"], row["stream"], row["sequence"], row["event_id"]) == place for row in rows
    )


def read_blocked(tx: Transaction, joined: str) -> list[Row]:
    wanted = joined.split("\x1f")
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


def read_first_of_source(tx: Transaction, stream: str, source: str, sequence: int) -> list[Row]:
    rows = [row for row in _parked(tx) if (row["stream"], row["source"]) == (stream, source)]
    return sorted((row for row in rows if row["sequence"] <= sequence), key=lambda row: row["sequence"])[:1]


def read_stream_of(tx: Transaction, *place: Any) -> list[Row]:
    row = tx.get("parked_event", place)
    return [{"stream": row["stream"]}] if row else []


def release(tx: Transaction, *place: Any) -> Steps:
    return delete(tx, "parked_event", [place])


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


def set_timers(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    for values in zip(*columns, strict=True):
        yield "timer", values[:2]
        tx.put("timer", values[:2], {**dict(zip(TIMER, values, strict=True)), "failed": None})
    return f"INSERT 0 {len(columns[0])}"


def cancel_timers(tx: Transaction, of: Sequence[str], names: Sequence[str]) -> Steps:
    return delete(tx, "timer", list(zip(of, names, strict=True)))


def peek_timers(tx: Transaction, now: datetime, kinds: Sequence[str], limit: int) -> list[Row]:
    held = {row["stream"] for row in _parked(tx)}
    due = [
        row
        for row in tx.rows("timer").values()
        if row["due_at"] <= now and row["failed"] is None and row["kind"] in kinds and row["stream"] not in held
    ]
    return sorted(due, key=lambda row: (row["due_at"], row["stream"], row["name"]))[:limit]


def first_timer(tx: Transaction, kinds: Sequence[str]) -> list[Row]:
    first = peek_timers(tx, datetime.max.replace(tzinfo=UTC), kinds, 1)
    return [{"due_at": row["due_at"]} for row in first]


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


def delete(tx: Transaction, table: str, keys: Sequence[tuple[Any, ...]]) -> Steps:
    """Take out those that are there."""
    gone = 0
    for key in keys:
        if tx.get(table, key):
            yield table, key
            if tx.get(table, key):
                tx.put(table, key, None)
                gone += 1
    return f"DELETE {gone}"


CUSTODY: dict[str, Statement] = {
    parked._PARK: park_events,
    parked._NO_LONGER_GAP: end_gaps,
    parked._SET_APART: set_apart,
    parked._BLOCKED: read_blocked,
    parked._OF_STREAM: read_of_stream,
    parked._FIRST_OF_SOURCE: read_first_of_source,
    "select stream from parked_event where topic = $1 and partition = $2 and record_offset = $3": read_stream_of,
    "delete from parked_event where topic = $1 and partition = $2 and record_offset = $3": release,
    "update parked_event set reason = $4, rule = $5, attempts = attempts + 1"
    " where topic = $1 and partition = $2 and record_offset = $3": fail_again,
    "select stream from parked_event where stream is not null group by stream"
    " having bool_and(reason = any($1::text[])) order by random() limit $2": read_only_waiting,
}
TIMERS: dict[str, Statement] = {
    timers._SET: set_timers,
    timers._CANCEL: cancel_timers,
    timers._PEEK: peek_timers,
    timers._FIRST: first_timer,
    timers._TAKE: take_timers,
    "update timer set failed = $4 where stream = $1 and name = $2 and id = $3": fail_timer,
}

"""What each of the kit's statements does, in Python: the meaning that the real PostgreSQL gives to the same text.

`test_honesty.py` compares the two. A statement that is not here is refused, so the kit cannot outgrow this unnoticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg

from carebus.storage import answers, database, holes, offsets, outbox, streams, watermarks
from carebus.storage.states import Documents
from tests.simulation.custody import CUSTODY, TIMERS, delete
from tests.simulation.postgres import Row, Statement, Steps, Transaction

EPOCH = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
OUTBOX = ("stream", "sequence", "event_id", "type", "topic", "key", "headers", "body")


def texts(joined: str) -> list[str]:
    """What `string_to_array` makes of the kit's joined texts."""
    return joined.split("\x1f") if joined else []


def lock_streams(tx: Transaction, wanted: str) -> Steps:
    found = []
    for stream in sorted(texts(wanted)):
        if tx.get("stream", (stream,)):
            yield "stream", (stream,)
            found.append({**(tx.get("stream", (stream,)) or {}), "adopted": None, "older": False, "began_at": None})
    return found


def begin_streams(tx: Transaction, wanted: str) -> Steps:
    begun = []
    for stream in sorted(texts(wanted)):
        yield "stream", (stream,)
        if not tx.get("stream", (stream,)):
            tx.put("stream", (stream,), {"stream": stream, "next_sequence": 1})
            begun.append({"stream": stream, "next_sequence": 1, "adopted": None, "older": False, "began_at": None})
    return begun


def read_marks(tx: Transaction, sources: Sequence[str], wanted: str) -> list[Row]:
    found = (tx.get("mark", (source, stream)) for source in sources for stream in texts(wanted))
    return [row for row in found if row]


def save_marks(tx: Transaction, sources: str, wanted: str, last: Sequence[int], packed: str) -> Steps:
    for source, stream, sequence, recent in zip(texts(sources), texts(wanted), last, texts(packed), strict=True):
        yield "mark", (source, stream)
        row = {"source": source, "stream": stream, "last_sequence": sequence, "recent": bytes.fromhex(recent)}
        tx.put("mark", (source, stream), row)
    return f"INSERT 0 {len(last)}"


def write_outbox(tx: Transaction, *columns: Sequence[Any]) -> Steps:
    told_at = EPOCH + timedelta(seconds=tx.server.loop.time())
    stream, sequence, event_id, type_, topic, key, headers, body = (
        texts(column) if isinstance(column, str) else column for column in columns
    )
    keys, bodies = [one.encode() for one in key], [one.encode() for one in body]
    for row in zip(stream, sequence, event_id, type_, topic, keys, headers, bodies, strict=True):
        drawn = tx.server.draw_id()
        tx.put("outbox", (drawn,), {"id": drawn, "told_at": told_at, **dict(zip(OUTBOX, row, strict=True))})
        tx.put("outbox_pending", (drawn,), {"id": drawn, "told_at": told_at})
    for name, of in groupby(sorted(zip(stream, sequence, strict=True)), key=itemgetter(0)):
        if tx.get("stream", (name,)):
            yield "stream", (name,)
            tx.put("stream", (name,), {"stream": name, "next_sequence": max(last for _, last in of) + 1})
    return f"INSERT 0 {len(bodies)}"


def read_pending(tx: Transaction, limit: int) -> list[Row]:
    found = (tx.get("outbox", key) for key in sorted(tx.rows("outbox_pending"))[:limit])
    return [row for row in found if row]


def forget_pending(tx: Transaction, ids: Sequence[int], *seen: Any) -> Steps:
    yield from keep_places(tx, *seen)
    return (yield from delete(tx, "outbox_pending", [(one,) for one in ids]))


def read_offsets(tx: Transaction, topics: Sequence[str], partitions: Sequence[int]) -> list[Row]:
    found = (tx.get("consumer_offset", part) for part in zip(topics, partitions, strict=True))
    return [row for row in found if row]


def began_offsets(tx: Transaction, topics: Sequence[str], partitions: Sequence[int], _: Sequence[int]) -> list[Row]:
    """Nothing here is of an earlier release, so there is nothing to settle."""
    parts = zip(topics, partitions, strict=True)
    return [{"topic": t, "partition": p, "began_at": 0} for t, p in parts if tx.get("consumer_offset", (t, p))]


def begin_offset(tx: Transaction, topic: str, partition: int, offset: int, _: int) -> Steps:
    yield "consumer_offset", (topic, partition)
    if tx.get("consumer_offset", (topic, partition)):
        return "INSERT 0 0"
    _put_offset(tx, topic, partition, offset)
    return "INSERT 0 1"


def move_offsets(tx: Transaction, *columns: Any) -> Steps:
    moved = 0
    yield from keep_places(tx, *columns[4:])
    for topic, partition, before, after in zip(*columns[:4], strict=True):
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


def keep_places(tx: Transaction, reader: str, *columns: Sequence[Any]) -> Steps:
    for topic, partition, offset, event_id in zip(*columns, strict=True):
        yield "witness", (reader, topic, partition)
        tx.put("witness", (reader, topic, partition), {"record_offset": offset, "event_id": event_id})


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


def documents(table: str, of: Documents[Any], refuses: str | None = None) -> dict[str, Statement]:
    """The two statements of a state's table; a document that holds `refuses` breaks its check."""

    def load(tx: Transaction, wanted: str) -> list[Row]:
        found = (tx.get(table, (stream,)) for stream in texts(wanted))
        return [row for row in found if row]

    def save(tx: Transaction, wanted: str, docs: str) -> Steps:
        for stream, doc in zip(texts(wanted), texts(docs), strict=True):
            if refuses and refuses in doc:
                raise asyncpg.CheckViolationError("violates a check")
            yield table, (stream,)
            tx.put(table, (stream,), {"stream": stream, "doc": doc})
        return f"INSERT 0 {len(texts(docs))}"

    return {of._load: load, of._save: save}


def no_holes(tx: Transaction) -> list[Row]:
    """The logs here lose their ends and never their beginnings."""
    return []


def _nothing(tx: Transaction, *args: Any) -> list[Row]:
    return [{"one": 1}]


KIT: dict[str, Statement] = {
    **CUSTODY,
    **TIMERS,
    streams._LOCK: lock_streams,
    streams._BEGIN: begin_streams,
    watermarks._MARKS: read_marks,
    watermarks._SET_MARKS: save_marks,
    outbox._WRITE: write_outbox,
    outbox._PENDING: read_pending,
    outbox._FORGET: forget_pending,
    offsets._READ: read_offsets,
    offsets._BEGIN: begin_offset,
    offsets._BEGAN: began_offsets,
    offsets._MOVE: move_offsets,
    holes._WAITING: no_holes,
    offsets._REPAIR: repair_offset,
    answers._CLAIM: claim_command,
    answers._ANSWERED: read_command,
    answers._ANSWER: answer_command,
    database._CHECK_NOW: _nothing,
    "select 1": _nothing,
}

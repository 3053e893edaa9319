"""Calls as documents, and as rows for the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from carebus.contracts.event import Stream, Subject, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.line.domain.calls import Call
from services.line.domain.calls.telephone import ABANDONED

MOST = 200
_SAVE = """
insert into call_row select * from jsonb_populate_recordset(null::call_row, $1::jsonb)
on conflict (call_id) do update set
    came_at = excluded.came_at, status = excluded.status, from_number = excluded.from_number, nurse = excluded.nurse,
    nurse_account = excluded.nurse_account, patient_id = excluded.patient_id, caller_name = excluded.caller_name,
    next_due_at = excluded.next_due_at, promises_open = excluded.promises_open, paged = excluded.paged,
    disposition = excluded.disposition, closed_at = excluded.closed_at
"""
_OPEN = f"""
select c.*, s.doc #>> '{{person,given_name}}' as given_name, s.doc #>> '{{person,family_name}}' as family_name
from call_row as c left join sheet as s on s.stream = 'patient/' || c.patient_id
where c.closed_at is null and (c.status <> 'abandoned' or c.promises_open > 0 or c.came_at > $1)
order by c.next_due_at nulls last, c.came_at limit {MOST}
"""
_CLOSED = """
select c.*, s.doc #>> '{person,given_name}' as given_name, s.doc #>> '{person,family_name}' as family_name
from call_row as c left join sheet as s on s.stream = 'patient/' || c.patient_id
where c.closed_at is not null order by c.closed_at desc limit $1
"""
_OF_NUMBER = """
select call_id, came_at, disposition, patient_id from call_row
where from_number <> '' and from_number = $1 and call_id <> $2 order by came_at desc limit 5
"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as the board lists it. patient: the name of whom it is about, where that is known."""

    call_id: UUID
    came_at: datetime
    status: str
    from_number: str
    nurse: str
    nurse_account: str
    patient_id: UUID | None
    patient: str
    caller_name: str
    next_due_at: datetime | None
    promises_open: int
    paged: str
    disposition: str
    closed_at: datetime | None


async def save_rows(db: Connection, states: Mapping[Stream, Call]) -> None:
    """What the board lists of these calls."""
    rows = [_row(UUID(subject_id(stream)), call) for stream, call in states.items() if call.is_known]
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())


CALLS = Documents("call", Call, rows=save_rows)


def call_stream(call_id: UUID) -> Stream:
    """A call's own journal."""
    return Subject.CALL.stream(call_id)


async def call_of(db: Connection, call_id: UUID) -> Call | None:
    """What is known of a call; None when there is none."""
    stream = call_stream(call_id)
    found = (await CALLS.load(db, [stream])).get(stream)
    return found if found and found.is_known else None


async def open_calls(db: Connection, abandoned_since: datetime) -> list[CallRow]:
    """What is to be done, the promise that is due first at the head; abandoned calls only of late."""
    return [_of(row) for row in await db.fetch(_OPEN, abandoned_since)]


async def closed_calls(db: Connection, limit: int) -> list[CallRow]:
    """The calls that were closed last."""
    return [_of(row) for row in await db.fetch(_CLOSED, limit)]


async def of_number(db: Connection, number: str, but: UUID) -> Sequence[dict[str, Any]]:
    """Earlier calls from the same number."""
    return [dict(row) for row in await db.fetch(_OF_NUMBER, number, but)]


def _of(row: Record) -> CallRow:
    kept = {name: row[name] for name in CallRow.__slots__ if name != "patient"}
    name = " ".join(filter(None, (row["given_name"], row["family_name"])))
    return CallRow(**kept, patient=name)


def _row(call_id: UUID, call: Call) -> dict[str, Any]:
    page = call.page if call.waits_for_page else None
    return {
        "call_id": call_id,
        "came_at": call.came_at,
        "status": status_of(call),
        "from_number": call.from_number,
        "nurse": call.nurse.name if call.nurse else call.agent,
        "nurse_account": call.nurse.account if call.nurse else "",
        "patient_id": call.patient_id,
        "caller_name": call.caller_name,
        "next_due_at": min((one.due_at for one in call.open_promises), default=None),
        "promises_open": len(call.open_promises),
        "paged": page.asked.name if page else "",
        "disposition": call.triage.disposition if call.triage else "",
        "closed_at": call.closed_at,
    }


def status_of(call: Call) -> str:
    """How a call stands, in one word."""
    if call.closed_at:
        return "closed"
    if ABANDONED in call.told:
        return "abandoned"
    if call.nurse or call.answered_at:
        return "answered"
    return "waiting" if call.ended_at else "ringing"

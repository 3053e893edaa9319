"""Calls as documents, and as rows for the board."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from carebus.contracts.event import Stream, Subject, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from carebus.web.waiting import Stands
from services.line.domain.calls import Call, Page, Promise
from services.line.domain.calls.telephone import ABANDONED

MOST = 200
_SAVE = """
insert into call_row select * from jsonb_populate_recordset(null::call_row, $1::jsonb)
on conflict (call_id) do update set
    came_at = excluded.came_at, status = excluded.status, from_number = excluded.from_number, nurse = excluded.nurse,
    nurse_account = excluded.nurse_account, patient_id = excluded.patient_id, caller_name = excluded.caller_name,
    next_due_at = excluded.next_due_at, promises_open = excluded.promises_open, paged = excluded.paged,
    disposition = excluded.disposition, closed_at = excluded.closed_at, paged_since = excluded.paged_since,
    paged_last = excluded.paged_last
"""
_OPEN = f"""
select c.*, s.doc #>> '{{person,given_name}}' as given_name, s.doc #>> '{{person,family_name}}' as family_name
from call_row as c left join sheet as s on s.stream = 'patient/' || c.patient_id
where c.closed_at is null
  and (c.status <> 'abandoned' or c.promises_open > 0 or c.paged <> '' or c.nurse_account <> '' or c.came_at > $1)
order by c.next_due_at nulls last, c.came_at limit {MOST}
"""
_CLOSED = """
select c.*, s.doc #>> '{person,given_name}' as given_name, s.doc #>> '{person,family_name}' as family_name
from call_row as c left join sheet as s on s.stream = 'patient/' || c.patient_id
where c.closed_at is not null order by c.closed_at desc limit $1
"""
_FORGET_PROMISES = "delete from promise_row where call_id = any($1::uuid[])"
_SAVE_PROMISES = "insert into promise_row select * from jsonb_populate_recordset(null::promise_row, $1::jsonb)"
_PROMISES = f"""
select p.*, c.caller_name, c.from_number, c.patient_id from promise_row as p join call_row as c using (call_id)
order by p.due_at, p.promise_id limit {MOST}
"""
_SAVE_LINKS = """
insert into page_link select * from jsonb_populate_recordset(null::page_link, $1::jsonb) on conflict do nothing
"""
_LINK = "select call_id, page_id, name, asked_at from page_link where link_id = $1"
_UNTAKEN = """
select count(*) as many, coalesce(extract(epoch from $1 - min(paged_since)), 0)::float8 as age_seconds,
       count(*) filter (where paged_last) as late
from call_row where paged <> '' and closed_at is null
"""


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise that is open. name: who keeps it."""

    promise_id: UUID
    call_id: UUID
    account: str
    name: str
    due_at: datetime
    caller_name: str
    from_number: str
    patient_id: UUID | None


@dataclass(frozen=True, slots=True)
class PageLink:
    """What the private link of a page leads to. name: who was asked."""

    call_id: UUID
    page_id: UUID
    name: str
    asked_at: datetime


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
    await _save_promises(db, states)
    if links := [_link(stream, call.page) for stream, call in states.items() if call.page and call.page.asked.email]:
        await db.execute(_SAVE_LINKS, orjson.dumps(links).decode())


async def _save_promises(db: Connection, states: Mapping[Stream, Call]) -> None:
    with_any = {UUID(subject_id(stream)): call for stream, call in states.items() if call.promises}
    if not with_any:
        return
    rows = [_promise(call_id, one) for call_id, call in with_any.items() for one in call.open_promises]
    await db.execute(_FORGET_PROMISES, list(with_any))
    await db.execute(_SAVE_PROMISES, orjson.dumps(rows).decode())


CALLS = Documents("call", Call, rows=save_rows)


def call_stream(call_id: UUID) -> Stream:
    """A call's own journal."""
    return Subject.CALL.stream(call_id)


async def call_of(db: Connection, call_id: UUID) -> Call | None:
    """What is known of a call; None when there is none."""
    found = await CALLS.one(db, call_stream(call_id))
    return found if found and found.is_known else None


async def open_calls(db: Connection, abandoned_since: datetime) -> list[CallRow]:
    """What is to be done, the promise that is due first at the head; abandoned calls that nobody took only of late."""
    return [_of(row) for row in await db.fetch(_OPEN, abandoned_since)]


async def closed_calls(db: Connection, limit: int) -> list[CallRow]:
    """The calls that were closed last."""
    return [_of(row) for row in await db.fetch(_CLOSED, limit)]


async def open_promises(db: Connection) -> list[PromiseRow]:
    """What is promised and not kept, the first to be due first."""
    return [PromiseRow(*(row[name] for name in PromiseRow.__slots__)) for row in await db.fetch(_PROMISES)]


async def page_link(db: Connection, link_id: UUID) -> PageLink | None:
    """What the private link of a page leads to."""
    row = await db.fetchrow(_LINK, link_id)
    return PageLink(*(row[name] for name in PageLink.__slots__)) if row else None


async def untaken(db: Connection, now: datetime) -> Stands:
    """Pages that nobody has taken; late: those whose last step repeats."""
    row = await db.fetchrow(_UNTAKEN, now)
    return Stands(row["many"], row["age_seconds"], row["late"]) if row else Stands()


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
        "paged_since": page.since if page else None,
        "paged_last": bool(page and page.repeated),
        "disposition": call.triage.disposition if call.triage else "",
        "closed_at": call.closed_at,
    }


def _promise(call_id: UUID, one: Promise) -> dict[str, Any]:
    return {
        "promise_id": one.promise_id,
        "call_id": call_id,
        "account": one.nurse.account,
        "name": one.nurse.name,
        "due_at": one.due_at,
    }


def _link(stream: Stream, page: Page) -> dict[str, Any]:
    return {
        "link_id": page.link_id,
        "call_id": subject_id(stream),
        "page_id": page.page_id,
        "name": page.asked.name,
        "asked_at": page.since,
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

"""Visits as rows: planned, over, and the hours they take of whom; and one document for each that is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.contracts.people import Address
from carebus.decisions import place_of
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents
from services.care_plan.domain.care import Care, Outcome, Visit, VisitRecord
from services.care_plan.domain.care.record import Stated

_SAVE_PLANNED = """
insert into visit (visit_id, patient_id, episode_id, ordinal, mode, clinician, others, starts_at, minutes, purpose,
                   started_at, confirmed_at, moves)
select visit_id, patient_id, episode_id, ordinal, mode, clinician, others, starts_at, minutes, purpose, started_at,
       confirmed_at, moves
from jsonb_populate_recordset(null::visit, $1::jsonb)
on conflict (visit_id) do update set
    mode = excluded.mode, clinician = excluded.clinician, others = excluded.others, starts_at = excluded.starts_at,
    minutes = excluded.minutes, started_at = excluded.started_at, confirmed_at = excluded.confirmed_at,
    moves = excluded.moves
where (visit.mode, visit.clinician, visit.others, visit.starts_at, visit.minutes, visit.started_at, visit.confirmed_at,
       visit.moves)
    is distinct from (excluded.mode, excluded.clinician, excluded.others, excluded.starts_at, excluded.minutes,
                      excluded.started_at, excluded.confirmed_at, excluded.moves)
"""

_SAVE_OVER = """
insert into visit as v select * from jsonb_populate_recordset(null::visit, $1::jsonb)
on conflict (visit_id) do update set
    mode = excluded.mode, clinician = excluded.clinician, others = excluded.others, starts_at = excluded.starts_at,
    completed_at = excluded.completed_at, outcome = excluded.outcome, over_at = excluded.over_at,
    started_at = excluded.started_at, signed_at = excluded.signed_at, reason = excluded.reason
"""

_KEEP_MOVED = """
insert into visit_record (stream, doc)
select stream, doc::jsonb from unnest($1::text[], $2::text[]) as moved (stream, doc)
on conflict (stream) do nothing
"""

# Hours that are free again come first: another of these patients may be the one who takes them.
_FREE = """
delete from booking using unnest($1::uuid[]) as of (patient_id)
where booking.patient_id = of.patient_id
  and not exists (select from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
                      as taken (visit_id, clinician_id, starts_at, ends_at)
                  where taken.visit_id = booking.visit_id and taken.clinician_id = booking.clinician_id
                    and tstzrange(taken.starts_at, taken.ends_at) = booking.during)
"""
_BOOK = """
insert into booking (visit_id, clinician_id, patient_id, during)
select visit_id, clinician_id, patient_id, tstzrange(starts_at, ends_at)
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
    as taken (visit_id, clinician_id, patient_id, starts_at, ends_at)
where not exists (select from booking as b where b.visit_id = taken.visit_id and b.clinician_id = taken.clinician_id)
"""
ONE_PLACE = "booking_one_place_at_a_time"
"""The constraint by which nobody is at two visits at once."""

_LISTED = """
select visit_id, patient_id, episode_id, ordinal, mode, starts_at, minutes, completed_at,
    clinician::text as clinician, coalesce(others, '[]')::text as others, coalesce(purpose, 'regular') as purpose,
    started_at, over_at, confirmed_at
from visit where {} and ($1::timestamptz is null or starts_at <= $1)
  and {}
order by starts_at, visit_id limit $2
"""
_PLANNED, _COMPLETED = "completed_at is null and outcome is null", "completed_at is not null"

_RECORDS = """
select r.doc::text as doc
from visit as v join visit_record as r on r.stream = $3 || '/' || v.visit_id
where v.patient_id = $1 and ($2::timestamptz is null or v.over_at >= $2)
order by v.over_at, v.ordinal
"""

_TAKEN = """
select b.clinician_id, lower(b.during) as starts_at, upper(b.during) as ends_at,
       c.doc #> '{patient,address}' as address
from booking as b left join care as c on c.stream = 'patient/' || b.patient_id
where b.clinician_id = any($1::uuid[]) and b.during && tstzrange($2, $3)
"""

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour that is taken of somebody, by a visit to this address."""

    clinician_id: UUID
    starts_at: datetime
    ends_at: datetime
    address: Address


async def save_planned(db: Connection, cares: Mapping[UUID, Care]) -> None:
    """The planned visits of these patients as rows, with their hours; and what an old document held."""
    rows = [_planned_row(patient_id, care, v) for patient_id, care in cares.items() for v in care.visits]
    if rows:
        await db.execute(_SAVE_PLANNED, orjson.dumps(rows).decode())
    await _save_hours(db, cares)
    moved = [(patient_id, care, v) for patient_id, care in cares.items() for v in care.moved]
    if moved:
        await _keep_moved(db, moved)


async def _save_hours(db: Connection, cares: Mapping[UUID, Care]) -> None:
    taken = [
        (visit.visit_id, who.clinician_id, patient_id, visit.starts_at, _ends_at(visit))
        for patient_id, care in cares.items()
        for visit in care.visits
        for who in visit.people
        if not visit.overdue
    ]
    visit_ids, clinicians, patients, starts, ends = map(list, zip(*taken, strict=True)) if taken else ([],) * 5
    await db.execute(_FREE, list(cares), visit_ids, clinicians, starts, ends)
    if taken:
        await db.execute(_BOOK, visit_ids, clinicians, patients, starts, ends)


async def _keep_moved(db: Connection, moved: Sequence[tuple[UUID, Care, Visit]]) -> None:
    """What an earlier release kept in the patient's document becomes a record of its own, once."""
    of_patients = [(patient_stream(patient_id), as_record(care, visit)) for patient_id, care, visit in moved]
    records = {place_of(VisitRecord, stream, record): record for stream, record in of_patients}
    await db.execute(_KEEP_MOVED, list(records), [record.model_dump_json() for record in records.values()])
    await save_over(db, records)


def as_record(care: Care, visit: Visit) -> VisitRecord:
    """A visit of an earlier release, which stated no times of its own, as a record."""
    assert visit.completed_at is not None, "only what is over is moved"
    stated = Stated(
        started_at=min(visit.starts_at, visit.completed_at),
        ended_at=visit.completed_at,
        assessments=visit.assessments,
        visit_note=visit.visit_note,
        present=visit.people,
        recorded_at=visit.completed_at,
    )
    return VisitRecord(
        visit_id=visit.visit_id,
        episode_id=care.episode_id,
        outcome=Outcome.COMPLETED,
        planned=visit,
        stated=stated,
        over_at=visit.completed_at,
        signed_at=visit.completed_at,
    )


async def save_over(db: Connection, records: Mapping[Stream, VisitRecord]) -> None:
    """These visits, which are over, as rows."""
    rows = [_over_row(stream, record) for stream, record in records.items()]
    await db.execute(_SAVE_OVER, orjson.dumps(rows).decode())


RECORDS = Documents("visit_record", VisitRecord, rows=save_over)


async def record_of(db: Connection, patient_id: UUID, visit_id: UUID) -> VisitRecord | None:
    """One visit that is over; None for one that is not, or is nobody's."""
    return await RECORDS.one(db, Stream(f"{patient_stream(patient_id)}/{visit_id}"))


async def records_of(db: Connection, patient_id: UUID, since: datetime | None = None) -> list[VisitRecord]:
    """A patient's visits that are over (since a moment), the oldest first."""
    rows = await db.fetch(_RECORDS, patient_id, since, patient_stream(patient_id))
    return [VisitRecord.model_validate_json(row["doc"]) for row in rows]


async def patient_of_visit(db: Connection, visit_id: UUID) -> UUID:
    """Whose visit it is; NOBODY's if there is none: to ask for that takes as long as for somebody else's."""
    patient_id = await db.fetchval("select patient_id from visit where visit_id = $1", visit_id)
    return UUID(str(patient_id)) if patient_id else NOBODY


async def visits(
    db: Connection, *, completed: bool, due_by: datetime | None, limit: int, seen_by: Own | None = None
) -> list[dict[str, Any]]:
    """Visits by their time: of everyone, or of somebody's own patients."""
    which = _COMPLETED if completed else _PLANNED
    rows = await db.fetch(_LISTED.format(which, of_own("patient_id", 3)), due_by, limit, *(seen_by or EVERYBODY))
    return [{**row, "clinician": orjson.loads(row["clinician"]), "others": orjson.loads(row["others"])} for row in rows]


async def taken(db: Connection, clinicians: Sequence[UUID], start: datetime, end: datetime) -> list[Hour]:
    """The hours of these clinicians that are taken between two moments."""
    return [_hour(row) for row in await db.fetch(_TAKEN, list(clinicians), start, end)]


def _hour(row: Record) -> Hour:
    address = Address.model_validate_json(row["address"]) if row["address"] else Address()
    return Hour(row["clinician_id"], row["starts_at"], row["ends_at"], address)


def _planned_row(patient_id: UUID, care: Care, visit: Visit) -> dict[str, Any]:
    row = visit.model_dump(exclude={"overdue", "assessments", "visit_note", "completed_at", "link"})
    return {**row, "patient_id": patient_id, "episode_id": care.episode_id}


def _over_row(stream: Stream, record: VisitRecord) -> dict[str, Any]:
    assert record.planned is not None, "what is over was planned"
    visit, stated = record.planned, record.stated
    row = visit.model_dump(exclude={"overdue", "assessments", "visit_note", "link"})
    return {
        **row,
        "patient_id": subject_id(stream).partition("/")[0],
        "episode_id": record.episode_id,
        "outcome": record.outcome,
        "over_at": record.over_at,
        "completed_at": stated.ended_at if stated else None,
        "started_at": stated.started_at if stated else None,
        "signed_at": record.signed_at,
        "reason": record.reason,
    }


def _ends_at(visit: Visit) -> datetime:
    return visit.starts_at + timedelta(minutes=visit.minutes)

"""Where care and the roster are kept, and what pages and queries read. All of the service's SQL is here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.care_plan import Phase
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.contracts.people import Condition
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents, tables
from services.care_plan.domain.care import Care, Visit
from services.care_plan.domain.roster import Roster

_SAVE_CASELOAD = """
insert into caseload select * from jsonb_populate_recordset(null::caseload, $1::jsonb)
on conflict (patient_id) do update set
    given_name = excluded.given_name, family_name = excluded.family_name, time_zone = excluded.time_zone,
    awaited = excluded.awaited,
    primary_id = excluded.primary_id, primary_name = excluded.primary_name, phase = excluded.phase,
    akps = excluded.akps, visits_completed = excluded.visits_completed, last_visit_at = excluded.last_visit_at,
    next_visit_id = excluded.next_visit_id, next_visit_at = excluded.next_visit_at, overdue = excluded.overdue,
    merged_into = excluded.merged_into, held = excluded.held
"""

# What is not changed is not written again: a long history costs a comparison, not a row.
_SAVE_VISITS = """
insert into visit select * from jsonb_populate_recordset(null::visit, $1::jsonb)
on conflict (visit_id) do update set
    starts_at = excluded.starts_at, clinician = excluded.clinician, completed_at = excluded.completed_at
where (visit.starts_at, visit.clinician, visit.completed_at)
    is distinct from (excluded.starts_at, excluded.clinician, excluded.completed_at)
"""

_VISITS = """
select visit_id, patient_id, episode_id, ordinal, mode, starts_at, minutes, completed_at, clinician::text as clinician
from visit where completed_at is {} null and ($1::timestamptz is null or starts_at <= $1)
  and {}
order by starts_at, visit_id limit $2
"""

_FILTERED = f"""
from caseload
where not held
  and ($1::text is null or phase = $1)
  and ($2::text is null or $2 = any(conditions))
  and ($3::uuid is null or primary_id = $3)
  and ($4::text is null or case $4 when 'overdue' then overdue when 'no_team' then cardinality(awaited) > 0
                                   when 'no_visit_yet' then visits_completed = 0 else next_visit_at <= $5 end)
  and {of_own("caseload.patient_id", 6)}
"""
_CASELOAD = f"select * {_FILTERED} order by next_visit_at nulls last, opened_at, patient_id limit $8 offset $9"
_CASELOAD_COUNT = f"select count(*) {_FILTERED}"

_NAMED = """
select stream from care
where doc #>> '{patient,birth_date}' = $3 and lower(doc #>> '{patient,given_name}') = lower($1)
  and lower(doc #>> '{patient,family_name}') = lower($2) and doc ->> 'merged_into' is null
limit 2
"""

_ALSO = """
select patient_id, episode_id, held, visits_completed, last_visit_at, next_visit_id, next_visit_at, opened_at
from caseload where merged_into = $1 order by opened_at, patient_id
"""

_COUNTS = f"""
select count(*) as patients, count(*) filter (where overdue) as overdue,
    count(*) filter (where cardinality(awaited) > 0) as no_team,
    count(*) filter (where visits_completed = 0) as no_visit_yet,
    count(*) filter (where next_visit_at <= $1) as due
from caseload where not held and {of_own("caseload.patient_id", 2)}
"""


NOBODY = UUID(int=0)


class Show(StrEnum):
    """Whom a caseload can be narrowed to."""

    OVERDUE = "overdue"
    DUE = "due"
    NO_VISIT_YET = "no_visit_yet"
    NO_TEAM = "no_team"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the caseload is asked for. `due_by` is when a visit counts as due."""

    due_by: datetime
    show: Show | None = None
    phase: Phase | None = None
    condition: Condition | None = None
    clinician_id: UUID | None = None
    seen_by: Own | None = None


async def save_rows(db: Connection, states: Mapping[Stream, Care]) -> None:
    """The caseload and the visits of these patients, in one statement each."""
    by_patient = {UUID(subject_id(stream)): care for stream, care in states.items() if care.episode_id is not None}
    caseload = [_caseload_row(patient_id, care) for patient_id, care in by_patient.items()]
    visits = [_visit_row(patient_id, care, v) for patient_id, care in by_patient.items() for v in care.visits]
    await db.execute(_SAVE_CASELOAD, orjson.dumps(caseload).decode())
    await db.execute(_SAVE_VISITS, orjson.dumps(visits).decode())


def _caseload_row(patient_id: UUID, care: Care) -> dict[str, Any]:
    patient, planned, completed = care.patient, care.planned, care.completed
    assert patient is not None
    primary = next((member for member in care.team if member.primary), None)
    return {
        "patient_id": patient_id,
        "episode_id": care.episode_id,
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "time_zone": patient.time_zone,
        "priority": care.priority,
        "conditions": care.conditions,
        "awaited": care.awaited,
        "primary_id": primary and primary.clinician_id,
        "primary_name": primary and primary.name,
        "phase": care.phase,
        "akps": care.akps,
        "visits_completed": len(completed),
        "last_visit_at": completed[-1].completed_at if completed else None,
        "next_visit_id": planned and planned.visit_id,
        "next_visit_at": planned and planned.starts_at,
        "overdue": planned is not None and planned.overdue,
        "opened_at": care.opened_at,
        "merged_into": care.merged_into,
        "held": care.held,
    }


def _visit_row(patient_id: UUID, care: Care, visit: Visit) -> dict[str, Any]:
    row = visit.model_dump(exclude={"overdue", "assessments", "visit_note"})
    return {**row, "patient_id": patient_id, "episode_id": care.episode_id}


_CARE = Documents("care", Care, rows=save_rows)
_ROSTER = Documents("roster", Roster)
STATES = tables(_CARE, _ROSTER)


async def care_of(db: Connection, patient_id: UUID) -> Care | None:
    """What is known of a patient; None when nobody was taken on under this record."""
    stream = patient_stream(patient_id)
    found = (await _CARE.load(db, [stream])).get(stream)
    return found if found and found.episode_id is not None else None


async def named_exactly(db: Connection, given: str, family: str, born: date) -> UUID | None:
    """The one patient in care of this name (in any capitals) and date of birth; None when there are none or several."""
    rows = await db.fetch(_NAMED, given.strip(), family.strip(), born.isoformat())
    return UUID(subject_id(Stream(rows[0]["stream"]))) if len(rows) == 1 else None


async def also_recorded_as(db: Connection, patient_id: UUID) -> list[dict[str, Any]]:
    """The care on records that were merged into this patient's, oldest first."""
    return [dict(row) for row in await db.fetch(_ALSO, patient_id)]


async def roster(db: Connection) -> Roster:
    """Everyone who can be assigned."""
    return (await _ROSTER.load(db, [Roster.LIVES_ON])).get(Roster.LIVES_ON, Roster())


async def patient_of_visit(db: Connection, visit_id: UUID) -> UUID:
    """Whose visit it is; NOBODY's if there is none: to ask for that takes as long as for somebody else's."""
    patient_id = await db.fetchval("select patient_id from visit where visit_id = $1", visit_id)
    return UUID(str(patient_id)) if patient_id else NOBODY


async def visits(
    db: Connection, *, completed: bool, due_by: datetime | None, limit: int, seen_by: Own | None = None
) -> list[dict[str, Any]]:
    """Visits by their time: of everyone, or of somebody's own patients."""
    rows = await db.fetch(
        _VISITS.format("not" if completed else "", of_own("patient_id", 3)), due_by, limit, *(seen_by or EVERYBODY)
    )
    return [{**row, "clinician": orjson.loads(row["clinician"])} for row in rows]


async def caseload(db: Connection, wanted: Wanted, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Patients in care, those with the next visit first."""
    return [dict(row) for row in await db.fetch(_CASELOAD, *_filters(wanted), limit, offset)]


async def caseload_count(db: Connection, wanted: Wanted) -> int:
    """How many patients `caseload` has in all."""
    return int(await db.fetchval(_CASELOAD_COUNT, *_filters(wanted)) or 0)


async def counts(db: Connection, due_by: datetime, seen_by: Own | None = None) -> dict[str, int]:
    """How many patients there are (of somebody's own), and how many of each that needs a look."""
    row = await db.fetchrow(_COUNTS, due_by, *(seen_by or EVERYBODY))
    assert row is not None
    return dict(row)


def _filters(wanted: Wanted) -> tuple[Any, ...]:
    narrowed = (wanted.phase, wanted.condition, wanted.clinician_id, wanted.show, wanted.due_by)
    return *narrowed, *(wanted.seen_by or EVERYBODY)

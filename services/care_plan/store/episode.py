"""Where care is kept, one document per patient, and the caseload as rows."""

from collections.abc import Mapping, Sequence
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
from carebus.storage.states import Documents
from services.care_plan.domain.care import Care, Hold
from services.care_plan.domain.visits.booking import HourTaken
from services.care_plan.store.plans import save_versions
from services.care_plan.store.team import save_panels, save_wanted
from services.care_plan.store.visits import ONE_PLACE, save_planned

_SAVE_CASELOAD = """
insert into caseload select * from jsonb_populate_recordset(null::caseload, $1::jsonb)
on conflict (patient_id) do update set
    given_name = excluded.given_name, family_name = excluded.family_name, time_zone = excluded.time_zone,
    awaited = excluded.awaited,
    primary_id = excluded.primary_id, primary_name = excluded.primary_name, phase = excluded.phase,
    akps = excluded.akps, visits_completed = excluded.visits_completed, last_visit_at = excluded.last_visit_at,
    next_visit_id = excluded.next_visit_id, next_visit_at = excluded.next_visit_at, overdue = excluded.overdue,
    merged_into = excluded.merged_into, held = excluded.held, ended_at = excluded.ended_at,
    end_reason = excluded.end_reason, on_hold_since = excluded.on_hold_since, birth_date = excluded.birth_date,
    episode_id = excluded.episode_id, priority = excluded.priority, conditions = excluded.conditions,
    opened_at = excluded.opened_at
"""
_FILTERED = f"""
from caseload
where not held
  and ($1::text is null or phase = $1)
  and ($2::text is null or $2 = any(conditions))
  and ($3::uuid is null or primary_id = $3)
  and case coalesce($4::text, '') when 'overdue' then overdue and ended_at is null
        when 'no_team' then cardinality(awaited) > 0 and ended_at is null
        when 'no_visit_yet' then visits_completed = 0 and ended_at is null
        when 'due' then next_visit_at <= $5 and ended_at is null
        when 'on_hold' then on_hold_since is not null
        when 'ended' then ended_at is not null
        else ended_at is null or $8::text[] is not null or $9::date is not null end
  and {of_own("caseload.patient_id", 6)}
  and ($8::text[] is null or lower(given_name || ' ' || family_name) like all($8))
  and ($9::date is null or birth_date = $9)
"""
_CASELOAD = f"select * {_FILTERED} order by next_visit_at nulls last, opened_at, patient_id limit $10 offset $11"
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

_DEATHS = """
select r.patient_id, r.merged_into, d.doc #>> '{holds,0}' as hold
from caseload as r join caseload as s on s.patient_id = r.merged_into
join care as d on d.stream = 'patient/' || r.patient_id
where r.held and r.on_hold_since is not null and s.ended_at is null and not s.held
order by r.patient_id limit 100
"""

_COUNTS = f"""
select count(*) as patients, count(*) filter (where overdue) as overdue,
    count(*) filter (where cardinality(awaited) > 0) as no_team,
    count(*) filter (where visits_completed = 0) as no_visit_yet,
    count(*) filter (where next_visit_at <= $1) as due,
    count(*) filter (where on_hold_since is not null) as on_hold
from caseload where not held and ended_at is null and {of_own("caseload.patient_id", 2)}
"""


class Show(StrEnum):
    """Whom a caseload can be narrowed to."""

    OVERDUE = "overdue"
    DUE = "due"
    NO_VISIT_YET = "no_visit_yet"
    NO_TEAM = "no_team"
    ON_HOLD = "on_hold"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the caseload is asked for. `due_by` is when a visit counts as due.

    named: parts of names, all of which somebody's has; whoever is sought so may have left care.
    """

    due_by: datetime
    show: Show | None = None
    phase: Phase | None = None
    condition: Condition | None = None
    clinician_id: UUID | None = None
    seen_by: Own | None = None
    named: str = ""
    born: date | None = None


async def save_rows(db: Connection, states: Mapping[Stream, Care]) -> None:
    """What lists, the planner and the calendar need of these patients, in a handful of statements."""
    cares = {UUID(subject_id(stream)): care for stream, care in states.items() if care.episode_id is not None}
    if not cares:
        return
    caseload = [_caseload_row(patient_id, care) for patient_id, care in cares.items()]
    await db.execute(_SAVE_CASELOAD, orjson.dumps(caseload).decode())
    await save_planned(db, cares)
    await save_panels(db, cares)
    await save_wanted(db, cares)
    await save_versions(db, cares)


def _caseload_row(patient_id: UUID, care: Care) -> dict[str, Any]:
    patient, planned = care.patient, care.planned
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
        "visits_completed": care.completed,
        "last_visit_at": care.last_visit_at,
        "next_visit_id": planned and planned.visit_id,
        "next_visit_at": planned and planned.starts_at,
        "overdue": any(visit.overdue for visit in care.visits),
        "opened_at": care.opened_at,
        "merged_into": care.merged_into,
        "held": care.held,
        "ended_at": care.ended and care.ended.ended_at,
        "end_reason": care.ended and care.ended.reason,
        "on_hold_since": care.holds[0].held_at if care.holds else None,
        "birth_date": patient.birth_date,
    }


CARE = Documents("care", Care, rows=save_rows, refusals={ONE_PLACE: HourTaken})


async def care_of(db: Connection, patient_id: UUID) -> Care | None:
    """What is known of a patient; None when nobody was taken on under this record."""
    found = await CARE.one(db, patient_stream(patient_id))
    return found if found and found.episode_id is not None else None


async def cares(db: Connection, streams: Sequence[Stream]) -> dict[Stream, Care]:
    """What is known of these patients, in the order in which they are named."""
    found = await CARE.load(db, streams) if streams else {}
    return {stream: found[stream] for stream in streams if stream in found}


async def named_exactly(db: Connection, given: str, family: str, born: date) -> UUID | None:
    """The one patient in care of this name (in any capitals) and date of birth; None when there are none or several."""
    rows = await db.fetch(_NAMED, given.strip(), family.strip(), born.isoformat())
    return UUID(subject_id(Stream(rows[0]["stream"]))) if len(rows) == 1 else None


async def also_recorded_as(db: Connection, patient_id: UUID) -> list[dict[str, Any]]:
    """The care on records that were merged into this patient's, oldest first."""
    return [dict(row) for row in await db.fetch(_ALSO, patient_id)]


async def deaths_on_retired_records(db: Connection) -> list[tuple[UUID, UUID, Hold]]:
    """Records that are held by news of a death, with the record on which care goes on, and that news."""
    rows = await db.fetch(_DEATHS)
    return [(row["patient_id"], row["merged_into"], Hold.model_validate_json(row["hold"])) for row in rows]


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
    parts = [f"%{_literally(part)}%" for part in wanted.named.replace("\0", " ").lower().split()]
    return *narrowed, *(wanted.seen_by or EVERYBODY), parts or None, wanted.born


def _literally(part: str) -> str:
    """A part of a name that stands for itself in a pattern."""
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

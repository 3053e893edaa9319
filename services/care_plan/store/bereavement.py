"""Where it is kept whom a patient leaves behind, and as rows who is to be contacted when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.care_plan import BereavementRisk
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents
from services.care_plan.domain.bereavement.state import Bereaved, Bereavement
from services.care_plan.store.schedules import bereavement_schedule

MOST = 200
AHEAD = timedelta(days=14)
"""What comes so soon is listed as well."""
_GONE = """
delete from bereaved where patient_id = any($1::uuid[]) and not person_id = any($2::uuid[])
"""
_SAVE = """
insert into bereaved select * from jsonb_populate_recordset(null::bereaved, $1::jsonb)
on conflict (person_id) do update set
    full_name = excluded.full_name, relationship = excluded.relationship, language = excluded.language,
    risk = excluded.risk, next_code = excluded.next_code, next_due_on = excluded.next_due_on,
    letter_due_on = excluded.letter_due_on
where bereaved is distinct from excluded
"""
_WAITS = f"""
select b.*, c.given_name, c.family_name
from bereaved as b join caseload as c on c.patient_id = b.patient_id
where least(b.next_due_on, b.letter_due_on) <= $1 and {of_own("b.patient_id", 2)}
order by least(b.next_due_on, b.letter_due_on), b.person_id limit {MOST}
"""
_PATIENT = "select patient_id from bereaved where person_id = $1"


@dataclass(frozen=True, slots=True)
class ToContact:
    """Somebody who is to be contacted, or written to, and after whose death."""

    person_id: UUID
    patient_id: UUID
    full_name: str
    relationship: str
    language: str
    risk: BereavementRisk
    next_code: str | None
    next_due_on: date | None
    letter_due_on: date | None
    patient: str


async def _save_rows(db: Connection, states: Mapping[Stream, Bereavement]) -> None:
    rows = [_row(UUID(subject_id(stream)), kept, person) for stream, kept in states.items() for person in kept.people]
    patients = [UUID(subject_id(stream)) for stream in states]
    await db.execute(_GONE, patients, [row["person_id"] for row in rows])
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())


def _row(patient_id: UUID, kept: Bereavement, person: Bereaved) -> dict[str, Any]:
    upcoming = min(person.planned, key=lambda one: one.due_on, default=None)
    writes = kept.stands and person.letter is None and not person.wants_none and kept.died_on is not None
    within = timedelta(days=bereavement_schedule().letter_within_days)
    return {
        "person_id": person.person_id,
        "patient_id": patient_id,
        "full_name": person.full_name,
        "relationship": person.relationship,
        "language": person.language,
        "risk": person.risk,
        "next_code": upcoming.code if upcoming else None,
        "next_due_on": upcoming.due_on if upcoming else None,
        "letter_due_on": kept.died_on + within if writes and kept.died_on else None,
    }


BEREAVEMENT = Documents("bereavement", Bereavement, rows=_save_rows)


async def bereavement_of(db: Connection, patient_id: UUID) -> Bereavement:
    """Whom a patient leaves behind; nobody, if nothing is kept."""
    return await BEREAVEMENT.one(db, patient_stream(patient_id)) or Bereavement()


async def patient_of(db: Connection, person_id: UUID) -> UUID | None:
    """After whose death somebody is bereaved."""
    found: UUID | None = await db.fetchval(_PATIENT, person_id)
    return found


async def to_contact(db: Connection, today: date, seen_by: Own | None = None) -> list[ToContact]:
    """Who is to be contacted or written to by now or soon, the longest due first."""
    return [_to_contact(dict(row)) for row in await db.fetch(_WAITS, today + AHEAD, *(seen_by or EVERYBODY))]


def _to_contact(row: dict[str, Any]) -> ToContact:
    patient = f"{row.pop('given_name')} {row.pop('family_name')}"
    return ToContact(patient=patient, **{**row, "risk": BereavementRisk(row["risk"])})

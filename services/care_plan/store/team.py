"""Clinicians, whose patients they look after, and what the planner still has to find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carebus.contracts.event import Stream, Subject, patient_stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.clinicians import Clinician

_SAVE_PANELS = """
insert into panel (patient_id, clinician_id) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing
"""
_LEAVE_PANELS = """
delete from panel using unnest($1::uuid[]) as of (patient_id)
where panel.patient_id = of.patient_id
  and not exists (select from unnest($2::uuid[], $3::uuid[]) as stays (patient_id, clinician_id)
                  where stays.patient_id = panel.patient_id and stays.clinician_id = panel.clinician_id)
"""

_FORGET_WANTED = """
delete from wanted using unnest($1::uuid[]) as of (patient_id)
where wanted.patient_id = of.patient_id and wanted.wanted_id <> all($2::uuid[])
"""
_SAVE_WANTED = """
insert into wanted (patient_id, wanted_id, kind, due, since)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::timestamptz[])
on conflict (patient_id, wanted_id) do nothing
"""

_EVERYBODY = """
select doc::text as doc, coalesce(load, 0) as load
from clinician left join (select clinician_id, count(*) as load from panel group by 1) as panels using (clinician_id)
order by doc ->> 'role', doc ->> 'name', clinician_id
"""

_WANTED = """
select distinct on (patient_id) patient_id, since from wanted
where kind = $1 and patient_id <> all($2::uuid[]) order by patient_id, since
"""
_FIRST_WANTED = f"select patient_id from ({_WANTED}) as waits order by since, patient_id limit $3"


@dataclass(frozen=True, slots=True)
class Looking:
    """A clinician, and how many patients they look after."""

    clinician: Clinician
    load: int


def clinician_stream(clinician_id: UUID) -> Stream:
    """The stream of one clinician."""
    return Subject.ROSTER.stream(clinician_id)


CLINICIANS = Documents("clinician", Clinician)


async def save_panels(db: Connection, cares: Mapping[UUID, Care]) -> None:
    """Whose patients these are: of their teams while their care goes on, of nobody afterwards."""
    pairs = [(p, m.clinician_id) for p, care in cares.items() if care.in_care and not care.held for m in care.team]
    patients, clinicians = [p for p, _ in pairs], [c for _, c in pairs]
    await db.execute(_LEAVE_PANELS, list(cares), patients, clinicians)
    if pairs:
        await db.execute(_SAVE_PANELS, patients, clinicians)


async def save_wanted(db: Connection, cares: Mapping[UUID, Care]) -> None:
    """What the planner has to find for these patients; nothing while their care waits or after its end."""
    rows = [row for patient_id, care in cares.items() for row in _wanted_rows(patient_id, care)]
    await db.execute(_FORGET_WANTED, list(cares), [row[1] for row in rows])
    if rows:
        await db.execute(_SAVE_WANTED, *map(list, zip(*rows, strict=True)))


def _wanted_rows(patient_id: UUID, care: Care) -> list[tuple[object, ...]]:
    if not care.in_care or care.waits:
        return []
    team = [(patient_id, patient_id, "team", None, care.opened_at)] if care.lacking else []
    return [*team, *((patient_id, one.wanted_id, "visit", one.due, one.since) for one in care.wanted)]


async def wanted(db: Connection, kind: str, but: Sequence[UUID], limit: int) -> list[Stream]:
    """The patients who have waited longest for a team, or for an hour; not those of whom it is known to be in vain."""
    return [patient_stream(row["patient_id"]) for row in await db.fetch(_FIRST_WANTED, kind, list(but), limit)]


async def clinicians(db: Connection) -> list[Looking]:
    """Everybody on the roster, by profession and name, with how many patients they look after."""
    rows = await db.fetch(_EVERYBODY)
    return [Looking(read_document(Clinician, row["doc"]), row["load"]) for row in rows]


async def clinician_of(db: Connection, clinician_id: UUID) -> Clinician | None:
    """One clinician."""
    return await CLINICIANS.one(db, clinician_stream(clinician_id))


async def clinicians_of(db: Connection, ids: Sequence[UUID]) -> dict[UUID, Clinician]:
    """These clinicians, as far as there are such."""
    found = await CLINICIANS.load(db, [clinician_stream(one) for one in ids])
    return {clinician.clinician_id: clinician for clinician in found.values() if clinician.clinician_id is not None}

"""Where the way to hospice is kept, and as rows what is to be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents
from services.care_plan.domain.hospice.electing import NOTICE_WITHIN
from services.care_plan.domain.hospice.state import Hospice, Stage

MOST = 200
_SAVE = """
insert into hospice_task select * from jsonb_populate_recordset(null::hospice_task, $1::jsonb)
on conflict (patient_id) do update set
    episode_id = excluded.episode_id, stage = excluded.stage, hospice = excluded.hospice,
    open_prompts = excluded.open_prompts, effective_on = excluded.effective_on, ask_again_on = excluded.ask_again_on,
    notice_due_on = excluded.notice_due_on, notice_overdue = excluded.notice_overdue,
    package_missing = excluded.package_missing, to_be_referred = excluded.to_be_referred,
    death_reported = excluded.death_reported
where hospice_task is distinct from excluded
"""
_WAITS = f"""
select t.*, c.given_name, c.family_name, c.merged_into
from hospice_task as t join caseload as c on c.patient_id = t.patient_id and c.episode_id = t.episode_id
where c.on_hold_since is null and coalesce(c.end_reason, 'hospice') = 'hospice'
  and (c.merged_into is null or t.stage = 'enrolled')
  and (t.open_prompts > 0 and c.ended_at is null
       or t.ask_again_on <= $1 and c.ended_at is null
       or t.effective_on > $1 or t.notice_overdue or t.package_missing or t.death_reported
       or c.merged_into is not null
       or t.to_be_referred)
  and {of_own("t.patient_id", 2)}
order by t.death_reported desc, t.to_be_referred desc, t.notice_overdue desc, t.package_missing desc,
    coalesce(t.ask_again_on, t.effective_on), c.family_name, t.patient_id
limit {MOST}
"""

_PACKAGES_GONE = "delete from hospice_package where patient_id = any($1::uuid[]) and not package_id = any($2::uuid[])"
_SAVE_PACKAGES = """
insert into hospice_package (package_id, patient_id)
select package_id, patient_id from unnest($1::uuid[], $2::uuid[]) as kept (package_id, patient_id)
on conflict (package_id) do nothing
"""
_PACKAGE = "select patient_id, failed from hospice_package where package_id = $1"
_TAKE_TRY = "update hospice_package set failed = failed + 1 where package_id = $1 and failed < $2 returning failed"
_GIVE_BACK = "update hospice_package set failed = 0 where package_id = $1"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done about hospice for one patient. merged_into: whose record goes on for this one."""

    patient_id: UUID
    name: str
    stage: Stage
    hospice: str
    open_prompts: int
    effective_on: date | None
    ask_again_on: date | None
    notice_due_on: date | None
    notice_overdue: bool
    package_missing: bool
    to_be_referred: bool
    death_reported: bool
    merged_into: UUID | None


async def _save_rows(db: Connection, states: Mapping[Stream, Hospice]) -> None:
    rows = [_row(stream, hospice) for stream, hospice in states.items() if hospice.episode_id is not None]
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())
        await _save_packages(db, states)


def _row(stream: Stream, hospice: Hospice) -> dict[str, Any]:
    elected = hospice.enrolment if hospice.enrolled else None
    agency = elected.hospice if elected else hospice.referral.hospice if hospice.referral else None
    awaited = elected is not None and elected.notice is None
    return {
        "patient_id": subject_id(stream),
        "episode_id": hospice.episode_id,
        "stage": hospice.stage,
        "hospice": agency.name if agency else "",
        "open_prompts": len(hospice.open_prompts),
        "effective_on": elected.effective_on if elected and not elected.began else None,
        "ask_again_on": hospice.decline.ask_again_on if hospice.decline else None,
        "notice_due_on": elected.effective_on + NOTICE_WITHIN if elected and awaited else None,
        "notice_overdue": elected is not None and elected.notice_overdue,
        "package_missing": elected is not None and not any(one.received_on for one in hospice.packages),
        "to_be_referred": hospice.waits_for_referral(),
        "death_reported": hospice.death_news is not None,
    }


async def _save_packages(db: Connection, states: Mapping[Stream, Hospice]) -> None:
    kept = [(one.package_id, UUID(subject_id(stream))) for stream, each in states.items() for one in each.packages]
    ids, patients = [one for one, _ in kept], [patient for _, patient in kept]
    await db.execute(_PACKAGES_GONE, [UUID(subject_id(stream)) for stream in states], ids)
    if kept:
        await db.execute(_SAVE_PACKAGES, ids, patients)


HOSPICE = Documents("hospice", Hospice, rows=_save_rows)


async def hospice_of(db: Connection, patient_id: UUID) -> Hospice:
    """What is known of a patient's way to hospice; nothing yet, if nothing is kept."""
    return await HOSPICE.one(db, patient_stream(patient_id)) or Hospice()


async def package_led_to(db: Connection, package_id: UUID) -> tuple[UUID, int] | None:
    """Whose package a private link leads to, and how often a wrong date of birth was typed there."""
    row = await db.fetchrow(_PACKAGE, package_id)
    return (row["patient_id"], row["failed"]) if row else None


async def take_try(db: Connection, package_id: UUID, most: int) -> int | None:
    """Count one try at the date of birth; None if there are no more."""
    used: int | None = await db.fetchval(_TAKE_TRY, package_id, most)
    return used


async def give_tries_back(db: Connection, package_id: UUID) -> None:
    """The date of birth was right: the holder of the link has all tries again."""
    await db.execute(_GIVE_BACK, package_id)


async def tasks(db: Connection, today: date, seen_by: Own | None = None) -> list[Task]:
    """What is to be done by today, of everyone or of somebody's own patients."""
    return [_task(dict(row)) for row in await db.fetch(_WAITS, today, *(seen_by or EVERYBODY))]


def _task(row: dict[str, Any]) -> Task:
    name = f"{row.pop('given_name')} {row.pop('family_name')}"
    row.pop("episode_id")
    return Task(name=name, **{**row, "stage": Stage(row["stage"])})

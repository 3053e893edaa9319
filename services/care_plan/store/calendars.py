"""Private links to calendars, and the visits that a calendar shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from carebus.contracts.care_plan import VisitMode
from carebus.contracts.people import TeamMember
from carebus.storage.database import Connection
from carebus.storage.states import read_document
from services.care_plan.domain.care import Outcome
from services.care_plan.domain.team.clinicians import Clinician

_MAKE = """
insert into calendar_link (link_id, digest, kind, subject_id, label, made_by, made_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_OPEN = """
update calendar_link set opened_at = $2 where digest = $1 and revoked_at is null returning link_id, kind, subject_id
"""
_REVOKE = """
update calendar_link set revoked_at = $4 where link_id = $1 and kind = $2 and subject_id = $3 and revoked_at is null
"""
_LINKS = """
select link_id, label, made_at, opened_at from calendar_link
where kind = $1 and subject_id = $2 and revoked_at is null order by made_at, link_id
"""
_ON_ROSTER = "select doc::text as doc from clinician where account = $1 limit 1"

_LISTED = """
select v.visit_id, v.patient_id, v.mode, v.starts_at, v.minutes, v.clinician::text as leads,
       coalesce(v.others, '[]')::text as others, coalesce(v.moves, 0) as moves, v.outcome, v.completed_at,
       v.confirmed_at, c.time_zone, coalesce(care.doc #>> '{{patient,address,city}}', '') as town
from visit as v
join caseload as c on c.patient_id = v.patient_id
join care on care.stream = 'patient/' || v.patient_id
where v.starts_at between $2 and $3 and {}
order by v.starts_at, v.visit_id limit {}
"""
MOST = 1000
# Of what waits nothing takes place, so nobody is to drive there.
_OF_CLINICIAN = """
(v.clinician ->> 'clinician_id' = $1::uuid::text
 or v.others @> jsonb_build_array(jsonb_build_object('clinician_id', $1::uuid::text)))
and (v.outcome is not null or v.completed_at is not null or (c.on_hold_since is null and not c.held))
"""
# A family is not shown in its calendar, after a death, what would have been.
_OF_FAMILY = """
v.patient_id = $1::uuid and not (c.held and v.completed_at is null)
and (c.on_hold_since is null or v.starts_at < c.on_hold_since) and (c.ended_at is null or v.starts_at < c.ended_at)
"""

PEOPLE = TypeAdapter(tuple[TeamMember, ...])


class Kind(StrEnum):
    """Whose calendar it is."""

    STAFF = "staff"
    FAMILY = "family"


_OF: Mapping[Kind, str] = {
    Kind.STAFF: _LISTED.format(_OF_CLINICIAN, MOST),
    Kind.FAMILY: _LISTED.format(_OF_FAMILY, MOST),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A private link, without what opens it. label: for whom it was made."""

    link_id: UUID
    label: str
    made_at: datetime
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to: the calendar of a clinician, or of a patient's family."""

    link_id: UUID
    kind: Kind
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """A visit in a calendar. changes: how often its time, way or people changed, and that it was called off."""

    visit_id: UUID
    patient_id: UUID
    mode: VisitMode
    starts_at: datetime
    minutes: int
    people: tuple[TeamMember, ...]
    town: str
    changes: int
    takes_place: bool
    is_certain: bool
    zone: str = "UTC"


async def make(db: Connection, link: Link, opens: Opened, digest: bytes, made_by: str) -> None:
    """Keep a new link."""
    await db.execute(_MAKE, link.link_id, digest, opens.kind, opens.subject_id, link.label, made_by, link.made_at)


async def opened(db: Connection, digest: bytes, now: datetime) -> Opened | None:
    """What a link leads to, and that it was asked; None for one that there is not or that was revoked."""
    row = await db.fetchrow(_OPEN, digest, now)
    return Opened(row["link_id"], Kind(row["kind"]), row["subject_id"]) if row else None


async def revoke(db: Connection, opens: Opened, now: datetime) -> None:
    """The link opens nothing from now on; nothing happens to one of another's."""
    await db.execute(_REVOKE, opens.link_id, opens.kind, opens.subject_id, now)


async def links_of(db: Connection, kind: Kind, subject_id: UUID) -> list[Link]:
    """The links to somebody's calendar that open it, the oldest first."""
    return [Link(**row) for row in await db.fetch(_LINKS, kind, subject_id)]


async def on_roster(db: Connection, account: UUID | None) -> Clinician | None:
    """The clinician who has this account."""
    row = await db.fetchrow(_ON_ROSTER, account)
    return read_document(Clinician, row["doc"]) if row else None


async def listed(db: Connection, opens: Opened, since: datetime, until: datetime) -> list[Listed]:
    """The visits of a calendar between two moments, by their time."""
    return [_listed(dict(row)) for row in await db.fetch(_OF[opens.kind], opens.subject_id, since, until)]


def _listed(row: Mapping[str, Any]) -> Listed:
    called_off = row["outcome"] in {Outcome.CANCELLED, Outcome.NO_SHOW}
    return Listed(
        visit_id=row["visit_id"],
        patient_id=row["patient_id"],
        mode=VisitMode(row["mode"]),
        starts_at=row["starts_at"],
        minutes=row["minutes"],
        people=(TeamMember.model_validate_json(row["leads"]), *PEOPLE.validate_json(row["others"])),
        town=row["town"],
        changes=row["moves"] + called_off,
        takes_place=not called_off,
        is_certain=row["confirmed_at"] is not None or row["completed_at"] is not None,
        zone=row["time_zone"],
    )

"""Who looks after whom, as proposals begin from it, and the planner's proposals of who takes whose place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.care_plan import TeamChange
from carebus.contracts.people import Address, Role, TeamMember
from carebus.contracts.referral import Priority
from carebus.storage.database import Connection
from services.care_plan.domain.care.arranged import Arranged

_CARED = """
select c.patient_id, c.given_name, c.family_name, c.priority, c.phase, d.doc #>> '{patient,language}' as language,
       (d.doc #> '{patient,address}')::text as address, (d.doc -> 'team')::text as team,
       coalesce(d.doc -> 'arranged', '[]')::text as arranged
from caseload as c join care as d on d.stream = 'patient/' || c.patient_id
where c.ended_at is null and c.on_hold_since is null and not c.held and d.doc -> 'team' <> '[]'::jsonb
order by c.patient_id
"""
_FORGET = "delete from team_proposal where proposal_id <> all($1::uuid[])"
_KEEP = """
insert into team_proposal (proposal_id, patient_id, role, leaves, joins, from_day, until, reason, because)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::date[], $7::date[], $8::text[],
                     $9::text[])
on conflict (proposal_id) do nothing
"""
_LISTED = """
select p.*, c.given_name, c.family_name, l.doc ->> 'name' as leaves_name, j.doc ->> 'name' as joins_name
from team_proposal as p join caseload as c using (patient_id)
left join clinician as l on l.clinician_id = p.leaves left join clinician as j on j.clinician_id = p.joins
{where}
order by p.from_day, p.leaves, c.family_name, p.proposal_id limit 500
"""
_SAME = """d.patient_id = p.patient_id and d.leaves = p.leaves and d.reason = p.reason
           and d.until is not distinct from p.until and d.asked_again_on > $1"""
_ASKED = _LISTED.format(where=f"where not exists (select from declined_proposal as d where {_SAME})")
_DECLINED = _LISTED.format(where=f"where exists (select from declined_proposal as d where {_SAME})")
_DECLINE = """
insert into declined_proposal (patient_id, leaves, reason, until, declined_at, declined_by, asked_again_on)
select patient_id, leaves, reason, until, $2, $3, $4 from team_proposal where proposal_id = $1
on conflict (patient_id, leaves, reason, until) do update set
    declined_at = excluded.declined_at, declined_by = excluded.declined_by, asked_again_on = excluded.asked_again_on
returning patient_id
"""
_ASK_AGAIN = """
delete from declined_proposal as d using team_proposal as p
where p.proposal_id = $1 and d.patient_id = p.patient_id and d.leaves = p.leaves and d.reason = p.reason
  and d.until is not distinct from p.until
"""
_FORGET_DECLINED = "delete from declined_proposal where asked_again_on <= $1"
_ARRANGED = """
select c.patient_id, c.given_name, c.family_name, (d.doc -> 'arranged')::text as arranged
from caseload as c join care as d on d.stream = 'patient/' || c.patient_id
where c.ended_at is null and not c.held and d.doc -> 'arranged' <> '[]'::jsonb
order by c.family_name, c.given_name, c.patient_id limit 500
"""


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """A patient in care with their team, as far as who takes whose place depends on it."""

    patient_id: UUID
    urgent: bool
    near_death: bool
    language: str
    address: Address
    team: tuple[TeamMember, ...]
    arranged: tuple[Arranged, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """Somebody takes another's place, once a coordinator approves; `joins` is None where nobody can be had."""

    proposal_id: UUID
    patient_id: UUID
    role: Role
    leaves: UUID
    joins: UUID | None
    from_day: date
    until: date | None
    reason: TeamChange
    because: str


async def looked_after(db: Connection) -> list[LookedAfter]:
    """Everybody whose care goes on, with their team."""
    return [
        LookedAfter(
            row["patient_id"],
            row["priority"] == Priority.URGENT,
            row["phase"] == "terminal",
            row["language"] or "en",
            Address.model_validate_json(row["address"]),
            tuple(TeamMember.model_validate(one) for one in orjson.loads(row["team"])),
            tuple(Arranged.model_validate(one) for one in orjson.loads(row["arranged"])),
        )
        for row in await db.fetch(_CARED)
    ]


async def keep(db: Connection, proposals: Sequence[Proposed]) -> None:
    """These are the proposals now; older ones are forgotten."""
    await db.execute(_FORGET, [one.proposal_id for one in proposals])
    if proposals:
        rows = [tuple(getattr(one, name) for name in Proposed.__slots__) for one in proposals]
        await db.execute(_KEEP, *map(list, zip(*rows, strict=True)))


async def listed(db: Connection, today: date) -> list[dict[str, Any]]:
    """The proposals, those that are needed first before others, without those that were declined."""
    return [dict(row) for row in await db.fetch(_ASKED, today)]


async def declined(db: Connection, today: date) -> list[dict[str, Any]]:
    """The proposals that a coordinator declined, until they are asked for again."""
    return [dict(row) for row in await db.fetch(_DECLINED, today)]


async def decline(db: Connection, proposal_id: UUID, by: str, now: datetime, again_on: date) -> UUID | None:
    """Nothing is to change until that day; gives whom it is about, None if there is no such proposal."""
    await db.execute(_FORGET_DECLINED, now.date())
    found: UUID | None = await db.fetchval(_DECLINE, proposal_id, now, by, again_on)
    return found


async def ask_again(db: Connection, proposal_id: UUID) -> None:
    """It is proposed again, as if nobody had declined it."""
    await db.execute(_ASK_AGAIN, proposal_id)


async def proposal(db: Connection, proposal_id: UUID) -> dict[str, Any] | None:
    """One of them."""
    row = await db.fetchrow("select * from team_proposal where proposal_id = $1", proposal_id)
    return dict(row) if row else None


async def forget(db: Connection, proposal_id: UUID) -> None:
    """It was approved."""
    await db.execute("delete from team_proposal where proposal_id = $1", proposal_id)


async def arranged(db: Connection) -> list[tuple[dict[str, Any], tuple[Arranged, ...]]]:
    """Whose teams change on days to come, as was approved, and how."""
    rows = await db.fetch(_ARRANGED)
    return [(dict(row), tuple(map(Arranged.model_validate, orjson.loads(row["arranged"])))) for row in rows]

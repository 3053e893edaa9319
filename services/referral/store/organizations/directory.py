"""Referring organizations: their names, whose accounts see their referrals, and how their loops stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from carebus.storage.database import Connection
from services.referral.domain.organizations.loops import Share

_LOOPS = """
with mine as (
    select organization_name.organization_id, followed.*,
           row_number() over (partition by organization_name.organization_id, stream,
                                           received_at >= $2 and received_at < $3
                              order by received_at, referral_id) as place
    from followed join organization_name using (name_key)
    where status <> 'entered_in_error' and ($1::uuid is null or organization_id = $1)
)
select organization.organization_id, organization.name, count(mine.referral_id) as referrals,
       count(*) filter (where mine.status <> all($5::text[])) as open,
       percentile_cont(0.5) within group (order by extract(epoch from $6 - mine.received_at))
           filter (where mine.status <> all($5::text[])) as median_age,
       max(extract(epoch from $6 - mine.received_at)) filter (where mine.status <> all($5::text[])) as oldest_age,
       count(*) filter (where counts) as referred,
       count(*) filter (where counts and mine.status = 'closed' and mine.closed_at < $4) as closed,
       max(mine.received_at) as latest
from organization left join lateral (
    select mine.*, place = 1 and received_at >= $2 and received_at < $3 as counts
    from mine where mine.organization_id = organization.organization_id
) as mine on true
where $1::uuid is null or organization.organization_id = $1
group by organization.organization_id, organization.name
having count(mine.referral_id) > 0 or $1::uuid is not null
order by count(*) filter (where mine.status <> all($5::text[])) desc, organization.name limit $7
"""

_OPEN = """
select followed.referral_id, followed.status, followed.received_at, followed.changed_at, referral.reference,
       referral.urgent, referral.patient_id, referral.patient_name
from followed join organization_name using (name_key) join referral using (referral_id)
where organization_id = $1 and (not $3 or followed.status <> all($2::text[]))
order by followed.status = any($2::text[]), followed.received_at desc, followed.referral_id limit $4 offset $5
"""

_CALLED = """
select name_key from organization_name where organization_id = coalesce(
    (select organization_id from organization where organization_id = $1),
    (select organization_id from organization_name where name_key = $2))
"""
_MEMBER = """
select organization_id from organization_member where email = $1
union all
(select organization_id from organization_domain where domain = $2)
limit 1
"""


@dataclass(frozen=True, slots=True)
class Loop:
    """An organization's referrals: how many, how many open and since when, how many of a year's loops are closed."""

    organization_id: UUID
    name: str
    referrals: int
    open: int
    median_age: timedelta | None
    oldest_age: timedelta | None
    share: Share
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Mine:
    """One of an organization's referrals."""

    referral_id: UUID
    status: str
    received_at: datetime
    changed_at: datetime
    reference: str
    urgent: bool
    patient_id: UUID
    patient_name: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What a year's share is counted by: when a first referral counts, until when its report does, what has ended."""

    since: datetime
    before: datetime
    reported_before: datetime
    ended: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization: the names it is known by, and whose accounts belong to it."""

    organization_id: UUID
    name: str
    names: tuple[str, ...]
    domains: tuple[str, ...]
    members: tuple[str, ...]


async def loops(db: Connection, counted: Counted, organization_id: UUID | None = None, limit: int = 500) -> list[Loop]:
    """The loops of every organization that has referred, those with most open referrals first; or of one."""
    given = (counted.since, counted.before, counted.reported_before, list(counted.ended), counted.now, limit)
    return [_loop(row) for row in await db.fetch(_LOOPS, organization_id, *given)]


async def referrals_of(
    db: Connection, organization_id: UUID, ended: tuple[str, ...], *, only_open: bool, limit: int, offset: int = 0
) -> list[Mine]:
    """An organization's referrals: open ones first, the latest of each first."""
    return [Mine(**row) for row in await db.fetch(_OPEN, organization_id, list(ended), only_open, limit, offset)]


async def organization(db: Connection, organization_id: UUID) -> Organization | None:
    """An organization by its id."""
    name = await db.fetchval("select name from organization where organization_id = $1", organization_id)
    if name is None:
        return None
    asked = "select array(select {} from {} where organization_id = $1 order by 1)"
    names, domains, members = [
        tuple(await db.fetchval(asked.format(column, table), organization_id) or ())
        for column, table in (
            ("name_key", "organization_name"),
            ("domain", "organization_domain"),
            ("email", "organization_member"),
        )
    ]
    return Organization(organization_id, name, names, domains, members)


async def organization_called(db: Connection, organization_id: UUID | None, key: str) -> frozenset[str]:
    """All names (as keys) of the organization with this id, or with this name; none when there is none."""
    return frozenset(row["name_key"] for row in await db.fetch(_CALLED, organization_id, key))


async def member_of(db: Connection, email: str) -> UUID | None:
    """Whose referrals the holder of this (verified) address may see: by the address itself, else by its domain."""
    address = email.strip().lower()
    whose, _, domain = address.rpartition("@")
    found = await db.fetchval(_MEMBER, address, domain) if whose else None
    return UUID(str(found)) if found else None


async def admit(db: Connection, organization_id: UUID, *, domain: str = "", email: str = "") -> bool:
    """Let a domain or one address see an organization's referrals; False when another organization has it."""
    column, table, value = (
        ("domain", "organization_domain", domain) if domain else ("email", "organization_member", email)
    )
    made = f"insert into {table} ({column}, organization_id) values ($1, $2) on conflict do nothing"
    await db.execute(made, value, organization_id)
    return bool(
        await db.fetchval(f"select organization_id = $2 from {table} where {column} = $1", value, organization_id)
    )


async def exclude(db: Connection, organization_id: UUID, *, domain: str = "", email: str = "") -> None:
    """No longer let them: whoever asks is looked up at each request."""
    await db.execute(
        "delete from organization_domain where domain = $1 and organization_id = $2", domain, organization_id
    )
    await db.execute(
        "delete from organization_member where email = $1 and organization_id = $2", email, organization_id
    )


async def call_one(db: Connection, organization_id: UUID, name_key: str) -> None:
    """From now on a name is one of this organization's."""
    await db.execute(
        "insert into organization_name (name_key, organization_id) values ($1, $2)"
        " on conflict (name_key) do update set organization_id = excluded.organization_id",
        name_key,
        organization_id,
    )


def _loop(row: Any) -> Loop:
    return Loop(
        organization_id=row["organization_id"],
        name=row["name"],
        referrals=row["referrals"],
        open=row["open"],
        median_age=_age(row["median_age"]),
        oldest_age=_age(row["oldest_age"]),
        share=Share(row["closed"], row["referred"]),
        latest=row["latest"],
    )


def _age(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=float(seconds))

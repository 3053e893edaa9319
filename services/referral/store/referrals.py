"""Every referral as a row of its own, for the worklist and for finding a referral's patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream, subject_id
from carebus.contracts.referral import Priority
from carebus.db import Connection
from carebus.states import Documents, tables
from services.referral.domain import Intake, Referral, Status
from services.referral.domain.reference import reference

_COLUMNS = {
    "referral_id": "uuid",
    "stream": "text",
    "patient_id": "uuid",
    "reference": "text",
    "status": "text",
    "urgent": "boolean",
    "eligible": "boolean",
    "suggested_decline_reason": "text",
    "decline_reason": "text",
    "patient_name": "text",
    "birth_date": "date",
    "organization": "text",
    "conditions": "text",
    "received_at": "timestamptz",
    "decided_at": "timestamptz",
}

_SAVE = f"""
insert into referral ({", ".join(_COLUMNS)})
select {", ".join("string_to_array(conditions, ' ')" if name == "conditions" else name for name in _COLUMNS)}
from unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_COLUMNS.values(), 1))})
    as row ({", ".join(_COLUMNS)})
on conflict (referral_id) do update set
    status = excluded.status, decline_reason = excluded.decline_reason, decided_at = excluded.decided_at
"""
# Conditions travel as one text each, because unnest would flatten an array of arrays.

_OLDEST = """
select * from referral
where ($1::text is null or status = $1)
  and ($3::uuid is null
       or (received_at, referral_id) > (select last.received_at, last.referral_id from referral as last
                                        where last.referral_id = $3))
order by received_at, referral_id limit $2
"""

_STREAMS = "select referral_id, stream from referral where referral_id = any($1::uuid[])"

_ORDERS = {
    Status.TRIAGE: "urgent desc, received_at, referral_id",
    Status.ACCEPTED: "decided_at desc, referral_id",
    Status.DECLINED: "decided_at desc, referral_id",
    None: "received_at desc, referral_id",
}

_COUNTS = """
select status, count(*) as referrals, count(*) filter (where urgent) as urgent, min(received_at) as oldest,
       count(*) filter (where received_at < case when urgent then $1::timestamptz else $2::timestamptz end) as late
from referral group by status
"""

_SAME_PERSON = """
select * from referral
where birth_date = $1 and lower(patient_name) = lower($2) and referral_id <> $3
order by received_at limit 20
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A referral as a list shows it."""

    referral_id: UUID
    patient_id: UUID
    reference: str
    status: Status
    urgent: bool
    eligible: bool
    suggested_decline_reason: str | None
    decline_reason: str | None
    patient_name: str
    birth_date: date
    organization: str
    conditions: tuple[str, ...]
    received_at: datetime
    decided_at: datetime | None

    @property
    def priority(self) -> Priority:
        """How fast an answer is wanted."""
        return Priority.URGENT if self.urgent else Priority.ROUTINE


@dataclass(frozen=True, slots=True)
class Count:
    """How many referrals stand somewhere, how many of them are urgent or late, and since when the oldest waits."""

    referrals: int = 0
    urgent: int = 0
    late: int = 0
    oldest: datetime | None = None


async def save_rows(db: Connection, intakes: Mapping[Stream, Intake]) -> None:
    """Save every referral of these patients as a row of its own."""
    rows = [_row_of(stream, each) for stream, intake in intakes.items() for each in intake.referrals]
    await db.execute(_SAVE, *(list(column) for column in zip(*rows, strict=True)))


STATES = tables(Documents("intake", Intake, rows=save_rows))


async def stream_of(db: Connection, referral_id: UUID) -> Stream | None:
    """The stream of the patient whom this referral is about."""
    found = await db.fetchval("select stream from referral where referral_id = $1", referral_id)
    return Stream(found) if found else None


async def referral(db: Connection, referral_id: UUID) -> tuple[UUID, Referral] | None:
    """A referral as it stands now, with the patient's id."""
    found = await referrals_by_id(db, [referral_id])
    return found[0] if found else None


async def referrals_by_id(db: Connection, referral_ids: Sequence[UUID]) -> list[tuple[UUID, Referral]]:
    """Referrals as they stand now, each with its patient's id; those that nobody knows are left out."""
    rows = await db.fetch(_STREAMS, list(referral_ids))
    of = {row["referral_id"]: Stream(row["stream"]) for row in rows}
    intakes = await STATES[Intake].load(db, sorted(set(of.values())))
    return [(UUID(subject_id(s)), intakes[s].referral(each)) for each in referral_ids if (s := of.get(each))]


async def oldest(db: Connection, status: Status | None, limit: int, after: UUID | None = None) -> list[Row]:
    """Referrals in the order in which they came, from the one after `after` on."""
    return [_read(row) for row in await db.fetch(_OLDEST, status, limit, after)]


async def page(db: Connection, status: Status | None, number: int, size: int) -> list[Row]:
    """One page of the worklist: undecided ones by urgency and age, decided ones by the day of the decision."""
    wanted = (
        f"select * from referral where ($1::text is null or status = $1) order by {_ORDERS[status]} limit $2 offset $3"
    )
    return [_read(row) for row in await db.fetch(wanted, status, size, (number - 1) * size)]


async def counts(db: Connection, urgent_before: datetime, routine_before: datetime) -> dict[Status, Count]:
    """How many referrals stand where; late are those received before these times."""
    rows = await db.fetch(_COUNTS, urgent_before, routine_before)
    found = {Status(r["status"]): Count(r["referrals"], r["urgent"], r["late"], r["oldest"]) for r in rows}
    return {status: found.get(status, Count()) for status in Status}


async def by_reference(db: Connection, number: str) -> list[Row]:
    """The referrals with this reference number: one, or hardly ever two."""
    return [_read(row) for row in await db.fetch("select * from referral where reference = $1 limit 20", number)]


async def same_person(db: Connection, of: Referral) -> list[Row]:
    """Other referrals of a person with the same name and date of birth: possible duplicates, for a person to judge."""
    person = of.received.patient
    return [_read(row) for row in await db.fetch(_SAME_PERSON, person.birth_date, person.full_name, of.referral_id)]


def _row_of(stream: Stream, referral: Referral) -> tuple[Any, ...]:
    received, assessed, outcome = referral.received, referral.assessed, referral.outcome
    return (
        referral.referral_id,
        stream,
        UUID(subject_id(stream)),
        reference(referral.referral_id),
        referral.status,
        received.priority is Priority.URGENT,
        assessed.eligible,
        assessed.decline_reason,
        outcome.decline_reason if outcome else None,
        received.patient.full_name,
        received.patient.birth_date,
        received.referrer.organization,
        " ".join(received.conditions),
        received.received_at,
        outcome.decided_at if outcome else None,
    )


def _read(row: Any) -> Row:
    kept = {name: row[name] for name in Row.__slots__}
    return Row(**{**kept, "status": Status(row["status"]), "conditions": tuple(row["conditions"])})

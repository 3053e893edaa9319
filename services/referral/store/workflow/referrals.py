"""Every referral as a row of its own, for the worklist and for finding a referral's patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import UniqueViolationError

from carebus import folding
from carebus.contracts.event import Stream, subject_id
from carebus.contracts.referral import Priority
from carebus.errors import CarebusError
from carebus.storage import streams
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents, tables
from services.referral.domain import Intake, Referral, Status
from services.referral.domain.matching.blocking import VERSION
from services.referral.domain.workflow.reference import reference
from services.referral.store.columns import Columns
from services.referral.store.identity.persons import save_persons

_COLUMNS = Columns(
    referral_id="uuid",
    stream="text",
    patient_id="uuid",
    reference="text",
    status="text",
    urgent="boolean",
    eligible="boolean",
    suggested_decline_reason="text",
    decline_reason="text",
    patient_name="text",
    birth_date="date",
    organization="text",
    conditions="text",
    received_at="timestamptz",
    decided_at="timestamptz",
    version="integer",
    open="boolean",
    decision="text",
    assigned_to="text",
    payer="text",
    waits_for="text",
    next_due="timestamptz",
    next_milestone="text",
    placer_assigner="text",
    placer_id="text",
    raw_hash="text",
    first_hash="text",
    replaces="uuid",
    proposals="integer",
    sorted_at="timestamptz",
    organization_words="text",
)

_SAVE = f"""
insert into referral ({_COLUMNS.names})
select {_COLUMNS.names.replace(" conditions,", " string_to_array(conditions, ' '),")}
from {_COLUMNS.rows()}
on conflict (referral_id) do update set {_COLUMNS.updated("sorted_at", but="referral_id")},
    sorted_at = case when referral.next_due is distinct from excluded.next_due
                     then excluded.sorted_at else referral.sorted_at end
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

_BY_PLACER = """
select stream from referral where placer_assigner = $1 and placer_id = $2 and placer_id is not null
order by received_at desc limit 1
"""

_SAME_PERSON = f"""
select * from referral as r
where birth_date = $1 and lower(patient_name) = lower($2) and referral_id <> $3
  and {of_own("r.patient_id", 4)}
order by received_at limit 20
"""

_MADE_BEFORE = """
select distinct stream from (
    select stream from person join referral using (referral_id) where person.made_by < $2 limit $1
) as found
"""
_UNKNOWN = """
select distinct stream from referral
where not exists (select from person where person.referral_id = referral.referral_id) limit $1
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
    version: int = 0
    open: bool = True
    decision: Status | None = None
    assigned_to: str = ""
    payer: str | None = None
    waits_for: str | None = None
    next_due: datetime | None = None
    next_milestone: str | None = None
    proposals: int = 0

    @property
    def priority(self) -> Priority:
        """How fast an answer is wanted."""
        return Priority.URGENT if self.urgent else Priority.ROUTINE


async def save_rows(db: Connection, intakes: Mapping[Stream, Intake]) -> None:
    """Save every referral of these patients as a row of its own."""
    rows = [_row_of(stream, each) for stream, intake in intakes.items() for each in intake.referrals]
    try:
        await db.execute(_SAVE, *_COLUMNS.values(rows))
    except UniqueViolationError:
        raise NumberTaken from None
    await save_persons(db, intakes)


class NumberTaken(CarebusError):
    """Another referral with this number of its referrer is arriving at this moment. Send this one again."""


STATES = tables(Documents("intake", Intake, rows=save_rows))


async def catch_up(db: Connection, limit: int) -> int:
    """Keep what referrals of an older release state of their persons; gives the number of patients."""
    return await _keep_again(db, await db.fetch(_UNKNOWN, limit))


async def make_again(db: Connection, limit: int) -> int:
    """Make what an older release kept of persons as this one does; gives the number of patients."""
    return await _keep_again(db, await db.fetch(_MADE_BEFORE, limit, VERSION))


async def _keep_again(db: Connection, rows: Sequence[Any]) -> int:
    found = [Stream(row["stream"]) for row in rows]
    if found:
        await streams.lock(db, found)
        await save_persons(db, await STATES[Intake].load(db, found))
    return len(found)


async def stream_of(db: Connection, referral_id: UUID) -> Stream | None:
    """The stream of the patient whom this referral is about."""
    found = await db.fetchval("select stream from referral where referral_id = $1", referral_id)
    return Stream(found) if found else None


async def streams_of(db: Connection, referral_ids: Sequence[UUID]) -> dict[UUID, Stream]:
    """The streams of the patients whom these referrals are about."""
    rows = await db.fetch("select referral_id, stream from referral where referral_id = any($1::uuid[])", referral_ids)
    return {row["referral_id"]: Stream(row["stream"]) for row in rows}


async def names_of(db: Connection, referral_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of the people whom these referrals are about."""
    asked = "select referral_id, patient_name from referral where referral_id = any($1::uuid[])"
    return {row["referral_id"]: row["patient_name"] for row in await db.fetch(asked, referral_ids)}


async def stream_of_placer(db: Connection, placer: tuple[str, str]) -> Stream | None:
    """The stream of the newest referral with this number of a referrer (see `domain.placer_of`)."""
    found = await db.fetchval(_BY_PLACER, *placer)
    return Stream(found) if found else None


async def stream_of_hash(db: Connection, raw_hash: str) -> Stream | None:
    """The stream of a referral that began with, or was last read from, a document with this hash."""
    asked = "select stream from referral where raw_hash = $1 or first_hash = $1 limit 1"
    found = await db.fetchval(asked, raw_hash)
    return Stream(found) if found else None


async def referral(db: Connection, referral_id: UUID) -> tuple[UUID, Referral] | None:
    """A referral as it stands now, with the patient's id."""
    found = await referrals_by_id(db, [referral_id])
    return found[0] if found else None


async def referrals_by_id(db: Connection, referral_ids: Sequence[UUID]) -> list[tuple[UUID, Referral]]:
    """Referrals as they stand now, each with its patient's id; those that nobody knows are left out."""
    of = await streams_of(db, referral_ids)
    intakes = await STATES[Intake].load(db, sorted(set(of.values())))
    return [(UUID(subject_id(s)), intakes[s].referral(each)) for each in referral_ids if (s := of.get(each))]


async def oldest(db: Connection, status: Status | None, limit: int, after: UUID | None = None) -> list[Row]:
    """Referrals in the order in which they came, from the one after `after` on."""
    return [read(row) for row in await db.fetch(_OLDEST, status, limit, after)]


async def with_references(db: Connection, numbers: Sequence[str]) -> dict[str, set[UUID]]:
    """The referrals with each of these reference numbers."""
    asked = "select reference, referral_id from referral where reference = any($1::text[])"
    found: dict[str, set[UUID]] = {}
    for row in await db.fetch(asked, list(numbers)):
        found.setdefault(row["reference"], set()).add(row["referral_id"])
    return found


async def same_person(db: Connection, of: Referral, seen_by: Own | None = None) -> list[Row]:
    """Other referrals of a person with the same name and date of birth: possible duplicates, for a person to judge."""
    person = of.received.patient
    asked = person.birth_date, person.full_name, of.referral_id
    return [read(row) for row in await db.fetch(_SAME_PERSON, *asked, *(seen_by or EVERYBODY))]


def _row_of(stream: Stream, referral: Referral) -> dict[str, Any]:
    received, assessed, outcome = referral.received, referral.assessed, referral.outcome
    assigner, number = referral.placer or (None, None)
    running = next((each for each in referral.due if each.due_at), None)
    return {
        "referral_id": referral.referral_id,
        "stream": stream,
        "patient_id": UUID(subject_id(stream)),
        "reference": reference(referral.referral_id),
        "status": referral.status,
        "urgent": referral.urgency is Priority.URGENT,
        "eligible": assessed.eligible,
        "suggested_decline_reason": assessed.decline_reason,
        "decline_reason": outcome.decline_reason if outcome else None,
        "patient_name": received.patient.full_name,
        "birth_date": received.patient.birth_date,
        "organization": received.referrer.organization,
        "conditions": " ".join(received.conditions),
        "received_at": received.received_at,
        "decided_at": outcome.decided_at if outcome else None,
        "version": referral.version,
        "open": not referral.ended,
        "decision": outcome.status if outcome else None,
        "assigned_to": referral.assigned_to,
        "payer": received.payer.kind if received.payer else None,
        "waits_for": next((each.waits_for for each in referral.due if each.waits_for), None),
        "next_due": running.due_at if running else None,
        "next_milestone": running.milestone if running else None,
        "placer_assigner": assigner,
        "placer_id": number,
        "raw_hash": received.raw_hash or None,
        "first_hash": referral.first_hash or None,
        "replaces": received.replaces,
        "sorted_at": max((each.noted_at or each.at for each in referral.steps), default=received.received_at),
        "organization_words": " ".join(folding.words(received.referrer.organization)),
        "proposals": 0 if referral.ended else len(referral.proposals),
    }


def read(row: Any) -> Row:
    """A row of the table as a list shows it."""
    kept = {name: row[name] for name in Row.__slots__}
    decision = Status(row["decision"]) if row["decision"] else None
    return Row(
        **{**kept, "status": Status(row["status"]), "decision": decision, "conditions": tuple(row["conditions"])}
    )

"""Who is who: reviews as rows for the queue, and which records were merged into whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.referral.domain.identity.records import Identity, Review
from services.referral.store.columns import Columns

_COLUMNS = Columns(
    review_id="uuid",
    patient_id="uuid",
    referral_id="uuid",
    opened_at="timestamptz",
    decision="text",
    grade="text",
    weight="float8",
    candidates="integer",
)
_SAVE = f"""
insert into review ({_COLUMNS.names})
select * from {_COLUMNS.rows()}
on conflict (review_id) do update set decision = excluded.decision
where review.decision is distinct from excluded.decision
"""
_MERGED = """
insert into merged (retired_id, survivor_id) select * from unnest($1::uuid[], $2::uuid[])
on conflict (retired_id) do update set survivor_id = excluded.survivor_id
"""
_OPEN = """
select review.*, patient_name, birth_date, organization, urgent, received_at
from review join referral using (referral_id)
where (review.decision is null or review.decision = 'more_information') and referral.open
  and ($2::uuid is null or (review.opened_at, review_id) > (select last.opened_at, last.review_id from review as last
                                                            where last.review_id = $2))
order by review.opened_at, review_id limit $1
"""
_FAMILY = """
select retired_id as other from merged where survivor_id = $1
union select survivor_id from merged where retired_id = $1
union select b.retired_id from merged as a join merged as b using (survivor_id)
where a.retired_id = $1 and b.retired_id <> $1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review in the queue."""

    review_id: UUID
    patient_id: UUID
    referral_id: UUID
    opened_at: datetime
    decision: str | None
    grade: str
    weight: float
    candidates: int
    patient_name: str
    organization: str
    urgent: bool


async def save_identities(db: Connection, identities: Mapping[Stream, Identity]) -> None:
    """Keep reviews and merges of these patients as rows."""
    by_patient = {UUID(subject_id(stream)): identity for stream, identity in identities.items()}
    reviews = [_row_of(patient_id, one) for patient_id, identity in by_patient.items() for one in identity.reviews]
    if reviews:
        await db.execute(_SAVE, *_COLUMNS.values(reviews))
    merged = {retired: of.merged_into for retired, of in by_patient.items() if of.merged_into is not None}
    await db.execute(
        "delete from merged where retired_id = any($1::uuid[])", [each for each in by_patient if each not in merged]
    )
    await db.execute(_MERGED, list(merged), list(merged.values()))


def _row_of(patient_id: UUID, review: Review) -> dict[str, Any]:
    best = review.candidates[0]
    return {
        "review_id": review.review_id,
        "patient_id": patient_id,
        "referral_id": review.referral_id,
        "opened_at": review.opened_at,
        "decision": review.decision,
        "grade": best.grade,
        "weight": best.weight,
        "candidates": len(review.candidates),
    }


IDENTITIES = Documents("identity", Identity, rows=save_identities)


async def open_reviews(db: Connection, limit: int, after: UUID | None = None) -> list[Waiting]:
    """Reviews that somebody has to decide, those that wait longest first."""
    return [Waiting(**{name: row[name] for name in Waiting.__slots__}) for row in await db.fetch(_OPEN, limit, after)]


async def review_patient(db: Connection, review_id: UUID) -> UUID | None:
    """Whose review it is."""
    found = await db.fetchval("select patient_id from review where review_id = $1", review_id)
    return UUID(str(found)) if found else None


async def review_of(db: Connection, referral_id: UUID) -> UUID | None:
    """The newest review of a referral."""
    wanted = "select review_id from review where referral_id = $1 order by opened_at desc limit 1"
    found = await db.fetchval(wanted, referral_id)
    return UUID(str(found)) if found else None


async def identity_of(db: Connection, patient_id: UUID) -> Identity:
    """Who a patient is, as far as it is known."""
    return await IDENTITIES.one(db, patient_stream(patient_id)) or Identity()


async def other_records(db: Connection, patient_id: UUID) -> list[UUID]:
    """The other records that are this person's: those merged with this one."""
    return [UUID(str(row["other"])) for row in await db.fetch(_FAMILY, patient_id)]

"""Who is who: reviews as rows for the queue, and which records were merged into whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.referral.domain.identity import Identity, Review

_SAVE = """
insert into review (review_id, patient_id, referral_id, opened_at, decision, grade, weight, candidates)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::float8[],
                     $8::integer[])
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
    reviews = [(patient_id, review) for patient_id, identity in by_patient.items() for review in identity.reviews]
    if reviews:
        await _save_reviews(db, reviews)
    merged = {retired: of.merged_into for retired, of in by_patient.items() if of.merged_into is not None}
    await db.execute(
        "delete from merged where retired_id = any($1::uuid[])", [each for each in by_patient if each not in merged]
    )
    await db.execute(_MERGED, list(merged), list(merged.values()))


async def _save_reviews(db: Connection, reviews: Sequence[tuple[UUID, Review]]) -> None:
    await db.execute(
        _SAVE,
        [review.review_id for _, review in reviews],
        [patient_id for patient_id, _ in reviews],
        [review.referral_id for _, review in reviews],
        [review.opened_at for _, review in reviews],
        [review.decision for _, review in reviews],
        [review.candidates[0].grade for _, review in reviews],
        [review.candidates[0].weight for _, review in reviews],
        [len(review.candidates) for _, review in reviews],
    )


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
    stream = patient_stream(patient_id)
    return (await IDENTITIES.load(db, [stream])).get(stream, Identity())


async def other_records(db: Connection, patient_id: UUID) -> list[UUID]:
    """The other records that are this person's: those merged with this one."""
    return [UUID(str(row["other"])) for row in await db.fetch(_FAMILY, patient_id)]

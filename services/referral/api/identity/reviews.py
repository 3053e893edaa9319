"""Who is who over JSON: the reviews that wait, what speaks for each candidate, and what a person decided."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.contracts.event import patient_stream
from carebus.contracts.people import Person
from carebus.contracts.referral import IdentityDecision, MergeReason
from carebus.deciding.commands import Answer, Asked, Done, Step
from carebus.decisions import on
from carebus.ids import new_id
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf, saw
from services.referral import store
from services.referral.api.identity.comparing import Compared, Line, compared
from services.referral.api.workflow.offices import office
from services.referral.domain import Intake
from services.referral.domain.feedback.updates import informing
from services.referral.domain.identity.merging import absorb, release, restore, retire
from services.referral.domain.identity.records import (
    DecideReview,
    Finding,
    Identity,
    Merge,
    MergeWanted,
    Review,
    ReviewUnknown,
    UnmergeWanted,
)
from services.referral.domain.identity.reviewing import decide_review, decide_same, keep_apart

router = APIRouter(prefix="/api/identity", route_class=LimitedRoute)

RESTORE = on(Identity, restore)
RELEASE = on(Identity, release)


class ReviewItem(BaseModel, from_attributes=True):
    """A review in the queue: nothing that names the person."""

    review_id: UUID
    patient_id: UUID
    referral_id: UUID
    opened_at: datetime
    decision: IdentityDecision | None
    grade: str
    weight: float
    candidates: int
    urgent: bool


class ReviewList(BaseModel):
    """Reviews, longest waiting first. The next page is asked for with `after`, the last item's review_id."""

    items: list[ReviewItem]


class LineView(BaseModel, from_attributes=True):
    """One field of both records: how far they agree and what that adds to the weight."""

    field: str
    stated: str
    known: str
    level: str
    weight: float


class CandidateView(BaseModel):
    """A patient whom the referral may be about, beside the referral."""

    patient_id: UUID
    grade: str
    combination: str | None
    weight: float
    population_weight: float
    deceased: bool
    person: Person
    lines: list[LineView]


class ReviewView(BaseModel):
    """A review with both sides of every candidate."""

    review: Review
    patient_id: UUID
    person: Person
    candidates: list[CandidateView]


class IdentityView(BaseModel):
    """Who a patient is: the record that goes on for this one, and those that ended in it."""

    patient_id: UUID
    merged_into: UUID | None
    absorbed: tuple[UUID, ...]
    reviews: tuple[Review, ...]

    @classmethod
    def of(cls, done: Done) -> "IdentityView":
        """The view after a decision."""
        return cls.shown(done.cause.subject_id, done.state(Identity))

    @classmethod
    def shown(cls, patient_id: UUID, known: Identity) -> "IdentityView":
        """The view of what is known."""
        return cls(patient_id=patient_id, merged_into=known.merged_into, absorbed=known.absorbed, reviews=known.reviews)


@router.get("/reviews")
async def reviews(
    parts: PartsOf, limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: UUID | None = None
) -> ReviewList:
    """Reviews that wait for a decision."""
    async with parts.database.connection() as db:
        return ReviewList(
            items=[ReviewItem.model_validate(each) for each in await store.open_reviews(db, limit, after)]
        )


@router.get("/reviews/{review_id}")
async def review(request: Request, review_id: UUID, parts: PartsOf) -> ReviewView:
    """One review, with both records side by side."""
    found = await compared(parts, review_id)
    saw(request, found.everybody)
    views = [_candidate(found, n) for n in range(len(found.candidates))]
    return ReviewView(review=found.review, patient_id=found.patient_id, person=found.person, candidates=views)


@router.post("/reviews/{review_id}/decide")
async def post_decision(review_id: UUID, body: Finding, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Settle a review, or say that more has to be known."""
    return _told(await decide(parts, review_id, body, asked))


@router.post("/merges")
async def post_merge(body: MergeWanted, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Put two records together: they are one person's."""
    return _told(await merge(parts, body, asked))


@router.post("/unmerges")
async def post_unmerge(body: UnmergeWanted, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Take two records apart again."""
    return _told(await unmerge(parts, body, asked))


@router.get("/patients/{patient_id}")
async def patient(request: Request, patient_id: UUID, parts: PartsOf) -> IdentityView:
    """Who a patient is."""
    saw(request, [patient_id])
    async with parts.database.connection() as db:
        return IdentityView.shown(patient_id, await store.identity_of(db, patient_id))


async def decide(parts: Parts, review_id: UUID, found: Finding, asked: Asked) -> Answer:
    """Settle a review; the same person's record ends in the one that was there. Raises what the domain raises."""
    async with parts.database.connection() as db:
        patient_id = await store.review_patient(db, review_id)
    if patient_id is None:
        raise ReviewUnknown
    command = DecideReview(review_id=review_id, **found.model_dump())
    survivor_id = await _survivor(parts, patient_id, found)
    if survivor_id is None:
        return await _settle(parts, patient_id, command, asked)
    wanted = MergeWanted(survivor_id=survivor_id, retired_id=patient_id, reason=MergeReason.REVIEWED)
    joined = await _merge(parts, wanted)
    settle = informing(on(Intake, Identity, partial(decide_same, merge=joined, office=office(parts))))
    steps = [(settle, patient_stream(patient_id), command), _absorbs(joined)]
    return await parts.commands.perform_in_turn(steps, asked, IdentityView.of)


async def _settle(parts: Parts, patient_id: UUID, command: DecideReview, asked: Asked) -> Answer:
    settle = informing(on(Intake, Identity, partial(decide_review, office=office(parts))))
    steps = [(settle, patient_stream(patient_id), command), *await _apart(parts, patient_id, command)]
    return await parts.commands.perform_in_turn(steps, asked, IdentityView.of)


async def _apart(parts: Parts, patient_id: UUID, command: DecideReview) -> list[Step]:
    """Whom a reviewer finds to be somebody else knows it too."""
    if command.decision is not IdentityDecision.DIFFERENT:
        return []
    async with parts.database.connection() as db:
        review = (await store.identity_of(db, patient_id)).review(command.review_id)
    how = on(Identity, partial(keep_apart, other=patient_id))
    return [(how, patient_stream(each.patient_id), command) for each in review.candidates]


async def _survivor(parts: Parts, patient_id: UUID, found: Finding) -> UUID | None:
    """In whose record the patient's is to end; None where they are not the same, or are together already."""
    if found.decision is not IdentityDecision.SAME or found.patient_id is None:
        return None
    own, theirs = patient_stream(patient_id), patient_stream(found.patient_id)
    async with parts.database.connection() as db:
        kept = await store.STATES[Identity].load(db, sorted({own, theirs}))
    mine, other = kept.get(own, Identity()), kept.get(theirs, Identity())
    survivor_id = other.merged_into or found.patient_id
    together = {patient_id, mine.merged_into, *mine.absorbed}
    return None if survivor_id in together else survivor_id


async def merge(parts: Parts, wanted: MergeWanted, asked: Asked) -> Answer:
    """Put two records together, both streams in one transaction. Raises what the domain raises."""
    joined = await _merge(parts, wanted)
    ends = informing(on(Intake, Identity, partial(retire, merge=joined))), patient_stream(wanted.retired_id), wanted
    return await parts.commands.perform_in_turn([ends, _absorbs(joined)], asked, IdentityView.of)


async def unmerge(parts: Parts, wanted: UnmergeWanted, asked: Asked) -> Answer:
    """Take two records apart, both streams in one transaction. Raises what the domain raises."""
    opens = RESTORE, patient_stream(wanted.retired_id), wanted
    lets_go = RELEASE, patient_stream(wanted.survivor_id), wanted
    return await parts.commands.perform_in_turn([opens, lets_go], asked, IdentityView.of)


def _absorbs(joined: Merge) -> Step:
    how = informing(on(Intake, Identity, partial(absorb, merge=joined)))
    return how, patient_stream(joined.wanted.survivor_id), joined.wanted


async def _merge(parts: Parts, wanted: MergeWanted) -> Merge:
    """The merge as both records stand now; each is looked at again when it is decided."""
    retired, survivor = patient_stream(wanted.retired_id), patient_stream(wanted.survivor_id)
    async with parts.database.connection() as db:
        kept = await store.STATES[Intake].load(db, sorted({retired, survivor}))
    return Merge(
        new_id(),
        wanted,
        survivor_in_care=kept.get(survivor, Intake()).enrolled,
        retired_in_care=kept.get(retired, Intake()).enrolled,
    )


def _candidate(found: Compared, n: int) -> CandidateView:
    one = found.candidates[n]
    return CandidateView(
        patient_id=one.patient_id,
        grade=one.match.grade,
        combination=one.match.combination,
        weight=one.match.weight,
        population_weight=-found.population_weight,
        deceased=one.deceased,
        person=one.person,
        lines=[_line(line) for line in one.lines],
    )


def _line(line: Line) -> LineView:
    return LineView.model_validate(line)


def _told(answer: Answer) -> JSONResponse:
    return JSONResponse(answer.body, answer.status)

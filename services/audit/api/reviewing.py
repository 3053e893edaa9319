"""Emergency access and its reviews, as JSON; and the command that keeps what a review found."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from carebus.deciding.commands import Answer, Asked
from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf, saw
from services.audit import store
from services.audit.api.asking import LONGEST, name_of, place_in
from services.audit.domain import NotReviewable, Review, ReviewEmergencyAccess, review
from services.audit.domain.reviews import DUE, stream_of
from services.audit.settings import MOST, PAGE
from services.audit.store import Emergency

router = APIRouter(prefix="/api/reviews", route_class=LimitedRoute)


@router.get("")
async def reviews(
    request: Request,
    parts: PartsOf,
    after: Annotated[str | None, Query(max_length=LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> dict[str, Any]:
    """Emergency access, newest first, with what its review found, or when it is due."""
    page, place = await emergencies(request, parts, after, limit)
    return {"items": [_told(one) for one in page], "after": place}


@router.post("/{row_id}")
async def reviewed(row_id: UUID, body: ReviewEmergencyAccess, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Keep what the review of an emergency access found."""
    answer = await perform_review(parts, row_id, body, asked)
    return JSONResponse(answer.body, answer.status)


async def perform_review(parts: Parts, row_id: UUID, command: ReviewEmergencyAccess, asked: Asked) -> Answer:
    """Keep what a review found. Raises NotReviewable, AlreadyReviewed."""
    async with parts.database.connection() as db:
        kept = await store.row(db, row_id)
    if kept is None or not kept.row.emergency_reason:
        raise NotReviewable
    return await parts.commands.perform(
        on(Review, review), stream_of(row_id), command, asked, reply=lambda done: done.state(Review)
    )


async def emergencies(
    request: Request, parts: Parts, after: str | None, limit: int
) -> tuple[list[Emergency], str | None]:
    """A page of emergency access, and where the next begins; that these patients were seen is written down."""
    async with parts.database.connection() as db:
        page, place = await store.emergencies(db, place_in(after), limit)
    saw(request, [patient for one in page for patient in one.patients])
    return page, name_of(place)


def _told(one: Emergency) -> dict[str, Any]:
    return {
        "row_id": str(one.row_id),
        "at": one.at.isoformat(),
        "due_at": (one.at + DUE).isoformat(),
        "who": one.who,
        "service": one.service,
        "patients": [str(patient) for patient in one.patients],
        "reason": one.reason,
        **one.review.model_dump(mode="json"),
    }

"""The reviewer's pages: reviews that wait, and one with both records side by side."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.referral import IdentityDecision
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, body_of
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from services.referral import store
from services.referral.api import words
from services.referral.api.about import about
from services.referral.api.identity import words as said
from services.referral.api.identity.comparing import compared
from services.referral.api.identity.reviews import decide, unmerge
from services.referral.api.referring import typed
from services.referral.domain.identity.records import Finding, ReviewUnknown, UnmergeWanted
from services.referral.domain.workflow.reference import reference

router = APIRouter(prefix="/identity", include_in_schema=False, route_class=LimitedRoute)

PAGE = 50
LABELS = {"note": "What has to be known first", "patient_id": "Patient", "decision": "Decision"}


@router.get("")
async def queue(request: Request, parts: PartsOf, settled: UUID | None = None) -> HTMLResponse:
    """Reviews that wait, the longest first."""
    async with parts.database.connection() as db:
        rows = await store.open_reviews(db, PAGE)
    saw(request, [row.patient_id for row in rows])
    return parts.pages.render(
        request,
        "identity.html",
        rows=rows,
        settled=settled,
        now=parts.clock.now(),
        reference=reference,
        said=said,
        words=words,
    )


@router.get("/of/{referral_id}")
async def of_referral(request: Request, parts: PartsOf, referral_id: UUID) -> Response:
    """The newest review of a referral."""
    async with parts.database.connection() as db:
        found = await store.review_of(db, referral_id)
    if found is None:
        raise ReviewUnknown
    return RedirectResponse(at(request, f"/identity/{found}"), HTTPStatus.SEE_OTHER)


@router.get("/{review_id}")
async def review(request: Request, parts: PartsOf, review_id: UUID) -> HTMLResponse:
    """One review."""
    return await _review(request, parts, review_id)


@router.post("/{review_id}")
async def settle(request: Request, parts: PartsOf, review_id: UUID) -> Response:
    """Keep what the reviewer found."""
    sent = await request.form(max_files=0)
    stated = {name: value for name, value in body_of(sent).items() if name in LABELS}
    try:
        found = Finding.model_validate(stated)
        await decide(parts, review_id, found, asked_by(request, typed.key_of(sent)))
    except ValidationError as why:
        return await _review(
            request, parts, review_id, Form.typed(sent, LABELS).refused(why), HTTPStatus.UNPROCESSABLE_ENTITY
        )
    except CarebusError as why:
        if why.status in {HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise
        return await _review(request, parts, review_id, status=why.status, refusal=str(why))
    if found.decision is IdentityDecision.MORE_INFORMATION:
        return RedirectResponse(at(request, f"/identity/{review_id}"), HTTPStatus.SEE_OTHER)
    return RedirectResponse(at(request, f"/identity?settled={review_id}"), HTTPStatus.SEE_OTHER)


@router.post("/{review_id}/unmerge")
async def undo(request: Request, parts: PartsOf, review_id: UUID) -> Response:
    """Take the two records apart that this review put together."""
    sent = await request.form(max_files=0)
    found = await compared(parts, review_id)
    if found.review.same_as is None:
        raise ReviewUnknown
    wanted = UnmergeWanted(survivor_id=found.review.same_as, retired_id=found.patient_id)
    try:
        await unmerge(parts, wanted, asked_by(request, typed.key_of(sent)))
    except CarebusError as why:
        if why.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return await _review(request, parts, review_id, status=why.status, refusal=str(why))
    return RedirectResponse(at(request, f"/identity/{review_id}"), HTTPStatus.SEE_OTHER)


async def _review(
    request: Request,
    parts: Parts,
    review_id: UUID,
    form: Form | None = None,
    status: int = HTTPStatus.OK,
    refusal: str = "",
) -> HTMLResponse:
    found = await compared(parts, review_id)
    saw(request, found.everybody)
    async with parts.database.connection() as db:
        identity = await store.identity_of(db, found.patient_id)
    return parts.pages.render(
        request,
        "review.html",
        status,
        banner=about(found.patient_id, found.referral, parts.clock.now()),
        found=found,
        review=found.review,
        merged_into=identity.merged_into,
        form=form or Form.blank(LABELS, note=found.review.note),
        refusal=refusal,
        reference=reference,
        new_id=new_id,
        now=parts.clock.now(),
        said=said,
        words=words,
    )

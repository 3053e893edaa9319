"""The coordinators' pages: the worklist, one referral, and the decisions taken on them."""

from datetime import timedelta
from math import ceil
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.errors import CarebusError
from carebus.http import Parts, PartsOf, asked_by
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, body_of
from services.referral import store
from services.referral.api import commands, findings, rules, typed, words
from services.referral.domain import Decline, ReferralUnknown, Status
from services.referral.domain.reference import read_reference, reference
from services.referral.settings import Settings

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

PAGE = 25
LABELS = {"reason": "Reason", "reason_text": "Why, in words"}


@router.get("/")
async def worklist(
    request: Request,
    parts: PartsOf,
    status: str = Status.TRIAGE,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    decided: UUID | None = None,
) -> HTMLResponse:
    """The worklist: what waits for a decision first."""
    of = Status(status) if status in set(Status) else None
    common = _common(parts)
    late = [common["now"] - common["hours"][urgent] for urgent in (True, False)]
    async with parts.database.connection() as db:
        counts = await store.counts(db, *late)
        total = counts[of].referrals if of else sum(count.referrals for count in counts.values())
        pages = max(1, ceil(total / PAGE))
        rows = await store.page(db, of, min(page, pages), PAGE)
        done = await store.referral(db, decided) if decided else None
    return parts.pages.render(
        request,
        "worklist.html",
        rows=rows,
        counts=counts,
        shown=of or "all",
        page=min(page, pages),
        pages=pages,
        done=done[1] if done else None,
        **common,
    )


@router.get("/find")
async def find(request: Request, parts: PartsOf, number: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The referral with a reference number that somebody reads out."""
    wanted = read_reference(number)
    async with parts.database.connection() as db:
        rows = await store.by_reference(db, wanted) if wanted else []
    if len(rows) == 1:
        return RedirectResponse(f"/referrals/{rows[0].referral_id}", 303)
    return parts.pages.render(request, "find.html", 200 if rows else 404, rows=rows, **_common(parts))


@router.get("/referrals/{referral_id}")
async def detail(request: Request, parts: PartsOf, referral_id: UUID) -> HTMLResponse:
    """One referral."""
    return await _detail(request, parts, referral_id)


@router.post("/referrals/{referral_id}/accept")
async def accept(request: Request, parts: PartsOf, referral_id: UUID) -> Response:
    """Take the person on."""
    sent = await request.form(max_files=0)
    try:
        await commands.accept(parts, referral_id, asked_by(request, typed.key_of(sent)))
    except CarebusError as why:
        return await _refused(request, parts, referral_id, why)
    return _back(sent, referral_id)


@router.post("/referrals/{referral_id}/decline")
async def decline(request: Request, parts: PartsOf, referral_id: UUID) -> Response:
    """Do not take the person on."""
    sent = await request.form(max_files=0)
    stated = {name: value for name, value in body_of(sent).items() if name in LABELS}
    try:
        why_not = Decline.model_validate(stated)
        await commands.decline(parts, referral_id, why_not, asked_by(request, typed.key_of(sent)))
    except ValidationError as why:
        return await _detail(request, parts, referral_id, Form.typed(sent, LABELS).refused(why), 422)
    except CarebusError as why:
        return await _refused(request, parts, referral_id, why)
    return _back(sent, referral_id)


def _back(sent: FormData, referral_id: UUID) -> Response:
    to = f"/?decided={referral_id}" if sent.get("back") == "worklist" else f"/referrals/{referral_id}"
    return RedirectResponse(to, 303)


async def _refused(request: Request, parts: Parts, referral_id: UUID, why: CarebusError) -> HTMLResponse:
    if why.status in {404, 503}:
        raise why
    return await _detail(request, parts, referral_id, status=why.status, refusal=str(why))


async def _detail(
    request: Request, parts: Parts, referral_id: UUID, form: Form | None = None, status: int = 200, refusal: str = ""
) -> HTMLResponse:
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
        same = await store.same_person(db, found[1]) if found else []
    if found is None:
        raise ReferralUnknown
    patient_id, referral = found
    return parts.pages.render(
        request,
        "referral.html",
        status,
        patient_id=patient_id,
        referral=referral,
        same=same,
        reference=reference(referral_id),
        form=form or Form.blank(LABELS, reason=referral.assessed.decline_reason or ""),
        refusal=refusal,
        findings=findings,
        book=rules.book_of(parts),
        **_common(parts),
    )


def _common(parts: Parts) -> dict[str, Any]:
    settings = parts.settings
    assert isinstance(settings, Settings)
    return {
        "now": parts.clock.now(),
        "words": words,
        "new_id": new_id,
        "settings": settings,
        "hours": {True: timedelta(hours=settings.urgent_hours), False: timedelta(hours=settings.routine_hours)},
    }

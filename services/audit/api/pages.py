"""Pages for privacy officers: search, emergency access with its reviews, and the services' chains."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.audit import AuditKind
from carebus.decisions import acted
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, body_of
from carebus.web.http import LONGEST_KEY, Parts, PartsOf, asked_by
from carebus.web.links import at
from services.audit import store
from services.audit.api.asking import Search, following, found
from services.audit.api.reviewing import emergencies, perform_review
from services.audit.domain import Finding, KeptRow, ReviewEmergencyAccess
from services.audit.domain.reviews import DUE
from services.audit.settings import PAGES_ZONE, Settings

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

KEY = "idempotency_key"
LABELS = {
    "patient": "Patient’s id",
    "who": "Account",
    "since": "From",
    "until": "Until",
    "kind": "What",
    "reason": "Words in the reason",
}
KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in AuditKind]
FINDINGS = [(one.value, one.value.replace("_", " ").capitalize()) for one in Finding]


@router.get("/")
async def search(request: Request, parts: PartsOf) -> Response:
    """Who did and saw what."""
    asked = {name: text for name, value in request.query_params.items() if (text := value.strip())}
    form, status = Form.blank(LABELS, **asked), HTTPStatus.OK
    rows: list[KeptRow] = []
    after = None
    try:
        wanted = Search.model_validate({**asked, **_days(asked), "limit": _length(parts)})
        rows, after = await found(request, parts, wanted.wanted, wanted.after, wanted.limit)
    except ValidationError as why:
        form, status = form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY
    return parts.pages.render(
        request, "search.html", status, form=form, rows=rows, more=following(request, after), kinds=KINDS
    )


@router.get("/reviews")
async def reviews(request: Request, parts: PartsOf, after: str | None = None) -> Response:
    """Emergency access and what is due."""
    return await _reviews(request, parts, after)


@router.post("/reviews/{row_id}")
async def reviewed(request: Request, parts: PartsOf, row_id: UUID) -> Response:
    """Keep what a review found."""
    sent = body_of(await request.form())
    key = str(sent.pop(KEY, ""))[:LONGEST_KEY] or None
    try:
        await perform_review(parts, row_id, ReviewEmergencyAccess.model_validate(sent), asked_by(request, key))
    except ValidationError:
        return await _reviews(request, parts, None, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(at(request, "/reviews"), HTTPStatus.SEE_OTHER)


@router.get("/chains")
async def chains(request: Request, parts: PartsOf) -> Response:
    """How far each service's chain has come."""
    async with parts.database.connection() as db:
        kept = await store.chains(db)
    return parts.pages.render(request, "chains.html", chains=kept)


async def _reviews(request: Request, parts: Parts, after: str | None, status: int = HTTPStatus.OK) -> Response:
    page, place = await emergencies(request, parts, after, _length(parts))
    return parts.pages.render(
        request,
        "reviews.html",
        status,
        items=page,
        more=following(request, place),
        due=DUE,
        now=datetime.now(UTC),
        findings=FINDINGS,
        key=new_id,
        acted=acted,
        refused=status != HTTPStatus.OK,
    )


def _days(asked: dict[str, str]) -> dict[str, str]:
    """Days of the date fields as moments: from the beginning of the one to the end of the other."""
    found = {}
    for name, later in (("since", timedelta()), ("until", timedelta(days=1))):
        with suppress(ValueError):
            day = datetime.combine(date.fromisoformat(asked.get(name, "")), time(), ZoneInfo(PAGES_ZONE))
            found[name] = (day + later).isoformat()
    return found


def _length(parts: Parts) -> int:
    assert isinstance(parts.settings, Settings)
    return parts.settings.page_length

"""Finding somebody: by a reference number that is read out, or by whatever else a caller says of the person."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi import Form as Posted
from fastapi.responses import RedirectResponse, Response

from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, own_only, saw
from carebus.web.links import at
from services.referral import store
from services.referral.api.workflow.pages import shared
from services.referral.domain.workflow.finding import read_sought
from services.referral.domain.workflow.reference import read_reference
from services.referral.store import Row

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

FOUND = 50
LABELS = {"text": "Find somebody"}


@router.get("/find")
async def find(
    request: Request,
    parts: PartsOf,
    number: Annotated[str, Query(max_length=40)] = "",
    patient_id: UUID | None = None,
) -> Response:
    """The referral with a reference number that somebody reads out, or those of one record."""
    if patient_id:
        async with parts.database.connection() as db:
            return await _found(request, parts, "", await store.of_patient(db, patient_id, FOUND, own_only(request)))
    return await _found(request, parts, number, await _by_reference(request, parts, number))


@router.post("/find")
async def find_person(request: Request, parts: PartsOf, text: Annotated[str, Posted(max_length=200)] = "") -> Response:
    """Referrals by what is typed, in one box; posted, for no name, birth date or number belongs in an address."""
    rows = await _by_reference(request, parts, text)
    if not rows:
        sought = read_sought(text)
        async with parts.database.connection() as db:
            rows = await store.find(db, sought, FOUND, own_only(request))
            if not rows and sought.as_words:
                rows = await store.find(db, sought.as_words, FOUND, own_only(request))
    return await _found(request, parts, text, rows)


async def _by_reference(request: Request, parts: Parts, text: str) -> list[Row]:
    number = read_reference(text)
    if not number:
        return []
    async with parts.database.connection() as db:
        return await store.by_reference(db, number, own_only(request))


async def _found(request: Request, parts: Parts, text: str, rows: list[Row]) -> Response:
    """The one referral, or those that fit; the box stays, with what was typed."""
    if len(rows) == 1:
        return RedirectResponse(at(request, f"/referrals/{rows[0].referral_id}"), HTTPStatus.SEE_OTHER)
    saw(request, [row.patient_id for row in rows])
    return parts.pages.render(
        request,
        "find.html",
        HTTPStatus.OK if rows or not text else HTTPStatus.NOT_FOUND,
        rows=rows,
        asked=bool(text),
        most=FOUND,
        form=Form.blank(LABELS, text=text),
        **shared(request, parts),
    )

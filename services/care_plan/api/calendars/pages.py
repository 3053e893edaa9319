"""The pages on which private links to calendars are made and revoked: one's own, and a family's by the office."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, caller_of, saw
from carebus.web.links import at
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.channels.calendars.links import digest_of, new_token
from services.care_plan.store import calendars as store
from services.care_plan.store.calendars import Kind, Link, Opened

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LABELS = {"label": "For whom or what"}


class NotOnTheRoster(CarebusError):
    """Nobody on the roster has your account, so there are no visits of yours. Ask a supervisor to enter it."""

    status = HTTPStatus.CONFLICT


class LinkForm(BaseModel):
    """Makes a link. label: whose it is, or which device has it, so that the right one is revoked one day."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    label: Annotated[str, Field(min_length=1, max_length=100)]


class RevokeForm(BaseModel):
    """Revokes a link."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    link_id: UUID


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose calendar a page is about, and where that page is."""

    kind: Kind
    subject_id: UUID
    page: str


async def _own(request: Request, parts: Parts) -> Whose:
    """The calendar of whoever asks. Raises NotOnTheRoster."""
    async with parts.database.connection() as db:
        clinician = await store.on_roster(db, caller_of(request).account)
    if clinician is None or clinician.clinician_id is None or not clinician.is_employed(parts.clock.now().date()):
        raise NotOnTheRoster
    return Whose(Kind.STAFF, clinician.clinician_id, "/calendar")


def _of_family(patient_id: UUID) -> Whose:
    return Whose(Kind.FAMILY, patient_id, f"/patients/{patient_id}/calendar")


@router.get("/calendar")
async def own(request: Request, parts: PartsOf) -> Response:
    return await _page(request, parts, await _own(request, parts))


@router.post("/calendar")
async def make_own(request: Request, parts: PartsOf) -> Response:
    return await _made(request, parts, await _own(request, parts))


@router.post("/calendar/revoke")
async def revoke_own(request: Request, parts: PartsOf) -> Response:
    return await _revoked(request, parts, await _own(request, parts))


@router.get("/patients/{patient_id}/calendar")
async def of_family(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, _of_family(patient_id))


@router.post("/patients/{patient_id}/calendar")
async def make_of_family(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _made(request, parts, _of_family(patient_id))


@router.post("/patients/{patient_id}/calendar/revoke")
async def revoke_of_family(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _revoked(request, parts, _of_family(patient_id))


async def _made(request: Request, parts: Parts, whose: Whose) -> Response:
    """The page with the new link's address, which is shown this once."""
    sent = await request.form(max_files=0)
    try:
        asked = LinkForm.model_validate(act_forms.body(sent))
    except ValidationError as why:
        form = Form.typed(sent, LABELS).refused(why)
        return await _page(request, parts, whose, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    token = new_token()
    await _shown_person(request, parts, whose)
    link = Link(new_id(), asked.label, parts.clock.now(), None)
    opens = Opened(link.link_id, whose.kind, whose.subject_id)
    async with parts.database.transaction() as db:
        await store.make(db, link, opens, digest_of(token), caller_of(request).by)
    return await _page(request, parts, whose, address=_address(request, parts, token))


async def _revoked(request: Request, parts: Parts, whose: Whose) -> Response:
    try:
        asked = RevokeForm.model_validate(act_forms.body(await request.form(max_files=0)))
    except ValidationError as why:
        form = Form.blank(LABELS).refused(why)
        return await _page(request, parts, whose, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    async with parts.database.transaction() as db:
        await store.revoke(db, Opened(asked.link_id, whose.kind, whose.subject_id), parts.clock.now())
    return RedirectResponse(at(request, whose.page), HTTPStatus.SEE_OTHER)


async def _page(
    request: Request,
    parts: Parts,
    whose: Whose,
    form: Form | None = None,
    status: int = HTTPStatus.OK,
    address: str = "",
) -> Response:
    shown = await _shown_person(request, parts, whose)
    async with parts.database.connection() as db:
        links = await store.links_of(db, whose.kind, whose.subject_id)
    return parts.pages.render(
        request,
        "calendar.html",
        status,
        page=whose.page,
        opened_by=links,
        family=whose.kind is Kind.FAMILY,
        form=form or Form.blank(LABELS),
        address=address,
        **shown,
    )


async def _shown_person(request: Request, parts: Parts, whose: Whose) -> dict[str, Any]:
    """Who the page is about, where it is a patient. Raises PatientUnknown."""
    if whose.kind is Kind.STAFF:
        return {"person": None, "banner": None, "patient_id": None}
    care = await known_patient(parts, whose.subject_id)
    saw(request, [whose.subject_id])
    head = banner(care, whose.subject_id, parts.clock.now())
    return {"person": care.patient, "banner": head, "patient_id": whose.subject_id}


def _address(request: Request, parts: Parts, token: str) -> str:
    """The whole address, as calendars anywhere know this service."""
    known = parts.settings.public_url
    if known:
        return f"{known.rstrip('/')}/calendar/{token}.ics"
    return f"{request.url.scheme}://{request.url.netloc}{at(request, f'/calendar/{token}.ics')}"

"""The page of somebody's way to hospice: what stands, what is done next, and the package that goes over."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.audit import AuditKind
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import acts
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.api.hospice import words
from services.care_plan.api.hospice.commands import ACTS
from services.care_plan.api.hospice.private import GATE
from services.care_plan.channels.documents import package
from services.care_plan.channels.documents.typesetting import CannotBeDrawn
from services.care_plan.domain.care import Care, PatientUnknown
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.hospice.benefits import resumed
from services.care_plan.domain.hospice.handing_over import LINK_DAYS
from services.care_plan.domain.hospice.rules import facts_of
from services.care_plan.domain.hospice.rules import found as judged
from services.care_plan.domain.hospice.state import Hospice, way_in
from services.care_plan.store import hospice as store
from services.care_plan.store.schedules import hospice_benefits, hospice_prompts

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LABELS = {
    "because": "Why",
    "discussed_on": "On",
    "said": "What was said",
    "hospice_name": "Hospice",
    "hospice_npi": "Its National Provider Identifier (NPI)",
    "hospice_phone": "Its phone",
    "referred_on": "Referred on",
    "declined_on": "On",
    "ask_again_on": "Ask again from",
    "signed_on": "Election signed on",
    "effective_on": "Takes effect on",
    "attending": "Attending doctor whom they chose",
    "diagnosis_code": "Terminal diagnosis (ICD-10-CM)",
    "diagnosis": "In words",
    "source": "Who says so",
    "accepted_on": "Notice accepted on",
    "revoked_on": "Revoked on",
    "discharged_on": "Discharged on",
    "reason": "Why",
    "to": "To whom there",
    "how": "How",
    "received_by": "Who has it",
    "received_on": "Since",
}


@router.get("/patients/{patient_id}/hospice")
async def hospice(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, patient_id, "", act_forms.blank(LABELS))


@router.post("/patients/{patient_id}/hospice/{act}")
async def perform(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ACTS:
        raise PatientUnknown
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    try:
        body = ACTS[act].body.model_validate(act_forms.body(sent)).model_dump(exclude_unset=True)
        await acts.perform(parts, ACTS[act], patient_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        return await _page(request, parts, patient_id, act, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except PatientUnknown:
        raise
    except CarebusError as why:
        return await _page(request, parts, patient_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}/hospice"), HTTPStatus.SEE_OTHER)


@router.get("/patients/{patient_id}/hospice/package")
async def as_page(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care, way = await _known(parts, patient_id)
    made = package.package_of(care, way, parts.clock.now())
    return parts.pages.render(
        request,
        "hospice_package.html",
        patient_id=patient_id,
        person=care.patient,
        banner=banner(care, patient_id, parts.clock.now()),
        package=made,
        no_pdf=await _why_no_pdf(made),
    )


@router.get("/patients/{patient_id}/hospice/package.pdf")
async def as_file(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care, way = await _known(parts, patient_id)
    made = package.package_of(care, way, parts.clock.now())
    file = await package.as_pdf(made)
    saw(request, [patient_id], AuditKind.EXPORT)
    named = f'attachment; filename="{made.file_name}.pdf"'
    headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
    return Response(file, media_type="application/pdf", headers=headers)


async def _why_no_pdf(made: package.Package) -> str:
    try:
        await package.as_pdf(made)
    except CannotBeDrawn as why:
        return str(why)
    return ""


async def _known(parts: Parts, patient_id: UUID) -> tuple[Care, Hospice]:
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        return care, way_in(care, await store.hospice_of(db, patient_id))


async def _page(
    request: Request, parts: Parts, patient_id: UUID, act: str, form: Form, status: int = HTTPStatus.OK
) -> Response:
    care, way = await _known(parts, patient_id)
    now = parts.clock.now()
    return parts.pages.render(
        request,
        "hospice.html",
        status,
        patient_id=patient_id,
        care=care,
        person=care.patient,
        banner=banner(care, patient_id, now),
        way=way,
        asked=judged(hospice_prompts(), facts_of(care, way, day_of(care, now))),
        rules=hospice_prompts(),
        resumed=_resumed(care, way),
        corrects=_as_typed(way),
        private=_private(parts, way),
        root=_root(request, parts),
        open_for=LINK_DAYS,
        form=form,
        act=act,
        may={name for name, one in ACTS.items() if ACCESS.of_command(one.command).admits(caller_of(request))},
        today=day_of(care, now),
        words=words,
    )


def _root(request: Request, parts: Parts) -> str:
    """How browsers anywhere know this service."""
    asked = f"{request.url.scheme}://{request.url.netloc}{at(request, '')}"
    return (parts.settings.public_url or asked).rstrip("/")


def _private(parts: Parts, way: Hospice) -> dict[UUID, str]:
    """The path of the private page of each package, where there are private links."""
    open_ones = [one.package_id for one in way.packages if parts.clock.now() < one.sent_at + LINK_DAYS]
    paths = {one: GATE.path(parts, one) for one in open_ones}
    return {one: path for one, path in paths.items() if path}


def _resumed(care: Care, way: Hospice) -> dict[str, Any]:
    """From when which benefit is there again after hospice was left."""
    if way.enrolment is None or way.left is None:
        return {}
    return resumed(care, hospice_benefits(), way.enrolment.effective_on, way.left.on)


def _as_typed(way: Hospice) -> dict[str, str]:
    """The election as the form that corrects it begins."""
    elected = way.enrolment
    if elected is None:
        return {}
    return {
        "hospice_name": elected.hospice.name,
        "hospice_npi": elected.hospice.npi,
        "hospice_phone": elected.hospice.phone,
        "signed_on": elected.signed_on.isoformat(),
        "effective_on": elected.effective_on.isoformat(),
        "attending": elected.attending,
        "diagnosis_code": elected.terminal_diagnosis.code,
        "diagnosis": elected.terminal_diagnosis.description,
        "source": elected.source.value,
    }

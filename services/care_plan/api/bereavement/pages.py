"""The pages of those whom one patient leaves behind: all of them, each by themselves, and the letter of condolence."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.care_plan import EndReason
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import acts
from services.care_plan.api.acts import known_patient
from services.care_plan.api.bereavement import words
from services.care_plan.api.bereavement.commands import ACTS
from services.care_plan.api.heading import banner
from services.care_plan.domain.bereavement.letter import letter_to
from services.care_plan.domain.bereavement.state import Bereaved, BereavedUnknown
from services.care_plan.domain.care import PatientUnknown
from services.care_plan.domain.care.zones import day_of
from services.care_plan.store import bereavement as store
from services.care_plan.store.schedules import bereavement_schedule, condolence_letter

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

OF_FAMILY = frozenset({"died-in-hospice", "withdraw", "add"})
"""What is done on the page of the family; the rest is on the page of one person."""
LABELS = {
    "died_on": "Day of the death",
    "full_name": "Full name",
    "relationship": "Who they are to the patient",
    "language": "Language",
    "phone": "Phone",
    "email": "E-mail",
    "consent": "Do they want to hear from us?",
    "risk": "Risk that grief goes on to harm",
    "stopped": "They want no more",
    "code": "Which contact",
    "way": "How",
    "outcome": "What came of it",
    "contacted_on": "On",
    "said": "What was said",
    "because": "Why",
}


@router.get("/patients/{patient_id}/bereavement")
async def family(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, patient_id, None, "", act_forms.blank(LABELS))


@router.get("/patients/{patient_id}/bereavement/{person_id}")
async def person(request: Request, patient_id: UUID, person_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, patient_id, person_id, "", act_forms.blank(LABELS))


@router.post("/patients/{patient_id}/bereavement/{act}")
async def perform(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ACTS:
        raise PatientUnknown
    sent = await request.form(max_files=0)
    form, person_id = Form.typed(sent, LABELS), _person_in(sent.get("person_id"))
    try:
        body = ACTS[act].body.model_validate(act_forms.body(sent)).model_dump(exclude_unset=True)
        await acts.perform(parts, ACTS[act], patient_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        refused, status = form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY
        return await _page(request, parts, patient_id, person_id, act, refused, status)
    except PatientUnknown:
        raise
    except CarebusError as why:
        return await _page(request, parts, patient_id, person_id, act, act_forms.refused(form, why), why.status)
    beneath = "" if act in OF_FAMILY or act == "take-out" or person_id is None else f"/{person_id}"
    return RedirectResponse(at(request, f"/patients/{patient_id}/bereavement{beneath}"), HTTPStatus.SEE_OTHER)


@router.get("/patients/{patient_id}/bereavement/{person_id}/letter")
async def letter(request: Request, patient_id: UUID, person_id: UUID, parts: PartsOf, language: str = "") -> Response:
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        found = (await store.bereavement_of(db, patient_id)).person(person_id)
    text = condolence_letter().text_for(found, found.letter.language if found.letter else language)
    now = parts.clock.now()
    return parts.pages.render(
        request,
        "condolence_letter.html",
        patient_id=patient_id,
        care=care,
        banner=banner(care, patient_id, now),
        person=found,
        letter=letter_to(found, care, text, day_of(care, found.letter.at if found.letter else now)),
        languages={one.language: one.name for one in condolence_letter().texts},
        form=act_forms.blank(LABELS),
        may=_may(request),
    )


async def _page(
    request: Request,
    parts: Parts,
    patient_id: UUID,
    person_id: UUID | None,
    act: str,
    form: Form,
    status: int = HTTPStatus.OK,
) -> Response:
    care, now = await known_patient(parts, patient_id), parts.clock.now()
    async with parts.database.connection() as db:
        found = await store.bereavement_of(db, patient_id)
    shown = found.person(person_id) if person_id else None
    return parts.pages.render(
        request,
        "bereaved.html" if shown else "bereavement.html",
        status,
        patient_id=patient_id,
        care=care,
        banner=banner(care, patient_id, now),
        found=found,
        may_begin=not found.stands and care.ended is not None and care.ended.reason is EndReason.HOSPICE,
        person=shown,
        schedule=bereavement_schedule(),
        titles={one.code: one.title for one in bereavement_schedule().contacts},
        codes=[(one.code, _title(one.code)) for one in shown.planned] if shown else [],
        as_typed=_as_typed(shown),
        form=form,
        act=act,
        may=_may(request) if found.stands else _may(request) & {"died-in-hospice"},
        today=day_of(care, now),
        words=words,
    )


def _title(code: str) -> str:
    found = bereavement_schedule().contact(code)
    return found.title if found else code


def _may(request: Request) -> set[str]:
    return {name for name, one in ACTS.items() if ACCESS.of_command(one.command).admits(caller_of(request))}


def _person_in(value: Any) -> UUID | None:
    """Whose form it is. Raises BereavedUnknown for what is no id."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise BereavedUnknown from None


def _as_typed(person: Bereaved | None) -> dict[str, str]:
    """A person as the form that changes them begins."""
    if person is None:
        return {}
    names = ("full_name", "relationship", "language", "phone", "email")
    said = {name: getattr(person, name) for name in names}
    return {**said, "consent": person.consent.value, "risk": person.risk.value}

"""The page of one act: one form, about one request, order, loan or record; what was typed is kept where refused."""

from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.equipment.api import acts, words
from services.equipment.api.acts import ACTS, LOAN, ORDER, RECORD, REQUEST, known
from services.equipment.api.fields import FIELDS, LABELS, MANY, TIMES, Field, options_of
from services.equipment.api.heading import banner
from services.equipment.domain.days import zone_of
from services.equipment.domain.equipment import Equipment, PatientUnknown
from services.equipment.settings import Settings

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

ABOUT = "about"


class Subject(NamedTuple):
    """What an act is about, in words, and where on the patient's page it stands."""

    title: str
    anchor: str


@router.get("/patients/{patient_id}/{act}")
async def form(request: Request, patient_id: UUID, act: str, parts: PartsOf, about: UUID | None = None) -> Response:
    if act not in ACTS:
        raise PatientUnknown
    return await _page(request, parts, patient_id, act, about, act_forms.blank(LABELS))


@router.post("/patients/{patient_id}/{act}")
async def perform(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ACTS:
        raise PatientUnknown
    sent = await request.form(max_files=0)
    typed, about = Form.typed(sent, LABELS), _id(sent.get(ABOUT))
    try:
        given = await _typed(parts, patient_id, act, sent, about)
        body = ACTS[act].body.model_validate(given).model_dump(exclude_unset=True)
        asked = asked_by(request, act_forms.key_of(sent))
        await acts.perform(parts, ACTS[act], patient_id, body, caller_of(request), asked)
    except (ValidationError, RequestValidationError) as why:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _page(request, parts, patient_id, act, about, typed.refused(why), status)
    except PatientUnknown:
        raise
    except CarebusError as why:
        return await _page(request, parts, patient_id, act, about, act_forms.refused(typed, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)


async def _typed(parts: Parts, patient_id: UUID, act: str, sent: FormData, about: UUID | None) -> dict[str, Any]:
    """What was typed; times are those of the patient's clock."""
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
    body = act_forms.body(sent, times=TIMES, zone=zone_of(found.patient), many=MANY)
    body.pop(ABOUT, None)
    return {**body, **({ACTS[act].about: about} if ACTS[act].about else {})}


async def _page(
    request: Request,
    parts: Parts,
    patient_id: UUID,
    act: str,
    about: UUID | None,
    form: Form,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    settings = Settings.of(parts.settings)
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
    fields = [(field, options_of(field, settings, found, about)) for field in FIELDS[act].fields]
    return parts.pages.render(
        request,
        "act.html",
        status,
        patient_id=patient_id,
        equipment=found,
        banner=banner(found, patient_id, parts.clock.now()),
        act=act,
        about=about,
        subject=_subject(found, ACTS[act].about, about),
        form=_begun(form, found, act, about, fields),
        says=FIELDS[act],
        fields=fields,
        words=words,
    )


def _begun(form: Form, found: Equipment, act: str, about: UUID | None, fields: list[tuple[Field, Any]]) -> Form:
    """A correction begins with what was recorded; a blank choice of one begins with it."""
    values = dict(form.values)
    if act == "correct" and "serial" not in values:
        loan = next((one for one in found.loans if one.loan_id == about), None)
        values["serial"] = (loan.serial if loan else "",)
    for field, options in fields:
        if field.name not in values and field.kind == "select" and options and len(options) == 1:
            values[field.name] = (str(options[0][0]),)
        elif field.name not in values and field.first:
            values[field.name] = (field.first,)
    return Form(values, form.errors, form.labels)


def _subject(found: Equipment, kind: str, about: UUID | None) -> Subject:
    for_nothing = Subject("", "")
    if kind == REQUEST:
        request = next((one for one in found.requests if one.request_id == about), None)
        return Subject(f"{request.item.en}, {request.item.code}", f"request-{about}") if request else for_nothing
    if kind == ORDER:
        order = next((one for one in found.orders if one.order_id == about), None)
        return Subject(f"{order.item.en}, from {order.supplier.name}", f"order-{about}") if order else for_nothing
    if kind == LOAN:
        loan = next((one for one in found.loans if one.loan_id == about), None)
        return Subject(f"{loan.item.en} {loan.serial}".strip(), f"loan-{about}") if loan else for_nothing
    return Subject(_recorded(found, about), "") if kind == RECORD else for_nothing


def _recorded(found: Equipment, record_id: UUID | None) -> str:
    for loan in found.loans:
        if loan.record_id == record_id:
            return f"Delivery of {loan.item.en}"
        record = next((one for one in loan.records if one.record_id == record_id), None)
        if record:
            return f"{words.RECORDS[record.kind]}: {loan.item.en}"
    for request in found.requests:
        step = next((one for one in request.steps if one.record_id == record_id), None)
        if step:
            return f"{words.AUTHORISATIONS[step.status][0]}: {request.item.en}"
    return ""


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None

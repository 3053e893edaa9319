"""The pages of somebody's medicines: the list with what checks find and leave out, and the form that reconciles it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.contracts.care_plan import MedicineUse
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import acts, rows
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.api.medicines.commands import ACTS, shown
from services.care_plan.domain.care import Care, Medicines
from services.care_plan.domain.medicines.checking import RULES
from services.care_plan.domain.medicines.comparing import SOURCES, USES, by_medicine
from services.care_plan.domain.medicines.reconciling import AllergyStated, MedicinesChangedMeanwhile, MedicineStated

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

RECONCILE = ACTS["reconcile"]
SPARE = {"medicines": 5, "allergies": 2}
"""Empty rows at the end of each part of the form: what does not fit is added after saving."""
IDS = {"medicines": "line_id", "allergies": "allergy_id"}
ROWS = {"medicines": ("text", "code", "dose_text", "frequency_text"), "allergies": ("text", "reaction_text")}
"""What shows that somebody typed in a row."""
FIELDS = {
    "text": "",
    "code": "RxNorm code",
    "source": "who says so",
    "stated_on": "when they said so",
    "reaction_text": "what happened",
}
NOUNS = {"medicines": "Medicine", "allergies": "Allergy"}
LABELS = {
    "no_known_allergies": "The patient was asked: no allergies are known",
    "no_laxative_because": "Why no laxative is needed with an opioid",
}


@router.get("/patients/{patient_id}/medicines")
async def medicines(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care = await known_patient(parts, patient_id)
    look = shown(care.medicines)
    lines = care.medicines.lines if care.medicines else ()
    return _render(
        request,
        parts,
        patient_id,
        care,
        "medicines.html",
        HTTPStatus.OK,
        look=look,
        listed=care.medicines,
        by_medicine=by_medicine(lines),
        disputed={line_id: each for each in look.disagreements for line_id in each.line_ids},
        texts={line.line_id: line.text for line in lines},
        rules=RULES,
    )


@router.get("/patients/{patient_id}/medicines/write")
async def begin(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care = (await known_patient(parts, patient_id)).require_open()
    return _form_page(request, parts, patient_id, care, _shown(_begun(care.medicines), str(new_id())))


@router.post("/patients/{patient_id}/medicines/write")
async def write(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care = await known_patient(parts, patient_id)
    sent = await request.form(max_files=0, max_fields=rows.MOST_FIELDS)
    typed, key = _read(sent), act_forms.key_of(sent)
    form = _shown(typed, key)
    try:
        body = RECONCILE.body.model_validate(typed).model_dump()
        await acts.perform(parts, RECONCILE, patient_id, body, asked_by(request, key))
    except (ValidationError, RequestValidationError) as why:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(request, parts, patient_id, care, form.refused(why), status)
    except MedicinesChangedMeanwhile as why:
        seen = _shown({**typed, "based_on": care.medicines.version if care.medicines else 0}, key)
        return _form_page(request, parts, patient_id, care, act_forms.refused(seen, why), why.status)
    except CarebusError as why:
        return _form_page(request, parts, patient_id, care, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}/medicines"), HTTPStatus.SEE_OTHER)


def _read(sent: FormData) -> dict[str, Any]:
    return rows.typed(sent, ROWS)


def _shown(body: dict[str, Any], key: str) -> Form:
    labels = {
        f"{part}.{n}.{name}": f"{NOUNS[part]} {n + 1}{': ' if called else ''}{called}"
        for part, spare in SPARE.items()
        for n in range(len(body[part]) + spare)
        for name, called in FIELDS.items()
    }
    return Form({**rows.flat(body), act_forms.KEY: (key,)}, {}, {**LABELS, **labels})


def _begun(listed: Medicines | None) -> dict[str, Any]:
    """The form as it is opened: with the list that stands."""
    if listed is None:
        return {"based_on": 0, "medicines": [], "allergies": []}
    stands = listed.model_dump(mode="json", exclude={"version", "reconciled_at", "lines", "allergies"})
    return {
        **{name: value for name, value in stands.items() if value},
        "based_on": listed.version,
        "medicines": [line.model_dump(mode="json", include=set(MedicineStated.model_fields)) for line in listed.lines],
        "allergies": [
            each.model_dump(mode="json", include=set(AllergyStated.model_fields)) for each in listed.allergies
        ],
    }


def _form_page(
    request: Request, parts: Parts, patient_id: UUID, care: Care, form: Form, status: int = HTTPStatus.OK
) -> Response:
    counts = {part: _rows_in(form, part) + spare for part, spare in SPARE.items()}
    ids = {f"{part}.{n}.{IDS[part]}": "" for part, most in counts.items() for n in range(most)}
    return _render(
        request,
        parts,
        patient_id,
        care,
        "medicines_form.html",
        status,
        form=form,
        counts=counts,
        spare=SPARE,
        ids={name: form.value(name) or str(new_id()) for name in ids},
        listed=care.medicines,
    )


def _rows_in(form: Form, part: str) -> int:
    return len({name.split(".")[1] for name in form.values if name.startswith(f"{part}.")})


def _render(
    request: Request, parts: Parts, patient_id: UUID, care: Care, template: str, status: int, **more: Any
) -> Response:
    may = ACCESS.of_command(RECONCILE.command).admits(caller_of(request)) and care.in_care and not care.holds
    return parts.pages.render(
        request,
        template,
        status,
        patient_id=patient_id,
        care=care,
        person=care.patient,
        banner=banner(care, patient_id, parts.clock.now()),
        may=may,
        sources=SOURCES,
        uses=[(use, USES[use].capitalize()) for use in MedicineUse],
        **more,
    )

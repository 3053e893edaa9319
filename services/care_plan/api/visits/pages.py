"""The pages of one visit: complete it, look at what was found, correct it, and change what is planned."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.care_plan import Phase, Respondent
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, require_standing, saw
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import words
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.api.visits import kept, views
from services.care_plan.api.visits.answers import Assessed
from services.care_plan.api.visits.commands import (
    ACTS,
    VisitDone,
    VisitPutRight,
    perform_act,
    perform_completion,
    perform_correction,
)
from services.care_plan.api.visits.offering import senseless, why_not
from services.care_plan.domain.care import Care, Visit, VisitRecord, VisitUnknown
from services.care_plan.domain.care.times import StatedTime
from services.care_plan.domain.care.zones import there, zone_of
from services.care_plan.domain.instruments import results
from services.care_plan.domain.instruments.akps import AKPS
from services.care_plan.domain.instruments.esas_r import ACKNOWLEDGEMENT
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.store import visits as store

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

TIMES = ("started_at", "ended_at", "starts_at")
SHOWN = {"esas_r", "akps", "phase"}
"""Instruments that have a place of their own on a visit's page."""
MANY = ("present", "clinicians")
LABELS = {
    "assessments.phase": "Phase",
    "assessments.akps": "AKPS",
    "assessments.respondent": "Who answered",
    "visit_note": "Note",
    "started_at": "Began",
    "ended_at": "Ended",
    "place": "Where",
    "present": "Who was there",
    "also_present": "Who else was there",
    "reason_text": "What was wrong",
    **{f"assessments.esas_r.{item}": line.name for item, line in words.ESAS.items()},
    **{
        f"assessments.{one.code}.{item.code}": f"{one.name}: {item.label}"
        for one in words.FURTHER
        for item in one.items
    },
    "assessments.esas_r_other.symptom_name": "Other symptom",
}
ACT_LABELS = {
    "reason": "Why",
    "reason_text": "In words",
    "by": "Whose side",
    "starts_at": "New time",
    "minutes": "Minutes",
    "clinicians": "Who comes",
    "mode": "How instead",
    "link": "Address of the video room",
    "started_at": "Began",
}


class AssessedOnPage(Assessed):
    """The page asks more than the API: without a phase and a respondent the answers can't be read later."""

    phase: Phase
    respondent: Respondent


class VisitForm(VisitDone):
    """The form of the visit page, which asks for the times as they were."""

    assessments: AssessedOnPage
    started_at: StatedTime
    ended_at: StatedTime


class CorrectionForm(VisitForm, VisitPutRight):
    """The same form, sent again with what was wrong."""


@router.get("/visits/{visit_id}")
async def visit(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found = await _found(request, parts, visit_id)
    if found.visit is None:
        return _over_page(request, parts, found)
    if not _may_complete(request):
        return RedirectResponse(at(request, f"/patients/{found.patient_id}"), HTTPStatus.SEE_OTHER)
    return _form_page(request, parts, found, _as_planned(found, found.visit, parts.clock.now()))


@router.post("/visits/{visit_id}")
async def complete(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    kept.require_typed_by_caller(request)
    found, sent = await _found(request, parts, visit_id), await request.form()
    form = Form.typed(sent, LABELS)
    try:
        body = VisitForm.model_validate({"assessments": {}, **_typed(found, sent)})
        answer = await perform_completion(parts, visit_id, body, asked_by(request, act_forms.key_of(sent)))
    except ValidationError as why:
        kept.raise_for_script(request, why)
        return _form_page(request, parts, found, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        kept.raise_for_script(request, why)
        refused = act_forms.refused(form, why)
        page = _form_page if found.visit is not None else _over_page
        return page(request, parts, await _found(request, parts, visit_id), refused, why.status)
    if kept.is_kept(request):
        return kept.done(answer)
    return RedirectResponse(at(request, f"/patients/{answer.body['patient_id']}"), HTTPStatus.SEE_OTHER)


@router.get("/visits/{visit_id}/correct")
async def look_again(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found = await _found(request, parts, visit_id)
    if found.record is None or found.record.stated is None:
        raise VisitUnknown
    return _form_page(request, parts, found, _as_stated(found, found.record))


@router.post("/visits/{visit_id}/correct")
async def correct(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found, sent = await _found(request, parts, visit_id), await request.form()
    form = Form.typed(sent, LABELS)
    try:
        body = CorrectionForm.model_validate({"assessments": {}, **_typed(found, sent)})
        await perform_correction(parts, visit_id, body, asked_by(request, act_forms.key_of(sent)))
    except ValidationError as why:
        return _form_page(request, parts, found, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return _form_page(request, parts, found, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/visits/{visit_id}"), HTTPStatus.SEE_OTHER)


@router.get("/visits/{visit_id}/change")
async def changes(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found = await _found(request, parts, visit_id)
    return _change_page(request, parts, found, "", act_forms.blank(ACT_LABELS))


@router.post("/visits/{visit_id}/{act}")
async def change(request: Request, visit_id: UUID, act: str, parts: PartsOf) -> Response:
    found, sent = await _found(request, parts, visit_id), await request.form()
    if act not in ACTS:
        raise VisitUnknown
    form, one = Form.typed(sent, ACT_LABELS), ACTS[act]
    try:
        body = one.body.model_validate(_typed(found, sent)).model_dump(exclude_unset=True)
        await perform_act(parts, one, visit_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        return _change_page(request, parts, found, act, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return _change_page(request, parts, found, act, act_forms.refused(form, why), why.status)
    back = f"/visits/{visit_id}" if act in {"start", "sign"} else f"/patients/{found.patient_id}"
    return RedirectResponse(at(request, back), HTTPStatus.SEE_OTHER)


class _Found:
    """One visit with whose it is: planned (`visit`), or over (`record`)."""

    def __init__(self, patient_id: UUID, care: Care, visit: Visit | None, record: VisitRecord | None) -> None:
        self.patient_id, self.care, self.visit, self.record = patient_id, care, visit, record

    @property
    def planned(self) -> Visit:
        """The visit as it is or was planned."""
        planned = self.visit or (self.record and self.record.planned)
        assert planned, "a visit is planned or over"
        return planned


async def _found(request: Request, parts: Parts, visit_id: UUID) -> _Found:
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    await require_standing(request, parts, patient_id)
    if patient_id == store.NOBODY:
        raise VisitUnknown
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        record = await store.record_of(db, patient_id, visit_id)
    moved = [store.as_record(care, each) for each in care.moved if each.visit_id == visit_id]
    saw(request, [patient_id])
    if record is None and not moved:
        return _Found(patient_id, care, care.visit(visit_id), None)
    return _Found(patient_id, care, None, record or moved[0])


def _typed(found: _Found, sent: Any) -> dict[str, Any]:
    assert found.care.patient is not None
    typed: dict[str, Any] = act_forms.body(sent, times=TIMES, zone=zone_of(found.care.patient.time_zone), many=MANY)
    return typed


def _as_planned(found: _Found, visit: Visit, now: datetime) -> Form:
    """The form with what is known: when it began, if somebody said so, and that it ends now. A guess would be kept."""
    begun = visit.started_at
    times = {"started_at": _local(found, begun), "ended_at": _local(found, now)} if begun else {}
    return act_forms.blank(LABELS, **times, sign="true")


def _as_stated(found: _Found, record: VisitRecord) -> Form:
    """The form as it was sent last."""
    stated = record.stated
    assert stated is not None, "only what took place is corrected"
    assessed = stated.assessments.model_dump(mode="json", exclude_none=True)
    items = {
        f"assessments__{name}__{item}": str(answer)
        for name, answers in assessed.items()
        if isinstance(answers, dict)
        for item, answer in answers.items()
    }
    flat = {f"assessments__{name}": str(value) for name, value in assessed.items() if not isinstance(value, dict)}
    times = {"started_at": _local(found, stated.started_at), "ended_at": _local(found, stated.ended_at)}
    said = {"visit_note": stated.visit_note, "also_present": stated.also_present, "place": stated.place or ""}
    return act_forms.blank(LABELS, **times, **said, **flat, **items)


def _local(found: _Found, at_: datetime) -> str:
    return there(found.care, at_).strftime(act_forms.LOCAL)


def _form_page(request: Request, parts: Parts, found: _Found, form: Form, status: int = HTTPStatus.OK) -> Response:
    return _page(request, parts, found, "visit.html", status, form=form, corrects=found.visit is None)


def _over_page(
    request: Request, parts: Parts, found: _Found, form: Form | None = None, status: int = HTTPStatus.OK
) -> Response:
    assert found.record is not None, "what is over has a record"
    stated = found.record.stated
    esas_r = stated.assessments.esas_r if stated else None
    return _page(
        request,
        parts,
        found,
        "visit_done.html",
        status,
        form=form or act_forms.blank(LABELS),
        record=found.record,
        stated=stated,
        scored=views.scored(esas_r) if esas_r else {},
        further=[one for one in results(stated.assessments) if one.instrument not in SHOWN] if stated else [],
        may_complete=_may_complete(request),
    )


def _change_page(
    request: Request, parts: Parts, found: _Found, act: str, form: Form, status: int = HTTPStatus.OK
) -> Response:
    may = {name for name, one in ACTS.items() if ACCESS.of_command(one.command).admits(caller_of(request))}
    waits = why_not(found.care, found.visit)
    offered = may - senseless(found.planned, parts.clock.now()) if not waits else set()
    return _page(request, parts, found, "visit_change.html", status, form=form, act=act, waits=waits, may=offered)


def _page(request: Request, parts: Parts, found: _Found, template: str, status: int, **shown: Any) -> Response:
    return parts.pages.render(
        request,
        template,
        status,
        patient_id=found.patient_id,
        care=found.care,
        person=found.care.patient,
        banner=banner(found.care, found.patient_id, parts.clock.now()),
        phase_before=found.care.phase,
        visit=found.planned,
        how=views.how(found.planned),
        now=parts.clock.now(),
        words=words,
        akps=AKPS,
        acknowledgement=ACKNOWLEDGEMENT,
        **shown,
    )


def _may_complete(request: Request) -> bool:
    """The office looks at visits; who was there says how they were."""
    return ACCESS.of_command(CompleteVisit).admits(caller_of(request))

"""The pages: the caseload, a patient, a visit with its form, and the roster."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.access import CLINICAL
from carebus.contracts.care_plan import Phase, Respondent
from carebus.contracts.people import Condition, Role
from carebus.deciding.commands import IdempotencyKeyReused
from carebus.ids import new_id
from carebus.storage import accounts
from carebus.web import Form, LimitedRoute, body_of
from carebus.web.http import (
    LONGEST_KEY,
    Parts,
    PartsOf,
    asked_by,
    caller_of,
    cares_for,
    own_only,
    require_standing,
    saw,
)
from carebus.web.links import at
from carebus.web.people import MERGED, Banner, banner_of
from services.care_plan import store
from services.care_plan.access import ACCESS
from services.care_plan.api import outside, views, words
from services.care_plan.api.commands import Assessed, VisitDone, perform_completion, perform_join
from services.care_plan.domain.calendar import zone_of
from services.care_plan.domain.care import Care, PatientUnknown, VisitAlreadyCompleted
from services.care_plan.domain.decisions import CompleteVisit, JoinRoster
from services.care_plan.domain.instruments.akps import AKPS
from services.care_plan.domain.instruments.esas_r import ACKNOWLEDGEMENT
from services.care_plan.domain.roster import Member
from services.care_plan.store import Show, Wanted

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

PAGE = 50
LAST_PAGE = 10_000
_PAGE_DIGITS = 8
KEY = "idempotency_key"
VISIT_LABELS = {
    "assessments.phase": "Phase",
    "assessments.akps": "AKPS",
    "assessments.respondent": "Who answered",
    "visit_note": "Note",
    **{f"assessments.esas_r.{item}": line.name for item, line in words.ESAS.items()},
}
ROSTER_LABELS = {"name": "Name", "role": "Profession", "capacity": "Patients at most", "account": "Signs in as"}

E = TypeVar("E", bound=StrEnum)


class AssessedOnPage(Assessed):
    """The page asks more than the API: without a phase and a respondent the answers can't be read later."""

    phase: Phase
    respondent: Respondent


class VisitForm(VisitDone):
    """The form of the visit page."""

    assessments: AssessedOnPage


@router.get("/")
async def caseload(request: Request, parts: PartsOf) -> Response:
    now, asked = parts.clock.now(), dict(request.query_params)
    if not cares_for(request):
        return await outside.people_page(request, parts, _page(asked), PAGE)
    wanted, page = replace(_wanted(asked, now), seen_by=own_only(request)), _page(asked)
    async with parts.database.connection() as db:
        rows = await store.caseload(db, wanted, limit=PAGE, offset=(page - 1) * PAGE)
        found = await store.caseload_count(db, wanted)
        counts = await store.counts(db, now, wanted.seen_by)
        members = (await store.roster(db)).members
    saw(request, [row["patient_id"] for row in rows])
    kept = {name: value for name, value in asked.items() if name != "page" and value}
    return parts.pages.render(
        request,
        "caseload.html",
        form=Form.blank({}, **kept),
        rows=rows,
        found=found,
        counts=counts,
        now=now,
        page=page,
        pages=-(-found // PAGE),
        path="?" + urlencode([*kept.items(), ("page", "")]),
        narrowed=bool(kept),
        primaries=[(member.clinician_id, member.name) for member in members if member.role is Role.NURSE],
        words=words,
    )


@router.get("/patients/{patient_id}")
async def patient(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    async with parts.database.connection() as db:
        care = await store.care_of(db, patient_id)
        also = await store.also_recorded_as(db, patient_id)
    if care is None and also:  # cared for under a record that was merged into this one
        return RedirectResponse(at(request, f"/patients/{also[0]['patient_id']}"), HTTPStatus.SEE_OTHER)
    if care is None:
        raise PatientUnknown
    assert care.patient is not None
    if not cares_for(request):
        return outside.person_page(request, parts, patient_id, care, _banner(care, patient_id, parts))
    zone = zone_of(care.patient.time_zone)
    return parts.pages.render(
        request,
        "patient.html",
        patient_id=patient_id,
        care=care,
        also=also,
        person=care.patient,
        now=parts.clock.now(),
        banner=_banner(care, patient_id, parts),
        symptoms=views.symptom_chart(care, zone),
        function=views.function_chart(care, zone),
        courses=views.courses(care),
        sums=views.sums(care),
        events=views.timeline(care, care.patient.time_zone, parts.clock.now()),
        may_complete=_may_complete(request),
        illnesses=", ".join(words.CONDITIONS[condition] for condition in care.conditions),
        words=words,
        acknowledgement=ACKNOWLEDGEMENT,
    )


@router.get("/visits/{visit_id}")
async def visit(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    return await _visit_page(request, parts, visit_id, Form.blank(VISIT_LABELS, **{KEY: str(new_id())}))


@router.post("/visits/{visit_id}")
async def complete(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, VISIT_LABELS)
    try:
        body = VisitForm.model_validate({"assessments": {}, **_body(sent)})
        answer = await perform_completion(parts, visit_id, body, asked_by(request, _key(sent)))
    except ValidationError as why:
        return await _visit_page(request, parts, visit_id, form.refused(why), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (VisitAlreadyCompleted, IdempotencyKeyReused) as why:
        return await _visit_page(request, parts, visit_id, form.refused({"": str(why)}), status=why.status)
    return RedirectResponse(at(request, f"/patients/{answer.body['patient_id']}"), HTTPStatus.SEE_OTHER)


@router.get("/roster")
async def roster(request: Request, parts: PartsOf) -> Response:
    return await _roster_page(request, parts, Form.blank(ROSTER_LABELS, capacity="25", **{KEY: str(new_id())}))


@router.post("/roster")
async def join(request: Request, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, ROSTER_LABELS)
    try:
        await perform_join(parts, JoinRoster.model_validate(_body(sent)), asked_by(request, _key(sent)))
    except ValidationError as why:
        return await _roster_page(request, parts, form.refused(why), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except IdempotencyKeyReused as why:
        return await _roster_page(request, parts, form.refused({"": str(why)}), status=why.status)
    return RedirectResponse(at(request, "/roster"), HTTPStatus.SEE_OTHER)


async def _visit_page(
    request: Request, parts: Parts, visit_id: UUID, form: Form, status: int = HTTPStatus.OK
) -> Response:
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    await require_standing(request, parts, patient_id)
    care = await _care_of(parts, patient_id) if patient_id != store.NOBODY else Care()
    found = care.visit(visit_id)
    saw(request, [patient_id])
    if found.completed_at is None and not _may_complete(request):
        return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)
    esas_r = found.assessments.esas_r
    return parts.pages.render(
        request,
        "visit.html" if found.completed_at is None else "visit_done.html",
        status,
        patient_id=patient_id,
        person=care.patient,
        banner=_banner(care, patient_id, parts),
        phase_before=care.phase,
        visit=found,
        form=form,
        scored=views.scored(esas_r) if esas_r else {},
        now=parts.clock.now(),
        words=words,
        akps=AKPS,
        acknowledgement=ACKNOWLEDGEMENT,
    )


async def _roster_page(request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK) -> Response:
    async with parts.database.connection() as db:
        members = (await store.roster(db)).members
        known = await accounts.with_role(db, CLINICAL)
    seen = [("", "Nobody yet"), *((str(one.account), one.name) for one in known)]
    by_role: dict[Role, list[Member]] = {role: [m for m in members if m.role is role] for role in Role}
    return parts.pages.render(request, "roster.html", status, form=form, by_role=by_role, accounts=seen, words=words)


def _may_complete(request: Request) -> bool:
    """The office looks at visits; who was there says how they were."""
    return ACCESS.of_command(CompleteVisit).admits(caller_of(request))


def _banner(care: Care, patient_id: UUID, parts: Parts) -> Banner:
    assert care.patient is not None
    return banner_of(care.patient, patient_id, "Care plan", parts.clock.now(), *([MERGED] if care.merged_into else []))


async def _care_of(parts: Parts, patient_id: UUID) -> Care:
    async with parts.database.connection() as db:
        care = await store.care_of(db, patient_id)
    if care is None:
        raise PatientUnknown
    return care


def _body(sent: FormData) -> dict[str, object]:
    return {name: value for name, value in body_of(sent).items() if name != KEY}


def _key(sent: FormData) -> str:
    """The form's own key; a form without one was not made here, and gets a new one."""
    key = sent.get(KEY)
    return key if isinstance(key, str) and 0 < len(key) <= LONGEST_KEY else str(new_id())


def _wanted(asked: dict[str, str], now: datetime) -> Wanted:
    return Wanted(
        due_by=now,
        show=_one_of(Show, asked.get("show")),
        phase=_one_of(Phase, asked.get("phase")),
        condition=_one_of(Condition, asked.get("condition")),
        clinician_id=_id(asked.get("clinician")),
    )


def _one_of(kind: type[E], text: str | None) -> E | None:
    return kind(text) if text in list(kind) else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _page(asked: dict[str, str]) -> int:
    text = asked.get("page", "")
    return min(max(1, int(text)), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS else 1

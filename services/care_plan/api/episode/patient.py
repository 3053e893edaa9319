"""The page of one patient, and the forms by which somebody's care is changed as a whole."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, cares_for
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import acts, words
from services.care_plan.api.acts import Act, known_patient
from services.care_plan.api.episode import glance, outside
from services.care_plan.api.episode.commands import ACTS
from services.care_plan.api.heading import banner
from services.care_plan.api.hospice import words as hospice_words
from services.care_plan.api.medicines.commands import shown as checked_now
from services.care_plan.api.plan import words as plan_words
from services.care_plan.api.team.standing import stand_ins
from services.care_plan.api.visits import views
from services.care_plan.api.visits.commands import SCHEDULE
from services.care_plan.domain.care import Care, PatientUnknown
from services.care_plan.domain.care.zones import zone_of
from services.care_plan.domain.instruments.esas_r import ACKNOWLEDGEMENT
from services.care_plan.domain.plan.approving import missing_needs
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.store import bereavement, hospice, nights, sharing, team, told, visits
from services.care_plan.store import episode as store
from services.care_plan.store.rulesets import starting_plans

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

A_YEAR = timedelta(days=366)
"""So much of a story the charts show, however long somebody is cared for."""
LATEST = 26
"""So many visits the story begins with: half a year of weekly ones. Links lead to the year and to all."""
ON_PAGE: dict[str, Act] = {**ACTS, "visits": SCHEDULE}
LABELS = {
    "reason": "Why",
    "ended_on": "On",
    "hand_over": "Who goes on caring, and what they need to know",
    "source": "From whom",
    "died_on": "Day of the death",
    "note": "What was said",
    "reason_text": "What is true",
    "joins": "Who joins",
    "leaves": "Who leaves",
    "why": "In a sentence",
    "starts_at": "When",
    "minutes": "Minutes",
    "mode": "How",
    "purpose": "What for",
    "clinicians": "Who comes",
    "other": "Who else comes, from outside the team",
    "lead": "Who leads",
    "link": "Address of the video room",
    "outcome": "What was found and agreed",
}


@router.get("/patients/{patient_id}")
async def patient(request: Request, patient_id: UUID, parts: PartsOf, story: str = "") -> Response:
    now = parts.clock.now()
    async with parts.database.connection() as db:
        care = await store.care_of(db, patient_id)
        also = await store.also_recorded_as(db, patient_id)
        records = await visits.records_of(db, patient_id, None if story == "whole" else now - A_YEAR)
        beside = await _beside(db, care, patient_id, now)
    if care is None and also:  # cared for under a record that was merged into this one
        return RedirectResponse(at(request, f"/patients/{also[0]['patient_id']}"), HTTPStatus.SEE_OTHER)
    if care is None:
        raise PatientUnknown
    assert care.patient is not None
    head, past = banner(care, patient_id, now), views.past(care, records)
    if not cares_for(request):
        return outside.person_page(request, parts, patient_id, care, past, head)
    zone, done = zone_of(care.patient.time_zone), views.completed(past)
    events = views.timeline(care, past, now)
    says = care.plan.says if care.plan else None
    return parts.pages.render(
        request,
        "patient.html",
        patient_id=patient_id,
        care=care,
        also=also,
        person=care.patient,
        now=now,
        banner=head,
        done=done,
        story=story,
        earlier=care.visits_made > len(past) + len(care.visits) and story != "whole",
        symptoms=views.symptom_chart(done, zone),
        function=views.function_chart(done, zone),
        courses=views.courses(done),
        sums=views.sums(done),
        events=events if story else events[:LATEST],
        left_out=not story and len(events) > LATEST,
        further=glance.last_results(care.found),
        medicines=checked_now(care.medicines),
        **beside,
        stand_ins=stand_ins(care.arranged),
        likely=[] if says else starting_plans().likely(care.conditions),
        missing=[plan_words.NEEDS[domain].split()[0] for domain in missing_needs(says)] if says else [],
        may=_may(request),
        may_complete=ACCESS.of_command(CompleteVisit).admits(caller_of(request)),
        illnesses=", ".join(words.CONDITIONS[condition] for condition in care.conditions),
        hospice_words=hospice_words,
        words=words,
        acknowledgement=ACKNOWLEDGEMENT,
    )


async def _beside(db: Connection, care: Care | None, patient_id: UUID, now: datetime) -> dict[str, Any]:
    """What stands beside the plan: summaries that went out, what came of safety tasks, what the line handed over."""
    looked_after = glance.looked_after(care, now)
    closed_by = await sharing.signers(db, [one.closed_by for one in looked_after])
    return {
        "sent": glance.sent_last(await sharing.sharing_of(db, patient_id)),
        "looked_after": [(one, closed_by[one.closed_by]) for one in looked_after],
        "line": (await nights.nights_of(db, patient_id)).notes,
        "way": await hospice.hospice_of(db, patient_id),
        "bereavement": await bereavement.bereavement_of(db, patient_id),
    }


@router.get("/patients/{patient_id}/change")
async def changes(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await _change_page(request, parts, patient_id, "", act_forms.blank(LABELS, minutes="60"))


@router.post("/patients/{patient_id}/{act}")
async def change(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ON_PAGE:
        raise PatientUnknown
    care, sent = await known_patient(parts, patient_id), await request.form()
    assert care.patient is not None
    form, one = Form.typed(sent, LABELS), ON_PAGE[act]
    typed: dict[str, Any] = act_forms.body(
        sent, times=("starts_at",), zone=zone_of(care.patient.time_zone), many=("clinicians",)
    )
    if act == "visits":
        _put_together(typed)
    try:
        body = one.body.model_validate(typed).model_dump(exclude_unset=True)
        await acts.perform(parts, one, patient_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        refused, status = form.refused(why), int(HTTPStatus.UNPROCESSABLE_ENTITY)
        return await _change_page(request, parts, patient_id, act, refused, status)
    except CarebusError as why:
        return await _change_page(request, parts, patient_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)


async def _change_page(
    request: Request, parts: Parts, patient_id: UUID, act: str, form: Form, status: int = HTTPStatus.OK
) -> Response:
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        people = [one.clinician for one in await team.clinicians(db)]
        left = glance.left_since(care, await told.told_of(db, patient_id), await sharing.sharing_of(db, patient_id))
    today, on_team = parts.clock.now().date(), {one.clinician_id for one in care.team}
    people = [one for one in people if one.is_employed(today) and one.clinician_id not in on_team]
    return parts.pages.render(
        request,
        "care_change.html",
        status,
        patient_id=patient_id,
        care=care,
        person=care.patient,
        banner=banner(care, patient_id, parts.clock.now()),
        people=[(str(one.clinician_id), f"{one.name}, {words.ROLES[one.role].lower()}") for one in people if one.role],
        members=_members(care),
        left=left,
        form=form,
        act=act,
        may=_may(request),
        words=words,
    )


def _put_together(typed: dict[str, Any]) -> None:
    """Who comes as the command takes it: one list, of which the first leads."""
    lead, other = typed.pop("lead", None), typed.pop("other", None)
    coming = [one for one in (lead, *typed.get("clinicians", ()), other) if one]
    if coming:
        typed["clinicians"] = list(dict.fromkeys(coming))


def _members(care: Care) -> list[tuple[str, str]]:
    return [(str(one.clinician_id), f"{one.name}, {words.ROLES[one.role].lower()}") for one in care.team]


def _may(request: Request) -> set[str]:
    return {name for name, one in ON_PAGE.items() if ACCESS.of_command(one.command).admits(caller_of(request))}

"""The commands about visits as JSON: they are scheduled, changed, completed, corrected, signed or not done."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from carebus.contracts.care_plan import Assessments, VisitMode, VisitPlace
from carebus.contracts.event import patient_stream
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf, require_standing
from services.care_plan.api import acts
from services.care_plan.api.acts import Act, act
from services.care_plan.api.visits.answers import Assessed
from services.care_plan.domain.care import Care, Visit, VisitRecord
from services.care_plan.domain.care.times import StatedTime
from services.care_plan.domain.visits import booking, changing, completing, correcting, signing
from services.care_plan.domain.visits.booking import ScheduleVisit
from services.care_plan.domain.visits.changing import (
    CancelVisit,
    ConfirmVisit,
    ConvertVisit,
    ReportNoShow,
    RescheduleVisit,
)
from services.care_plan.domain.visits.completing import CompleteVisit, StartVisit
from services.care_plan.domain.visits.correcting import CorrectVisit
from services.care_plan.domain.visits.signing import SignVisit
from services.care_plan.store import visits as store

router = APIRouter(prefix="/api", route_class=LimitedRoute)

VISIT = "visit_id"
ACTS: dict[str, Act] = {
    "confirm": act(ConfirmVisit, on(Care, changing.confirm_visit), VISIT),
    "start": act(StartVisit, on(Care, completing.start_visit), VISIT),
    "reschedule": act(RescheduleVisit, on(Care, changing.reschedule_visit), VISIT),
    "convert": act(ConvertVisit, on(Care, changing.convert_visit), VISIT),
    "cancel": act(CancelVisit, on(Care, changing.cancel_visit), VISIT),
    "no-show": act(ReportNoShow, on(Care, changing.report_no_show), VISIT),
    "sign": act(SignVisit, on(Care, VisitRecord, signing.sign_visit), VISIT),
}
"""What is done with one visit, by the last part of its address."""
SCHEDULE = act(ScheduleVisit, on(Care, booking.schedule_visit))
COMPLETE = on(Care, VisitRecord, completing.complete_visit)
CORRECT = on(Care, VisitRecord, correcting.correct_visit)


class VisitDone(BaseModel):
    """The body of a command that completes a visit; what is left out is taken as it was planned."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    assessments: Assessed = Assessed()
    visit_note: Annotated[str, Phi.TEXT, Field(max_length=4000)] = ""
    started_at: Annotated[StatedTime | None, Phi.DATE] = None
    ended_at: Annotated[StatedTime | None, Phi.DATE] = None
    place: VisitPlace | None = None
    present: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    also_present: Annotated[str, Phi.TEXT, Field(max_length=500)] = ""
    sign: bool = True


class VisitPutRight(VisitDone):
    """The body of a command that corrects a completed visit: all that is stated of it, and what was wrong."""

    reason_text: Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class Planned(BaseModel):
    """A visit that is to come."""

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    starts_at: Annotated[str, Phi.DATE]
    clinician: TeamMember


class Completed(BaseModel):
    """The answer to a completed visit: which it was, and when the next is, if that has an hour already."""

    visit_id: UUID
    patient_id: UUID
    status: str = "completed"
    next_visit: Planned | None
    next_due: Annotated[str | None, Phi.DATE] = None


async def _whose(request: Request, visit_id: UUID, parts: PartsOf) -> UUID:
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    await require_standing(request, parts, patient_id)
    return patient_id


PatientOfVisit = Annotated[UUID, Depends(_whose)]
"""Whose visit it is. Whether the caller may know of it is looked at before the body, which so tells nobody anything."""


@router.post("/patients/{patient_id}/visits", status_code=HTTPStatus.CREATED)
async def schedule(patient_id: UUID, body: SCHEDULE.body, parts: PartsOf, asked: AskedOf) -> JSONResponse:  # type: ignore[name-defined]
    return answered(await acts.perform(parts, SCHEDULE, patient_id, body.model_dump(), asked), HTTPStatus.CREATED)


@router.post("/visits/{visit_id}/complete")
async def complete(visit_id: UUID, _: PatientOfVisit, body: VisitDone, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    return answered(await perform_completion(parts, visit_id, body, asked))


@router.post("/visits/{visit_id}/correct")
async def correct(
    visit_id: UUID, _: PatientOfVisit, body: VisitPutRight, parts: PartsOf, asked: AskedOf
) -> JSONResponse:
    return answered(await perform_correction(parts, visit_id, body, asked))


def _route_of(name: str, one: Act) -> None:
    async def route(visit_id: UUID, _: PatientOfVisit, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        return answered(await perform_act(parts, one, visit_id, body.model_dump(), asked))

    route.__annotations__["body"] = one.body
    router.post(f"/visits/{{visit_id}}/{name}", name=name, summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)


async def perform_act(parts: Parts, one: Act, visit_id: UUID, body: dict[str, object], asked: Asked) -> Answer:
    """Do something with a visit. Raises VisitUnknown, and what the domain raises."""
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    return await acts.perform(parts, one, patient_id, body, asked, visit_id=visit_id)


async def perform_completion(parts: Parts, visit_id: UUID, body: VisitDone, asked: Asked) -> Answer:
    """Complete a visit. Raises VisitUnknown, VisitAlreadyCompleted, and what `complete_visit` raises of the times."""
    return await _state(parts, visit_id, CompleteVisit, body, asked)


async def perform_correction(parts: Parts, visit_id: UUID, body: VisitPutRight, asked: Asked) -> Answer:
    """Correct what is stated of a completed visit. Raises VisitUnknown, NothingToCorrect, NothingCorrected."""
    return await _state(parts, visit_id, CorrectVisit, body, asked)


async def _state(parts: Parts, visit_id: UUID, kind: type[CompleteVisit], body: VisitDone, asked: Asked) -> Answer:
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    stated = {**body.model_dump(), "visit_id": visit_id, "visit_note": body.visit_note.strip()}
    command = kind.model_validate({**stated, "assessments": Assessments.model_validate(stated["assessments"])})

    def reply(done: Done) -> Completed:
        care = done.state(Care)
        planned, due = care.planned, min((wanted.due for wanted in care.wanted), default=None)
        return Completed(
            visit_id=visit_id,
            patient_id=patient_id,
            next_visit=_planned(planned) if planned else None,
            next_due=due.isoformat() if due else None,
        )

    reaction = CORRECT if kind is CorrectVisit else COMPLETE
    return await parts.commands.perform(reaction, patient_stream(patient_id), command, asked, reply)


def answered(answer: Answer, status: int | None = None) -> JSONResponse:
    """An answer as JSON."""
    return JSONResponse(answer.body, status or answer.status)


def _planned(visit: Visit) -> Planned:
    return Planned(
        visit_id=visit.visit_id,
        ordinal=visit.ordinal,
        mode=visit.mode,
        starts_at=visit.starts_at.isoformat(),
        clinician=visit.clinician,
    )

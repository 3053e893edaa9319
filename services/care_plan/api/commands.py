"""The commands: a clinician joins the roster, a visit is completed."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from carebus.contracts.care_plan import Assessments, EsasR, VisitMode
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Role, TeamMember
from carebus.contracts.phi import Phi
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf
from services.care_plan import store
from services.care_plan.domain import decisions
from services.care_plan.domain.care import Care, Visit
from services.care_plan.domain.decisions import CompleteVisit, JoinRoster
from services.care_plan.domain.roster import Roster

router = APIRouter(prefix="/api", route_class=LimitedRoute)

COMMANDS = {
    JoinRoster: on(Roster, decisions.join_roster),
    CompleteVisit: on(Care, Roster, decisions.complete_visit),
}
"""Which decision each command asks for."""


class Answers(EsasR):
    """The answers to the ESAS-r. A symptom under another name is refused, since it would be lost."""

    model_config = ConfigDict(extra="forbid")


class Assessed(Assessments):
    """What was assessed at a visit."""

    model_config = ConfigDict(extra="forbid")

    esas_r: Answers | None = None
    akps: Annotated[int | None, Field(ge=10, le=100, multiple_of=10)] = None


class VisitDone(BaseModel):
    """The body of a command that completes a visit."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    assessments: Assessed = Assessed()
    visit_note: Annotated[str, Phi.TEXT, Field(max_length=4000)] = ""


class Joined(BaseModel):
    """A clinician as the roster has them."""

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    account: UUID | None
    load: int


class Planned(BaseModel):
    """A visit that is to come."""

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    starts_at: Annotated[str, Phi.DATE]
    clinician: TeamMember


class Completed(BaseModel):
    """The answer to a completed visit: which it was, and when the next is."""

    visit_id: UUID
    patient_id: UUID
    status: str = "completed"
    next_visit: Planned | None


@router.post("/roster", status_code=HTTPStatus.CREATED)
async def join(body: JoinRoster, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    answer = await perform_join(parts, body, asked)
    return JSONResponse(answer.body, answer.status)


@router.post("/visits/{visit_id}/complete")
async def complete(visit_id: UUID, body: VisitDone, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    answer = await perform_completion(parts, visit_id, body, asked)
    return JSONResponse(answer.body, answer.status)


async def perform_join(parts: Parts, body: JoinRoster, asked: Asked) -> Answer:
    """Let a clinician join. Raises ClinicianAlreadyJoined."""
    assert Roster.LIVES_ON is not None
    reaction = COMMANDS[JoinRoster]
    return await parts.commands.perform(reaction, Roster.LIVES_ON, body, asked, _joined, status=HTTPStatus.CREATED)


async def perform_completion(parts: Parts, visit_id: UUID, body: VisitDone, asked: Asked) -> Answer:
    """Complete a visit. Raises VisitUnknown and VisitAlreadyCompleted."""
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    command = CompleteVisit(
        visit_id=visit_id,
        assessments=Assessments.model_validate(body.assessments.model_dump()),
        visit_note=body.visit_note.strip(),
    )
    stream = patient_stream(patient_id)

    def reply(done: Done) -> Completed:
        planned = done.state(Care).planned
        next_visit = _planned(planned) if planned else None
        return Completed(visit_id=visit_id, patient_id=patient_id, next_visit=next_visit)

    return await parts.commands.perform(COMMANDS[CompleteVisit], stream, command, asked, reply)


def _joined(done: Done) -> Joined:
    return Joined.model_validate(done.state(Roster).members[-1].model_dump())


def _planned(visit: Visit) -> Planned:
    return Planned(
        visit_id=visit.visit_id,
        ordinal=visit.ordinal,
        mode=visit.mode,
        starts_at=visit.starts_at.isoformat(),
        clinician=visit.clinician,
    )

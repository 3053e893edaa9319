"""The commands about clinicians as JSON: they join, change, take leave and resign."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import on
from carebus.ids import new_id
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf
from services.care_plan.api.acts import Act, act, command_of
from services.care_plan.domain.team import joining
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.joining import (
    CancelLeave,
    ChangeClinician,
    JoinRoster,
    LeaveRoster,
    TakeLeave,
)
from services.care_plan.store.team import clinician_stream

router = APIRouter(prefix="/api", route_class=LimitedRoute)

CLINICIAN = "clinician_id"
JOIN = on(Clinician, joining.join_roster)
ACTS: dict[str, Act] = {
    "change": act(ChangeClinician, on(Clinician, joining.change_clinician), CLINICIAN),
    "leave": act(TakeLeave, on(Clinician, joining.take_leave), CLINICIAN),
    "cancel-leave": act(CancelLeave, on(Clinician, joining.cancel_leave), CLINICIAN),
    "resign": act(LeaveRoster, on(Clinician, joining.leave_roster), CLINICIAN),
}
"""What is done with a clinician on the roster, by the last part of its address."""


@router.post("/roster", status_code=HTTPStatus.CREATED)
async def join(body: JoinRoster, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    answer = await perform_join(parts, body, asked)
    return JSONResponse(answer.body, answer.status)


def _route_of(name: str, one: Act) -> None:
    async def route(clinician_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        answer = await perform_act(parts, one, clinician_id, body.model_dump(exclude_unset=True), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(f"/roster/{{clinician_id}}/{name}", name=f"clinician-{name}", summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)


class Member(BaseModel):
    """A clinician as the roster has them; `load` counts the patients whose team they are on."""

    clinician_id: UUID
    load: int = 0
    model_config = {"extra": "allow"}


async def perform_join(parts: Parts, body: JoinRoster, asked: Asked) -> Answer:
    """Let a clinician join. Raises ClinicianAlreadyJoined."""
    stream = clinician_stream(body.clinician_id or new_id())
    return await parts.commands.perform(JOIN, stream, body, asked, _member, status=HTTPStatus.CREATED)


async def perform_act(parts: Parts, one: Act, clinician_id: UUID, body: dict[str, Any], asked: Asked) -> Answer:
    """Do something with a clinician. Raises ClinicianUnknown, and what the domain raises."""
    command = command_of(one.command, {**body, "clinician_id": clinician_id})
    return await parts.commands.perform(one.reaction, clinician_stream(clinician_id), command, asked, _member)


def _member(done: Done) -> Member:
    return Member.model_validate(done.state(Clinician).model_dump(mode="json"))

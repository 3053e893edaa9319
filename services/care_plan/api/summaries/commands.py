"""The commands about a visit's summary: it is sent to some, taken back, acknowledged."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked
from carebus.decisions import Command, Reaction, on
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf
from services.care_plan.api import acts
from services.care_plan.api.acts import act
from services.care_plan.api.visits.commands import PatientOfVisit
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.summaries import sharing
from services.care_plan.domain.summaries.sharing import AcknowledgeSummary, SendSummary, Sharing, TakeBackSummary
from services.care_plan.store import visits as store

router = APIRouter(prefix="/api", route_class=LimitedRoute)

SEND = act(SendSummary, on(Care, VisitRecord, Sharing, sharing.send_summary), "visit_id")
TAKE_BACK = on(Sharing, sharing.take_back)
ACKNOWLEDGE = on(Sharing, sharing.acknowledge)


class Noted(BaseModel):
    """It is done."""


@router.post("/visits/{visit_id}/send-summary", summary=SendSummary.__doc__)
async def send(visit_id: UUID, _: PatientOfVisit, body: SEND.body, parts: PartsOf, asked: AskedOf) -> JSONResponse:  # type: ignore[name-defined]
    answer = await perform_sending(parts, visit_id, body.model_dump(), asked)
    return JSONResponse(answer.body, answer.status)


@router.post("/visits/{visit_id}/take-back-summary", summary=TakeBackSummary.__doc__)
async def take_back(
    visit_id: UUID, _: PatientOfVisit, body: TakeBackSummary, parts: PartsOf, asked: AskedOf
) -> JSONResponse:
    answer = await perform_taking_back(parts, visit_id, body, asked)
    return JSONResponse(answer.body, answer.status)


async def perform_sending(parts: Parts, visit_id: UUID, body: dict[str, Any], asked: Asked) -> Answer:
    """Send a visit's summary. Raises VisitUnknown, and what `send_summary` raises."""
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    return await acts.perform(parts, SEND, patient_id, body, asked, visit_id=visit_id)


async def perform_taking_back(parts: Parts, visit_id: UUID, command: TakeBackSummary, asked: Asked) -> Answer:
    """End a recipient's private link. Raises SendingUnknown."""
    async with parts.database.connection() as db:
        patient_id = await store.patient_of_visit(db, visit_id)
    return await _perform(parts, TAKE_BACK, patient_id, command, asked)


async def perform_acknowledgement(parts: Parts, patient_id: UUID, command: AcknowledgeSummary, asked: Asked) -> Answer:
    """Note that a recipient has the summary. Raises SendingUnknown."""
    return await _perform(parts, ACKNOWLEDGE, patient_id, command, asked)


async def _perform(parts: Parts, reaction: Reaction, patient_id: UUID, command: Command, asked: Asked) -> Answer:
    return await parts.commands.perform(reaction, patient_stream(patient_id), command, asked, lambda _: Noted())

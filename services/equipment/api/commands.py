"""The commands about equipment as JSON, what stands of it, and what is due."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, PartsOf, caller_of, saw
from services.equipment.api import acts
from services.equipment.api.acts import ACTS, Act, known
from services.equipment.domain.duties import duties
from services.equipment.domain.ledger import of_loans
from services.equipment.settings import Settings
from services.equipment.store import lists, patients

router = APIRouter(prefix="/api", route_class=LimitedRoute)


@router.get("/due")
async def due(request: Request, parts: PartsOf) -> list[dict[str, Any]]:
    """What is due, over all patients, the earliest first."""
    until = parts.clock.now().date() + timedelta(days=Settings.of(parts.settings).days_ahead)
    async with parts.database.connection() as db:
        found = await lists.due(db, until)
    saw(request, [one.patient_id for one in found])
    return [one._asdict() for one in found]


@router.get("/patients/{patient_id}")
async def equipment(patient_id: UUID, parts: PartsOf) -> dict[str, Any]:
    """What stands: requests with their authorisations, orders, loans, what is to be done, and what adds up."""
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
        behind = await patients.is_behind(db, patient_id)
    stands = found.model_dump(mode="json", exclude={"patient", "contact"})
    for request, kept in zip(found.requests, stands["requests"], strict=True):
        kept["status"] = request.status
    for loan, kept in zip(found.loans, stands["loans"], strict=True):
        kept["status"] = loan.status
    counted = of_loans(found.loans, parts.clock.now())
    ledger = [
        {**account._asdict(), **counts._asdict(), "delivered": counts.delivered} for account, counts in counted.items()
    ]
    return {"patient_id": patient_id, "behind": behind, **stands, "due": _due(found), "ledger": ledger}


def _due(found: Any) -> list[dict[str, Any]]:
    return [one._asdict() for one in sorted(duties(found), key=lambda duty: duty.due_on)]


def _route_of(name: str, one: Act) -> None:
    async def route(
        request: Request, patient_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf
    ) -> JSONResponse:
        given = body.model_dump(exclude_unset=True)
        answer = await acts.perform(parts, one, patient_id, given, caller_of(request), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(f"/patients/{{patient_id}}/{name}", name=name, summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)

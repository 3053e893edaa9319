"""The commands about wishes as JSON, and what stands of them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, PartsOf, caller_of
from services.wishes.api import acts
from services.wishes.api.acts import ACTS, Act, known
from services.wishes.domain.summarising import summary
from services.wishes.store import people

router = APIRouter(prefix="/api", route_class=LimitedRoute)


@router.get("/patients/{patient_id}")
async def wishes(patient_id: UUID, parts: PartsOf) -> dict[str, Any]:
    """What stands, as others hear it, with what is to be asked, and whether something told of them waits."""
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
        behind = await people.is_behind(db, patient_id)
    told = summary(found, parts.clock.now()).model_dump(mode="json")
    more = found.model_dump(mode="json", include={"not_known", "conflicts", "incapacity", "merged_into"})
    return {"patient_id": patient_id, "behind": behind, **told, **more}


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

"""A JSON route for each act about a patient, beneath one address."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.web.http import AskedOf, PartsOf
from services.care_plan.api import acts
from services.care_plan.api.acts import Act


def add_acts(router: APIRouter, beneath: str, done: Mapping[str, Act]) -> None:
    """`POST /patients/{patient_id}/<beneath>/<name>` for each."""
    for name, one in done.items():
        _add(router, f"/patients/{{patient_id}}/{beneath}/{name}", f"{beneath}-{name}", one)


def _add(router: APIRouter, path: str, name: str, one: Act) -> None:
    async def route(patient_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        answer = await acts.perform(parts, one, patient_id, body.model_dump(), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(path, name=name, summary=one.command.__doc__)(route)

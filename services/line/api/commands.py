"""The commands about calls, as JSON."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.ids import new_id
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, PartsOf, caller_of
from services.line.api import acts
from services.line.api.acts import ACTS, START, Act

router = APIRouter(prefix="/api", route_class=LimitedRoute)


async def _start(request: Request, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    answer = await acts.perform(parts, START, new_id(), body.model_dump(), caller_of(request), asked)
    return JSONResponse(answer.body, answer.status)


_start.__annotations__["body"] = START.body
router.post("/calls", name="start", summary=START.command.__doc__)(_start)


def _route_of(name: str, one: Act) -> None:
    async def route(request: Request, call_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        answer = await acts.perform(parts, one, call_id, body.model_dump(), caller_of(request), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(f"/calls/{{call_id}}/{name}", name=name, summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)

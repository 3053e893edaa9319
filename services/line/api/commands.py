"""The commands about calls, as JSON; and what a telephone system tells."""

from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.deciding.commands import Done
from carebus.decisions import on
from carebus.ids import new_id
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, PartsOf, caller_of
from services.line.api import acts
from services.line.api.acts import ACTS, START, Act, Became
from services.line.domain.calls import Call, telephone
from services.line.domain.calls.telephone import ReportTelephone
from services.line.store.calls import call_stream, status_of

router = APIRouter(prefix="/api", route_class=LimitedRoute)

KEYS = UUID("4a1b6ef2-3f63-5cf5-9e5c-0d5b4a4f8c11")
"""What a telephone system calls a call becomes an id of ours, the same each time."""
TELEPHONE = on(Call, telephone.follow_telephone)


async def _start(request: Request, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    answer = await acts.perform(parts, START, new_id(), body.model_dump(), caller_of(request), asked)
    return JSONResponse(answer.body, answer.status)


_start.__annotations__["body"] = START.body
router.post("/calls", name="start", summary=START.command.__doc__)(_start)


@router.post("/telephone")
async def report(said: ReportTelephone, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    call_id = uuid5(KEYS, said.call_key)

    def reply(done: Done) -> Became:
        call = done.state(Call)
        return Became(call_id=call_id, status=status_of(call), nurse="", patient_id=None)

    answer = await parts.commands.perform(TELEPHONE, call_stream(call_id), said, asked, reply)
    return JSONResponse(answer.body, answer.status)


def _route_of(name: str, one: Act) -> None:
    async def route(request: Request, call_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        answer = await acts.perform(parts, one, call_id, body.model_dump(), caller_of(request), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(f"/calls/{{call_id}}/{name}", name=name, summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)

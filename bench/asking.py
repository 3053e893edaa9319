"""A small service that takes commands over HTTP and tells each: the first half of what `latency` measures."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bench.work import visit
from carebus.access import Access, staff
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Done
from carebus.decisions import Cause, Decision, State, changed, on
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.states import Documents, tables
from carebus.web.http import AskedOf, PartsOf

router = APIRouter()


class Seen(State):
    """How many visits of a patient were reported."""

    visits: int = 0


class Report(BaseModel):
    """The command: a visit took place."""

    patient_id: UUID


class Reported(BaseModel):
    """The answer."""

    visits: int


def report(seen: Seen, asked: Report, _: Cause) -> Decision:
    """Count the visit and tell it."""
    visits = seen.visits + 1
    return changed(Seen(visits=visits)).tells(visit(asked.patient_id, visits))


REPORT = on(Seen, report)


@router.post("/visits", response_model=Reported)
async def post_visit(body: Report, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Report a visit."""

    def told(done: Done) -> Reported:
        return Reported(visits=done.state(Seen).visits)

    answer = await parts.commands.perform(REPORT, patient_stream(body.patient_id), body, asked, told)
    return JSONResponse(answer.body, answer.status)


def service() -> Service:
    """The service, from its environment. It keeps its events' source apart from that of the next service."""
    return Service(
        "care_plan",
        states=tables(Documents("seen", Seen)),
        handlers={},
        router=router,
        look=Look("Asking", Path(__file__).parent),
        settings=Settings(),
        access=Access({Report: staff}, {"POST /visits": staff}),
    )


if __name__ == "__main__":
    service().run()

"""Hand-overs: what each team is to read of the night, and what it has; or written now, before the morning."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Done
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from services.line.api import words
from services.line.domain.sheet import Sheet, handing_over
from services.line.domain.sheet.handing_over import HandOver
from services.line.store import sheets

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

SHOWN = timedelta(hours=24)
WRITE = on(Sheet, handing_over.write_note)


class Written(BaseModel):
    """The answer to a hand-over: whose team has it."""

    patient_id: UUID


@router.get("/hand-overs")
async def page(request: Request, parts: PartsOf) -> Response:
    return await _page(request, parts, act_forms.blank({}))


@router.post("/patients/{patient_id}/hand-over")
async def write(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    """The team has it at once."""
    sent = await request.form(max_files=0)

    def reply(_: Done) -> Written:
        return Written(patient_id=patient_id)

    asked = asked_by(request, act_forms.key_of(sent))
    try:
        await parts.commands.perform(WRITE, patient_stream(patient_id), HandOver(), asked, reply)
    except CarebusError as why:
        return await _page(request, parts, act_forms.refused(Form.typed(sent), why), why.status)
    return RedirectResponse(at(request, "/hand-overs"), 303)


async def _page(request: Request, parts: Parts, form: Form, status: int = 200) -> HTMLResponse:
    async with parts.database.connection() as db:
        notes = await sheets.notes(db, parts.clock.now() - SHOWN)
    saw(request, [one.patient_id for one in notes])
    return parts.pages.render(request, "hand_overs.html", status, form=form, notes=notes, words=words)

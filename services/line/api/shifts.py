"""Shifts: who is on the line and on call, where nobody is in the next 24 hours, and who is there now."""

from datetime import timedelta
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, caller_of
from carebus.web.links import at
from services.line.access import planning
from services.line.api import words
from services.line.api.acts import nurse_of
from services.line.domain.calls import CallUnknown
from services.line.domain.shifts.shift import Duty, Gap, Planned, Shift, gaps, require_possible
from services.line.store import shifts as store

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

KEYS = UUID("b8a0c0f6-62d4-5a0e-8b63-4b1c6d1f0e27")
"""A form's key becomes the id of the shift that it makes, so that sending it twice is one shift."""
WATCHED = timedelta(hours=24)
"""So far ahead a gap is shown."""
SHOWN = timedelta(days=14)
LABELS = {
    "duty": "Duty",
    "name": "Who",
    "phone": "Phone",
    "email": "E-mail",
    "starts_at": "From",
    "ends_at": "Until",
}


@router.get("/shifts")
async def page(request: Request, parts: PartsOf) -> Response:
    return await _page(request, parts, act_forms.blank(LABELS))


@router.post("/shifts")
async def plan(request: Request, parts: PartsOf) -> Response:
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    try:
        shift = Shift.model_validate(act_forms.body(sent, times=("starts_at", "ends_at"), zone=words.ZONE))
        require_possible(shift, parts.clock.now())
    except ValidationError as why:
        return await _page(request, parts, form.refused(why), 422)
    except CarebusError as why:
        return await _page(request, parts, act_forms.refused(form, why), why.status)
    planned = Planned(uuid5(KEYS, act_forms.key_of(sent)), shift)
    async with parts.database.transaction() as db:
        await store.keep(db, planned)
    return RedirectResponse(at(request, "/shifts"), 303)


@router.post("/shifts/{shift_id}/take-out")
async def take_out(request: Request, shift_id: UUID, parts: PartsOf) -> Response:
    async with parts.database.transaction() as db:
        await store.take_out(db, shift_id)
    return RedirectResponse(at(request, "/shifts"), 303)


@router.post("/presence/{act}")
async def presence(request: Request, act: str, parts: PartsOf) -> Response:
    """Somebody comes on, or goes: what they promised stands on the board until it is accepted."""
    who = nurse_of(caller_of(request))
    async with parts.database.transaction() as db:
        match act:
            case "arrive":
                await store.arrive(db, who.account, who.name, parts.clock.now())
            case "leave":
                await store.leave(db, who.account)
            case _:
                raise CallUnknown
    return RedirectResponse(at(request, "/"), 303)


async def gaps_ahead(parts: Parts, db: Connection) -> list[Gap]:
    """The hours of the next day in which nobody answers the line, or nobody is on call."""
    now = parts.clock.now()
    planned = [one.shift for one in await store.between(db, now, now + WATCHED)]
    return [gap for duty in (Duty.LINE, Duty.ON_CALL) for gap in gaps(planned, duty, now, now + WATCHED)]


async def _page(request: Request, parts: Parts, form: Form, status: int = 200) -> HTMLResponse:
    now = parts.clock.now()
    async with parts.database.connection() as db:
        planned = await store.between(db, now, now + SHOWN)
        uncovered = await gaps_ahead(parts, db)
    return parts.pages.render(
        request,
        "shifts.html",
        status,
        form=form,
        planned=planned,
        gaps=uncovered,
        may_plan=planning.admits(caller_of(request)),
        now=now,
        words=words,
    )

"""The board: calls that are open, promises that come due, and the way to whoever is spoken of."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, act_forms, day_typed
from carebus.web.http import PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.line.access import answering
from services.line.api import acts, words
from services.line.api.acts import START
from services.line.api.finding import readings, sought
from services.line.api.shifts import gaps_ahead
from services.line.settings import Settings
from services.line.store import calls as call_rows
from services.line.store import sheets, shifts

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

SHOWN_AFTER = timedelta(hours=12)
"""So long an abandoned call stays on the board: whoever called may still need somebody."""
LABELS = {
    "from_number": "From which number",
    "phone": "Phone",
    "name": "Name",
    "born": "Birth date",
    "number": "Member number",
}


@router.get("/")
async def board(request: Request, parts: PartsOf) -> Response:
    if not answering.admits(caller_of(request)):  # whoever plans the shifts sees no calls
        return RedirectResponse(at(request, "/shifts"), 303)
    return await _board(request, parts, act_forms.blank(LABELS))


@router.post("/calls")
async def start(request: Request, parts: PartsOf) -> Response:
    sent, call_id = await request.form(), new_id()
    form = Form.typed(sent, LABELS)
    try:
        body = START.body.model_validate(act_forms.body(sent)).model_dump()
        asked = asked_by(request, act_forms.key_of(sent))
        answer = await acts.perform(parts, START, call_id, body, caller_of(request), asked)
    except (ValidationError, RequestValidationError) as why:
        return await _board(request, parts, form.refused(why), 422)
    except CarebusError as why:
        return await _board(request, parts, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/calls/{answer.body['call_id']}"), 303)


@router.get("/find")
async def looks(request: Request, parts: PartsOf) -> Response:
    """Before anything is said of the person."""
    form = Form.blank(LABELS)
    return parts.pages.render(request, "found.html", form=form, found=[], more=False, asked=False, words=words)


@router.post("/find")
async def find(request: Request, parts: PartsOf) -> Response:
    """A question in a body, so that no name stands in an address."""
    sent = await request.form()
    form = Form.typed(sent, LABELS)
    by_field = sought(form.value("phone"), form.value("name"), day_typed(form.value("born")), form.value("number"))
    async with parts.database.connection() as db:
        found: Sequence[sheets.Found] = []
        for asked in readings(form.value("text")) or [by_field]:
            found = found or await sheets.find(db, asked)
    saw(request, [one.patient_id for one in found])
    return parts.pages.render(
        request,
        "found.html",
        form=form,
        found=found[: sheets.MOST_FOUND],
        more=len(found) > sheets.MOST_FOUND,
        asked=any(form.value(name) for name in form.values),
        words=words,
    )


async def _board(request: Request, parts: PartsOf, form: Form, status: int = 200) -> Response:
    now = parts.clock.now()
    async with parts.database.connection() as db:
        open_ = await call_rows.open_calls(db, now - SHOWN_AFTER)
        closed = await call_rows.closed_calls(db, Settings.of(parts.settings).closed_shown)
        promised = await call_rows.open_promises(db)
        present = await shifts.present(db)
        gaps = await gaps_ahead(parts, db)
    saw(request, [one.patient_id for one in (*open_, *closed) if one.patient_id])
    return parts.pages.render(
        request,
        "board.html",
        status,
        form=form,
        open=open_,
        closed=closed,
        promised=promised,
        present=present,
        present_accounts={one.account for one in present},
        gaps=gaps,
        now=now,
        mine=caller_of(request).actor,
        words=words,
    )

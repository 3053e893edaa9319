"""One screen for a call: the caller, whom it is about, advice, promises and pages; and a sheet by itself."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus import folding
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms, day_typed
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.line.api import acts, protocols, words
from services.line.api.acts import ACTS
from services.line.api.finding import sought
from services.line.api.following import asked
from services.line.api.heading import banner
from services.line.api.helps import helps
from services.line.domain.calls import Call, CallUnknown
from services.line.domain.calls.advice import goes_against
from services.line.domain.calls.promises import WITHIN_MINUTES
from services.line.domain.sheet import PatientUnknown, Sheet
from services.line.domain.sheet.hearing import members_by_role
from services.line.store import calls as call_rows
from services.line.store import screens, sheets

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

FIND = "find"
GOES_ON_AT = dict.fromkeys(("protocol", "answers"), "#answers")
"""Where the nurse goes on after an act: at the questions; else at the head, where what is promised and paged stands."""
LABELS = {
    "caller_name": "Who is on the phone",
    "relationship": "How they stand to the patient",
    "note": "What they say",
    "patient_id": "About whom",
    "subject": "What it is about",
    "disposition": "Advice",
    "because": "Why, if it goes against a wish or the protocol",
    "minutes": "Within how many minutes",
    "name": "Whom to page first",
    "words": "For the team in the morning",
    "phone": "Phone",
    "email": "E-mail",
    "outcome": "How it ended",
    "born": "Birth date",
    "number": "Member number",
    "nobody": "",
    "protocol": "Protocol",
    "language": "Language of the caller",
}


@router.get("/calls/{call_id}")
async def call(request: Request, call_id: UUID, parts: PartsOf) -> Response:
    return await _screen(request, parts, call_id, "", act_forms.blank(LABELS, minutes=str(WITHIN_MINUTES)))


@router.post("/calls/{call_id}/{act}")
async def perform(request: Request, call_id: UUID, act: str, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, LABELS)
    if act == FIND:
        return await _screen(request, parts, call_id, act, form)
    if act not in ACTS:
        raise CallUnknown
    one = ACTS[act]
    try:
        body = one.body.model_validate(_body(act, sent)).model_dump(exclude_unset=True)
        await acts.perform(parts, one, call_id, body, caller_of(request), asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        return await _screen(request, parts, call_id, act, form.refused(why), 422)
    except CarebusError as why:
        if why.status == CallUnknown.status and isinstance(why, CallUnknown):
            raise
        return await _screen(request, parts, call_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/calls/{call_id}{GOES_ON_AT.get(act, '')}"), 303)


@router.get("/calls/{call_id}/{act}")
async def after_refusal(request: Request, call_id: UUID, act: str, parts: PartsOf) -> Response:
    """The address that a refused form leaves behind, when its page is loaded again or keeps itself fresh."""
    if act not in (*ACTS, FIND):
        raise CallUnknown
    return await call(request, call_id, parts)


@router.get("/patients/{patient_id}")
async def sheet(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    async with parts.database.connection() as db:
        known = await screens.sheet_of(db, patient_id)
    if known is None:
        raise PatientUnknown
    found, behind = known
    return parts.pages.render(request, "sheet.html", **_shown(found, patient_id, parts), behind=behind, words=words)


async def _screen(request: Request, parts: Parts, call_id: UUID, act: str, form: Form, status: int = 200) -> Response:
    async with parts.database.connection() as db:
        screen = await screens.screen_of(db, call_id)
        if screen is None:
            raise CallUnknown
        found, about = screen.call, screen.sheet
        texts = await protocols.texts_of(db, found)  # of a protocol in use by now no query: its text never changes
        people = [] if about else await sheets.find(db, _sought(found, act, form))
    saw(request, [found.patient_id] if found.patient_id else [one.patient_id for one in people])
    return parts.pages.render(
        request,
        "call.html",
        status,
        call_id=call_id,
        call=found,
        standing=call_rows.status_of(found),
        people=people,
        behind=screen.behind,
        earlier=screen.earlier,
        act=act,
        **asked(found, texts, form, about),
        offered=[(one.id, one.title.en) for one in protocols.current(parts)],
        may=_may(found, caller_of(request).actor),
        mine=caller_of(request).actor,
        words=words,
        **(
            _shown(about, found.patient_id, parts)
            if about and found.patient_id
            else {"sheet": None, "now": parts.clock.now()}
        ),
    )


def _sought(call: Call, act: str, form: Form) -> Any:
    """What was asked for; at first, whoever has the caller's number."""
    if act == FIND:
        return sought(form.value("phone"), form.value("name"), day_typed(form.value("born")), form.value("number"))
    return sought(phone=folding.phone(call.from_number))


def _shown(sheet: Sheet, patient_id: UUID, parts: Parts) -> dict[str, Any]:
    now = parts.clock.now()
    return {
        "sheet": sheet,
        "patient_id": patient_id,
        "banner": banner(sheet, patient_id, now),
        "team": members_by_role(sheet.team),
        "helps": helps(sheet),
        "at_home": goes_against(sheet, next(iter(words.DISPOSITIONS))),
        "now": now,
    }


def _may(call: Call, actor: str) -> set[str]:
    """What is offered: to whoever has the call all, to others to take it."""
    if call.closed_at:
        return set()
    if call.nurse is None or call.nurse.account != actor:
        return {"take", "take-page", "call-back", "accept-promise"}
    return set(ACTS) - {"take"}


def _body(act: str, sent: FormData) -> dict[str, Any]:
    typed: dict[str, Any] = act_forms.body(sent)
    if act != "page":
        return typed
    named = ("name", "phone", "email")
    step = {name: typed.pop(name) for name in named if name in typed}
    name = step.get("name") or step.get("phone") or step.get("email")
    return {**typed, "steps": ({**step, "name": name},)} if name else typed

"""One clinician as a page: what is known of them, and the forms by which they change, take leave and resign."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import words
from services.care_plan.api.team.commands import ACTS, perform_act
from services.care_plan.api.team.pages import LISTS, at_its_field, licence_of, parts_of
from services.care_plan.api.team.standing import stand_ins
from services.care_plan.domain.care.arranged import Arranged
from services.care_plan.domain.team.clinicians import (
    HOLIDAYS_WHEN_NOT_STATED,
    HOUR,
    NINE_TO_FIVE,
    NO_HOLIDAYS,
    Clinician,
)
from services.care_plan.domain.team.joining import ClinicianUnknown
from services.care_plan.store import proposals, team

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LABELS = {
    "capacity": "Patients at most",
    "licences": "Licensed in",
    "languages": "Languages",
    "skills": "Skills",
    "area": "Sets out from",
    "area.postal_code": "Postal code of where they set out",
    "first_day": "First day away",
    "last_day": "Last day",
    "leave_id": "Leave",
}


@router.get("/roster/{clinician_id}")
async def clinician(request: Request, clinician_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, clinician_id, "", None)


@router.post("/roster/{clinician_id}/{act}")
async def change(request: Request, clinician_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ACTS:
        raise ClinicianUnknown
    sent, one = await request.form(), ACTS[act]
    form, typed = Form.typed(sent, LABELS), act_forms.body(sent)
    if act == "change" and "area" in typed:
        typed["area"] = {**await _reach(parts, clinician_id), **typed["area"]}
    try:
        body = one.body.model_validate(_stated(typed)).model_dump(exclude_unset=True)
        await perform_act(parts, one, clinician_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        refused = at_its_field(form.refused(why))
        return await _page(request, parts, clinician_id, act, refused, HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return await _page(request, parts, clinician_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/roster/{clinician_id}"), HTTPStatus.SEE_OTHER)


async def _reach(parts: Parts, clinician_id: UUID) -> dict[str, Any]:
    """How far somebody goes, which stays when they set out from elsewhere."""
    async with parts.database.connection() as db:
        found = await team.clinician_of(db, clinician_id)
    return {"reach_km": found.area.reach_km} if found and found.area else {}


def _stated(typed: dict[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {name: parts_of(typed[name]) for name in LISTS if name in typed}
    if "licences" in lists:
        lists["licences"] = [licence_of(each) for each in lists["licences"]]
    return {**typed, **lists}


async def _page(
    request: Request,
    parts: Parts,
    clinician_id: UUID,
    act: str,
    form: Form | None,
    status: int = HTTPStatus.OK,
) -> Response:
    async with parts.database.connection() as db:
        found = await team.clinician_of(db, clinician_id)
        arranged = await proposals.arranged(db) if found else []
    if found is None:
        raise ClinicianUnknown
    changes = [(row, stand_ins(mine)) for row, of_one in arranged if (mine := _of(clinician_id, of_one))]
    saw(request, [row["patient_id"] for row, _ in changes])
    return parts.pages.render(
        request,
        "clinician.html",
        status,
        clinician=found,
        changes=changes,
        stated=_in_words(found),
        today=parts.clock.now().date(),
        form=form or act_forms.blank(LABELS),
        as_is=_as_is(found),
        act=act,
        may={name for name, one in ACTS.items() if ACCESS.of_command(one.command).admits(caller_of(request))},
        words=words,
    )


def _of(clinician_id: UUID, arranged: Iterable[Arranged]) -> list[Arranged]:
    """The changes in which this clinician takes part."""
    return [one for one in arranged if clinician_id in {one.joins.clinician_id, one.leaves.clinician_id}]


def _as_is(who: Clinician) -> Form:
    """A form that begins with what is known."""
    licences = ", ".join(f"{one.state} {one.until}" if one.until else one.state for one in who.licences)
    said = {"languages": ", ".join(who.languages), "skills": ", ".join(who.skills), "licences": licences}
    area = {"area__postal_code": who.area.postal_code} if who.area else {}
    return Form.blank(LABELS, capacity=str(who.capacity), **said, **area)


def _in_words(who: Clinician) -> dict[str, str]:
    """Licences with their ends, hours of the week and holidays, as a page says them."""
    week = [f"{WEEKDAYS[one.weekday]} {_clock(one.opens)} to {_clock(one.closes)}" for one in who.hours or NINE_TO_FIVE]
    stated = "" if who.hours else " (not stated, so as usual)"
    licences = (f"{one.state} to {one.until:%-d %b %Y}" if one.until else one.state for one in who.licences)
    observed = who.holidays or HOLIDAYS_WHEN_NOT_STATED
    kept = "none kept" if observed == NO_HOLIDAYS else f"those of {observed}"
    return {"licences": ", ".join(licences), "hours": ", ".join(week) + stated, "holidays": kept}


def _clock(minute: int) -> str:
    return f"{minute // HOUR}:{minute % HOUR:02}"

"""The page of a clinician's day, for a phone: whom to visit today, in order, with all that is needed at the door."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from carebus.access import CLINICAL
from carebus.contracts.event import patient_stream
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, caller_of, own_only, saw
from services.care_plan.access import ACCESS
from services.care_plan.api import words
from services.care_plan.api.day.laying import laid
from services.care_plan.api.visits.views import room
from services.care_plan.domain.care import Care, Outcome
from services.care_plan.domain.care.zones import day_of, zone_of
from services.care_plan.domain.instruments.esas_r import band
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.settings import Settings
from services.care_plan.store import calendars, days, episode, team
from services.care_plan.store.days import OfDay

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

OFF = {Outcome.CANCELLED, Outcome.NO_SHOW}
Planned = tuple[OfDay, Care]


@router.get("/day")
async def day(request: Request, parts: PartsOf, clinician: str = "") -> Response:
    """One's own day; the office chooses whose."""
    own, now = await _own(request, parts), parts.clock.now()
    people = [] if own else await _people(request, parts, now)
    whose = own or next((one for one in people if str(one.clinician_id) == clinician), None)
    found = await _around(request, parts, whose, now) if whose else []
    saw(request, dict.fromkeys(visit.patient_id for visit, _ in found))
    return parts.pages.render(
        request,
        "day.html",
        whose=whose,
        is_own=own is not None,
        people=[(str(one.clinician_id), one.name) for one in people],
        form=Form.blank(clinician=clinician),
        may_complete=ACCESS.of_command(CompleteVisit).admits(caller_of(request)),
        now=now,
        words=words,
        pain_band=band,
        room_of=room,
        **(_shown(found, whose, now, _rulesets(parts)) if whose else {}),
    )


async def _own(request: Request, parts: Parts) -> Clinician | None:
    """The clinician who asks, if it is one of the roster."""
    caller = caller_of(request)
    if not caller.roles & CLINICAL:
        return None
    async with parts.database.connection() as db:
        found = await calendars.on_roster(db, caller.account)
    return found if found and found.is_employed(parts.clock.now().date()) else None


async def _people(request: Request, parts: Parts, now: datetime) -> list[Clinician]:
    """Whose day the office may look at; nobody's to somebody who is not of the office."""
    if own_only(request) is not None:
        return []
    async with parts.database.connection() as db:
        found = [one.clinician for one in await team.clinicians(db)]
    return sorted((one for one in found if one.is_employed(now.date())), key=lambda one: one.name)


async def _around(request: Request, parts: Parts, whose: Clinician, now: datetime) -> list[Planned]:
    """The visits of today, and earlier ones that are to be reported, with the care that each is part of."""
    assert whose.clinician_id is not None, "is on the roster"
    async with parts.database.connection() as db:
        visits = await days.around(db, whose.clinician_id, now, own_only(request))
        cares = await episode.cares(db, list(dict.fromkeys(patient_stream(one.patient_id) for one in visits)))
    known = [(visit, cares[patient_stream(visit.patient_id)]) for visit in visits]
    return [(visit, care) for visit, care in known if _matters(visit, care, now)]


def _matters(visit: OfDay, care: Care, now: datetime) -> bool:
    on, today = day_of(care, visit.starts_at), day_of(care, now)
    return on == today or (on < today and _is_open(visit, care))


def _rulesets(parts: Parts) -> Path | None:
    assert isinstance(parts.settings, Settings), "the day is this service's"
    return parts.settings.rulesets


def _is_open(visit: OfDay, care: Care) -> bool:
    """Whether somebody is to go there, or to say how it was."""
    return visit.outcome is None and care.in_care and not care.waits


def _shown(found: Sequence[Planned], whose: Clinician, now: datetime, own: Path | None) -> dict[str, Any]:
    """What the page needs of the day: `visits` in order, those that are `off`, and `earlier` ones to be reported."""
    today = [(visit, care) for visit, care in found if day_of(care, visit.starts_at) == day_of(care, now)]
    made = [one for one in today if one[0].outcome is Outcome.COMPLETED or _is_open(*one)]
    zone = _zone(today)
    here = now.astimezone(zone) if zone else now
    route = laid(made, whose, here.date(), zone or here.tzinfo, own)  # type: ignore[arg-type]  # `now` has a zone
    return {
        "today": here.date(),
        "route": route,
        "off": [one for one in today if one not in made],
        "earlier": [one for one in found if one not in today],
        "kept": [visit.visit_id for visit, care in found if _is_open(visit, care)],
    }


def _zone(today: Sequence[Planned]) -> tzinfo | None:
    """The clock of the day: that of the first whom somebody visits."""
    patient = today[0][1].patient if today else None
    return zone_of(patient.time_zone) if patient else None

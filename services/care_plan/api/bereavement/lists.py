"""Who is to be contacted after a death, and who is still to get a letter."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, own_only, saw
from services.care_plan.api.bereavement import words
from services.care_plan.store import bereavement as store
from services.care_plan.store.schedules import bereavement_schedule

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)


@router.get("/bereavement")
async def to_contact(request: Request, parts: PartsOf) -> Response:
    today = parts.clock.now().date()
    async with parts.database.connection() as db:
        found = await store.to_contact(db, today, own_only(request))
    saw(request, dict.fromkeys(one.patient_id for one in found))
    return parts.pages.render(
        request,
        "bereavement_to_do.html",
        found=found,
        today=today,
        titles={one.code: one.title for one in bereavement_schedule().contacts},
        words=words,
    )

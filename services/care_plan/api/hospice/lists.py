"""What is to be done about hospice, of whom and by when."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, own_only, saw
from services.care_plan.api.hospice import words
from services.care_plan.store import hospice as store

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)


@router.get("/hospice")
async def to_do(request: Request, parts: PartsOf) -> Response:
    today = parts.clock.now().date()
    async with parts.database.connection() as db:
        found = await store.tasks(db, today, own_only(request))
    saw(request, [one.patient_id for one in found])
    return parts.pages.render(request, "hospice_to_do.html", found=found, today=today, words=words)

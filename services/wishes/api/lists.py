"""What is to be done about wishes, for whom and by when; and whose wishes somebody asks for."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as Typed
from fastapi.responses import HTMLResponse

from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf, saw
from services.wishes.api import words
from services.wishes.store import people
from services.wishes.store.people import ToDo

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)


@router.get("/")
async def to_do(request: Request, parts: PartsOf) -> HTMLResponse:
    async with parts.database.connection() as db:
        found = await people.to_do(db, parts.clock.now().date())
    return _page(request, parts, found, asked="")


@router.post("/find")
async def find(request: Request, parts: PartsOf, name: Annotated[str, Typed(max_length=200)] = "") -> HTMLResponse:
    """A name in a body, so that none stands in an address."""
    async with parts.database.connection() as db:
        found = await people.find(db, name) if name.strip() else []
    return _page(request, parts, found, asked=name)


def _page(request: Request, parts: Parts, found: list[ToDo], *, asked: str) -> HTMLResponse:
    saw(request, [one.patient_id for one in found])
    today = parts.clock.now().date()
    return parts.pages.render(request, "to_do.html", found=found, asked=asked, today=today, words=words)

"""Lists over all patients: what is due, serial numbers at two patients, where things are, and who is asked for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Form as Typed
from fastapi.responses import HTMLResponse

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.equipment.api import words
from services.equipment.domain.catalogue import Item
from services.equipment.settings import Settings
from services.equipment.store import lists
from services.equipment.store.catalogue import catalogue

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)


@router.get("/")
async def due(request: Request, parts: PartsOf, show: str = "") -> HTMLResponse:
    """What is due, all of it or of one group; an unknown group shows all."""
    today = parts.clock.now().date()
    kinds = list(words.GROUPS[show][1]) if show in words.GROUPS else None
    async with parts.database.connection() as db:
        found = await lists.due(db, today + timedelta(days=Settings.of(parts.settings).days_ahead), kinds)
        behind = await lists.left_behind(db)
    _saw(request, [*(one.patient_id for one in found), *(one.patient_id for one in behind)])
    return parts.pages.render(
        request,
        "due.html",
        found=found,
        behind=behind,
        show=show,
        items=_items(parts.settings),
        today=today,
        words=words,
    )


@router.post("/find")
async def find(request: Request, parts: PartsOf, name: Annotated[str, Typed(max_length=200)] = "") -> HTMLResponse:
    """A name in a body, so that none stands in an address."""
    async with parts.database.connection() as db:
        found = await lists.find(db, name) if name.strip() else []
    _saw(request, [one.patient_id for one in found])
    return parts.pages.render(request, "found.html", found=found, asked=name)


@router.get("/serials")
async def serials(request: Request, parts: PartsOf) -> HTMLResponse:
    """One thing can't be at two patients: somebody finds out where it is."""
    async with parts.database.connection() as db:
        found = await lists.serials(db)
    _saw(request, [one.patient_id for each in found for one in each])
    return parts.pages.render(request, "serials.html", found=found, items=_items(parts.settings))


@router.get("/balances")
async def balances(request: Request, parts: PartsOf) -> HTMLResponse:
    """Of each supplier's items: how many are in use, returned, lost, and the patients' own."""
    async with parts.database.connection() as db:
        found = await lists.balances(db)
    return parts.pages.render(request, "balances.html", found=found, items=_items(parts.settings))


def _saw(request: Request, patients: Sequence[UUID]) -> None:
    saw(request, list(dict.fromkeys(patients)))


def _items(settings: object) -> dict[str, Item]:
    return dict(catalogue(Settings.of(settings).catalogue).by_code)  # type: ignore[arg-type]

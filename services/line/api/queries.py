"""The queries: calls that are open, one call, a patient's sheet, and who fits what a caller says."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.line.api.board import SHOWN_AFTER
from services.line.api.finding import sought
from services.line.domain.calls import CallUnknown
from services.line.domain.sheet import PatientUnknown
from services.line.store import calls as call_rows
from services.line.store import screens, sheets

router = APIRouter(prefix="/api", route_class=LimitedRoute)


class Wanted(BaseModel):
    """What a caller says of somebody: all of it must fit."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    phone: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    birth_date: date | None = None
    member_number: Annotated[str, Field(max_length=60)] = ""


@router.get("/calls")
async def calls(request: Request, parts: PartsOf) -> dict[str, Any]:
    """What is to be done."""
    async with parts.database.connection() as db:
        items = await call_rows.open_calls(db, parts.clock.now() - SHOWN_AFTER)
    saw(request, [one.patient_id for one in items if one.patient_id])
    return {"items": items}


@router.get("/calls/{call_id}")
async def call(request: Request, call_id: UUID, parts: PartsOf) -> dict[str, Any]:
    async with parts.database.connection() as db:
        found = await call_rows.call_of(db, call_id)
    if found is None:
        raise CallUnknown
    saw(request, [found.patient_id] if found.patient_id else [])
    return {"call_id": call_id, "status": call_rows.status_of(found), **found.model_dump(mode="json")}


@router.post("/find")
async def find(request: Request, wanted: Wanted, parts: PartsOf) -> dict[str, Any]:
    """A question in a body, so that no name stands in an address."""
    asked = sought(wanted.phone, wanted.name, wanted.birth_date, wanted.member_number)
    async with parts.database.connection() as db:
        found = await sheets.find(db, asked)
    saw(request, [one.patient_id for one in found])
    shown = found[: sheets.MOST_FOUND]
    people = [
        {"patient_id": one.patient_id, "in_care": one.sheet.in_care, **one.sheet.person.model_dump(mode="json")}
        for one in shown
        if one.sheet.person
    ]
    return {"items": people, "more": len(found) > len(shown)}


@router.get("/patients/{patient_id}")
async def sheet(patient_id: UUID, parts: PartsOf) -> dict[str, Any]:
    """All that the line knows of a patient; what nobody has told yet is null."""
    async with parts.database.connection() as db:
        known = await screens.sheet_of(db, patient_id)
    if known is None:
        raise PatientUnknown
    found, behind = known
    return {"patient_id": patient_id, "behind": behind, **found.model_dump(mode="json", exclude={"holds"})}

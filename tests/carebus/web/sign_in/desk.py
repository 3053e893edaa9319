"""A service with a page, a form and a patient's page, for tests of signing in and of what is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from carebus.access import Access, AccountRole, Relation, anyone, clinicians, roles
from carebus.errors import CarebusError
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.states import Documents, tables
from carebus.web.http import PartsOf, caller_of
from tests.carebus import tally

router = APIRouter()
HERE = Path(__file__).parent


class PatientUnknown(CarebusError):
    """Nobody of this id is here."""

    status = 404


@router.get("/")
async def front(request: Request) -> HTMLResponse:
    """Says who is there."""
    caller = caller_of(request)
    return HTMLResponse(f"{caller.name}: {', '.join(sorted(caller.roles))}; {caller.actor}")


@router.get("/open")
async def for_all(request: Request) -> HTMLResponse:
    """Says who is there, to anybody."""
    return HTMLResponse(f"seen by {caller_of(request).name or 'an outsider'}")


@router.post("/notes")
async def note(note: Annotated[str, Form()]) -> HTMLResponse:
    """Takes what was typed."""
    return HTMLResponse(f"kept: {note}")


@router.get("/patients/{patient_id}")
async def patient(patient_id: UUID, parts: PartsOf) -> HTMLResponse:
    """Shows a patient, if there is one."""
    async with parts.database.connection() as db:
        if not await db.fetchval("select exists (select from effect where stream = $1)", f"patient/{patient_id}"):
            raise PatientUnknown
    return HTMLResponse("the patient")


office = roles(AccountRole.COORDINATOR)
ACCESS = Access(
    reads={
        "GET /": clinicians | office,
        "GET /open": anyone(because="a test"),
        "POST /notes": clinicians,
        "GET /patients/{patient_id}": (office | clinicians.on(Relation.PANEL)).sees("patient_id", PatientUnknown),
    }
)


def make(settings: Settings) -> Service:
    """The service."""
    return Service(
        "tally",
        states=tables(Documents("tally", tally.Tally)),
        handlers={},
        router=router,
        look=Look("Desk", HERE),
        settings=settings,
        access=ACCESS,
    )

"""A patient whose visit took place, on the bench: what summaries, their files and FHIR are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from carebus.contracts.people import Address, Person
from carebus.ids import new_id
from carebus.testing import Bench, people
from carebus.web.private_links import PrivateLinks
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.benches import service_bench
from tests.care_plan.people import accepted, due_visits, just_now, staff

SECRET = "s" * 40
LINKS = PrivateLinks(SECRET, "/summary")
BORN = "1948-05-17"
STREET, CITY, PHONE, EMAIL = "12 Marigold Lane", "Ashbury Falls", "+15550107788", "rosa@home.example"
FOUND: dict[str, Any] = {
    "esas_r": {"pain": 3, "tiredness": 4, "wellbeing": 4},
    "akps": 50,
    "phase": "stable",
    "respondent": "patient",
}
OSEI = {"name": "R. Osei", "profession": "Cardiologist", "organization": "Elm Street Cardiology"}
BY_MAIL = {**OSEI, "email": "osei@elm.example"}
HTML = {"accept": "text/html"}


@asynccontextmanager
async def clinic(postgres_url: str, folder: Path, **more: Any) -> AsyncIterator[Bench]:
    """The service with private links."""
    given = {"summary_link_secret": SECRET, **more}
    made = service_bench(
        "care_plan", app.make, Settings, admin_url=postgres_url, folder=folder, token_for=whoever, **given
    )
    async with made as bench:
        yield bench


def whoever(request: httpx.Request) -> str | None:
    """Private links are opened by people who have no account."""
    path = request.url.path
    private = path.startswith(("/summary/", "/hospice-package/")) or path.endswith(".ics")
    return None if private else people.everybody()


def person(name: str = "Rosa Almeida") -> Person:
    """Somebody with all that a summary leaves out."""
    given, _, family = name.partition(" ")
    return Person(
        given_name=given,
        family_name=family or "Almeida",
        birth_date=date.fromisoformat(BORN),
        phone=PHONE,
        email=EMAIL,
        address=Address(street=STREET, city=CITY, state="NY", postal_code="10001"),
    )


async def visited(bench: Bench, name: str = "Rosa Almeida", note: str = "Slept better.", **found: Any) -> str:
    """The id of a visit that took place and was signed, of somebody new."""
    await staff(bench)
    patient = new_id()
    await bench.hears(accepted().model_copy(update={"patient": person(name)}), patient=patient)
    return await completed(bench, patient, note, **found)


async def completed(
    bench: Bench, patient: UUID, note: str = "Slept better.", *, sign: bool = True, **found: Any
) -> str:
    """The planned visit of a patient takes place."""
    (visit,) = [each for each in await due_visits(bench) if each["patient_id"] == str(patient)]
    body = {**just_now(bench), "assessments": {**FOUND, **found}, "visit_note": note, "sign": sign}
    answer = await bench.command(f"/api/visits/{visit['visit_id']}/complete", body)
    assert answer.status_code == 200, answer.text
    return str(visit["visit_id"])


async def patient_of(bench: Bench, visit_id: str) -> UUID:
    """Whose visit it is."""
    async with bench.service.core.database.connection() as db:
        found: UUID = await db.fetchval("select patient_id from visit where visit_id = $1", UUID(visit_id))
    return found


async def corrected(bench: Bench, visit_id: str, **found: Any) -> None:
    """The visit is corrected."""
    body = {"assessments": {**FOUND, **found}, "visit_note": "Slept better.", "reason_text": "read wrongly"}
    answer = await bench.command(f"/api/visits/{visit_id}/correct", body)
    assert answer.status_code == 200, answer.text

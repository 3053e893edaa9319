"""Wishes open while care plan is stopped, and the line shows orders and agent while the wishes service is stopped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from carebus.testing import people
from tests.benches import until
from tests.faults.night.house import house
from tests.faults.test_line_alone import HTML, PHONE, nurse_at, posted, stop, taken_on
from tests.servers import Pair
from tests.wishes import papers

AGENT = {"full_name": "Ana Lima-Quux", "relationship": "daughter", "phone": "617 555 0177", "powers": ["treatment"]}


@pytest.mark.faults
async def test_wishes_open_without_care_plan_and_the_line_shows_them_without_wishes(
    own_servers: Pair, tmp_path: Path
) -> None:
    async with house(own_servers, tmp_path, "care_plan", "wishes") as there, nurse_at(there) as line:
        await there.start()
        await there.begun()
        patient = await taken_on(there)
        async with httpx.AsyncClient(
            base_url=there.base_of("wishes"), headers=people.bearer(), trust_env=False, timeout=30
        ) as wishes:
            for http in (line, wishes):
                await until(partial(_answers, http, f"/api/patients/{patient}"), seconds=60)
            await stop(there, "care_plan")
            document = await filed(wishes, patient)
            await posted(wishes, f"/api/patients/{patient}/appoint", {**AGENT, "appointed_on": "2026-02-01"})
            for path in (f"/patients/{patient}", f"/patients/{patient}/summary", f"/documents/{document}"):
                assert "No CPR" in (await wishes.get(path, headers=HTML)).text, path
            picture = await wishes.get(f"/documents/{document}/pages/1")
            assert picture.content.startswith(b"\xff\xd8\xff")

        async def told() -> bool:
            return "Ana Lima-Quux" in (await line.get(f"/patients/{patient}", headers=HTML)).text

        await until(told, seconds=60)
        await stop(there, "wishes")
        call = (await posted(line, "/api/calls", {"from_number": PHONE}))["call_id"]
        await posted(line, f"/api/calls/{call}/link", {"patient_id": str(patient)})
        for path in (f"/calls/{call}", f"/patients/{patient}"):
            screen = (await line.get(path, headers=HTML)).text
            for shown in ("No CPR", "Ana Lima-Quux", "617 555 0177", "Do-not-resuscitate order"):
                assert shown in screen, (path, shown)


async def filed(wishes: httpx.AsyncClient, patient: UUID) -> str:
    """An order against CPR, with its paper."""
    answer = await wishes.post(
        f"/api/patients/{patient}/documents",
        data={"kind": "dnr_order", "status": "final", "signed_on": "2026-02-01", "says.cpr": "no_cpr"},
        files={"file": ("order.pdf", papers.pdf(), "application/pdf")},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    stands: dict[str, Any] = (await wishes.get(f"/api/patients/{patient}")).json()
    return str(stands["documents"][0]["document_id"])


async def _answers(http: httpx.AsyncClient, path: str) -> bool:
    return (await http.get(path)).is_success

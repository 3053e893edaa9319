"""Medicines are reconciled over HTTP: as JSON and by a form; the page shows findings, rules and what is not checked."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from carebus.access import AccountRole
from carebus.contracts.care_plan import MedicinesReconciled
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from services.care_plan.domain.medicines.checking import NOT_CHECKED
from tests.care_plan.people import accepted, staff
from tests.care_plan.plan.test_plan_pages import HTML, fields, opened


@pytest.fixture
async def rosa(care_plan: Bench) -> UUID:
    """Somebody in care."""
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(), patient=patient)
    await care_plan.work()
    return patient


def states(text: str, **more: Any) -> dict[str, Any]:
    return {
        "line_id": str(new_id()),
        "text": text,
        "source": "hospital",
        "stated_on": "2026-03-01",
        "use": "taken",
        **more,
    }


async def test_by_json_the_list_is_sent_and_read_with_what_was_found(care_plan: Bench, rosa: UUID) -> None:
    at = f"/api/patients/{rosa}/medicines"
    none = (await care_plan.http.get(at)).json()
    assert (none["medicines"], none["not_checked"][-len(NOT_CHECKED) :]) == (None, list(NOT_CHECKED))
    lines = [
        states("tramadol hydrochloride 50 MG Oral Tablet"),
        states("tramadol hydrochloride 50 MG Oral Tablet", source="pharmacy", use="not_taken"),
    ]
    answer = await care_plan.command(f"{at}/reconcile", {"medicines": lines, "no_known_allergies": True})
    assert answer.status_code == 200, answer.text
    found = (await care_plan.http.get(at)).json()
    assert [finding["rule"] for finding in found["findings"]] == ["opioid_without_laxative"]
    assert [each["differ"] for each in found["disagreements"]] == [["use"]]
    (event,) = await assert_published(care_plan, MedicinesReconciled, patient=rosa)
    assert event.ruleset == found["ruleset"]
    assert [finding.rule for finding in event.findings] == ["opioid_without_laxative"]
    stale = await care_plan.command(f"{at}/reconcile", {"medicines": []})
    assert (stale.status_code, stale.json()["code"]) == (409, "medicines_changed_meanwhile")


async def test_by_the_form_lines_are_added_kept_and_taken_out(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/medicines"
    sent = await opened(care_plan, f"{at}/write")
    sent |= {
        "medicines.0.text": "Simvastatin 10 MG Oral Tablet",
        "medicines.0.source": "pharmacy",
        "medicines.0.stated_on": "2026-03-01",
        "medicines.2.text": "the blue <pill>",
        "medicines.2.source": "patient_or_family",
        "medicines.2.stated_on": "2026-03-02",
        "allergies.0.text": "Simvastatin",
    }
    assert (await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)).status_code == 303
    page = (await care_plan.http.get(at, headers=HTML)).text
    assert "A medicine has an ingredient that an allergy or intolerance names." in page
    assert "ingredient of allergy" in page
    assert "Name could not be read" in page
    assert "the blue &lt;pill&gt;" in page
    assert NOT_CHECKED[0] in page
    again = await opened(care_plan, f"{at}/write")
    assert again["based_on"] == "1"
    again["medicines.0.gone"] = "true"
    assert (await care_plan.http.post(f"{at}/write", data=again, headers=HTML)).status_code == 303
    last = (await assert_published(care_plan, MedicinesReconciled, patient=rosa, times=2))[-1]
    assert [line.text for line in last.medicines] == ["the blue <pill>"]
    assert last.findings == ()


async def test_a_refused_form_keeps_what_was_typed_at_its_row(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/medicines"
    sent = await opened(care_plan, f"{at}/write")
    sent |= {"medicines.3.text": "Senna", "medicines.3.stated_on": "2027-01-01", "medicines.3.source": "other"}
    answer = await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)
    assert answer.status_code == 422
    assert re.search(r"Medicine 1: when they said so</a>:\s+This day is still to come", answer.text)
    kept = fields(answer.text)
    assert kept["medicines.0.text"] == "Senna"
    kept["medicines.0.stated_on"] = "2026-03-01"
    await care_plan.command(f"/api{at}/reconcile", {"no_known_allergies": True})
    late = await care_plan.http.post(f"{at}/write", data=kept, headers=HTML)
    assert (late.status_code, "Version 1 of this list stands by now" in late.text) == (409, True)
    assert (await care_plan.http.post(f"{at}/write", data=fields(late.text), headers=HTML)).status_code == 303


async def test_the_office_reads_and_does_not_write(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/medicines"
    async with care_plan.as_(AccountRole.COORDINATOR) as office:
        page = await office.get(at, headers=HTML)
        assert (page.status_code, "Reconcile" in page.text.split("<main", 1)[1].split("</h1>")[-1][:400]) == (
            200,
            False,
        )
        assert (await office.get(f"{at}/write", headers=HTML)).status_code in {403, 404}

"""The page of a day: one's own visits in order, with the way, the family's window and what is open; nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from carebus.access import AccountRole
from carebus.contracts.people import Address, Role
from carebus.ids import new_id
from carebus.testing import Bench, people
from services.care_plan.store import days
from tests.care_plan.people import accepted, clinician, due_visits

HTML = {"accept": "text/html"}
ROSA, WALTER = (UUID(f"018f0000-0000-7000-8000-00000000000{n}") for n in (1, 2))
ITEMS = ("pain", "tiredness", "drowsiness", "nausea", "lack_of_appetite", "shortness_of_breath")


def at_home(name: str, postal_code: str) -> Any:
    """Somebody with an address and a telephone."""
    told = accepted(name=name)
    address = Address(street="12 Elm Street", city="New York", state="NY", postal_code=postal_code)
    return told.model_copy(
        update={"patient": told.patient.model_copy(update={"address": address, "phone": "+1 212 555 0100"})}
    )


@pytest.fixture
async def nurse(care_plan: Bench) -> str:
    """A nurse with an account of her own, and a team beside her; two patients with visits on one day, which it is."""
    for role in Role:
        joins = clinician(role) | {"account": str(people.account(role)), "area": {"postal_code": "10001"}}
        assert (await care_plan.command("/api/roster", joins)).status_code == 201
    await care_plan.hears(at_home("Rosa Almeida", "10025"), patient=ROSA)
    await care_plan.hears(at_home("Walter Nguyen", "11201"), patient=WALTER)
    first, second = await due_visits(care_plan)
    day = first["starts_at"][:10]
    moved = {"starts_at": f"{day}T16:00:00Z", "reason": "another_time"}
    answer = await care_plan.command(f"/api/visits/{second['visit_id']}/reschedule", moved)
    assert answer.status_code == 200, answer.text
    await care_plan.passes(seconds=(_at(first["starts_at"]) - care_plan.now()).total_seconds() - 3600)
    return Role.NURSE.value


def _at(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


async def page(bench: Bench, *roles: AccountRole, subject: str, path: str = "/day") -> str:
    async with bench.as_(*roles, subject=subject) as http:
        answer = await http.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_ones_own_visits_are_in_order_with_all_that_is_needed(care_plan: Bench, nurse: str) -> None:
    text = await page(care_plan, AccountRole.NURSE, subject=nurse)
    assert text.index("Rosa Almeida") < text.index("Walter Nguyen")
    for told in (
        "12 Elm Street, New York, NY 10025",
        'href="tel:+12125550100"',
        " min, ",
        "10:30 to 11:30",
        "First visit",
    ):
        assert told in text, told
    assert text.count("Complete the visit") == 2


async def test_whoever_is_not_among_those_who_come_sees_an_empty_day(care_plan: Bench, nurse: str) -> None:
    text = await page(care_plan, AccountRole.DOCTOR, subject=Role.DOCTOR.value)
    assert "No visits today" in text
    assert "Almeida" not in text
    assert "You are not on the roster" in await page(care_plan, AccountRole.NURSE, subject="somebody")


async def test_the_office_chooses_whose_day_and_keeps_nothing(care_plan: Bench, nurse: str) -> None:
    blank = await page(care_plan, AccountRole.COORDINATOR, subject="office")
    assert "Almeida" not in blank
    whose = clinician(Role.NURSE)["clinician_id"]
    text = await page(care_plan, AccountRole.COORDINATOR, subject="office", path=f"/day?clinician={whose}")
    assert "Rosa Almeida" in text
    assert "data-visits" not in text
    assert "Complete the visit" not in text
    assert "Almeida" not in await page(care_plan, AccountRole.NURSE, subject="b", path=f"/day?clinician={whose}")


async def test_everybody_who_is_shown_is_in_the_audit(care_plan: Bench, nurse: str) -> None:
    await page(care_plan, AccountRole.NURSE, subject=nurse)
    async with care_plan.service.core.database.connection() as db:
        rows = await db.fetch("select content from audit_pending where content::jsonb ->> 'name' = 'GET /day'")
    assert [set(json.loads(row["content"])["patients"]) for row in rows] == [{str(ROSA), str(WALTER)}]


async def test_a_death_that_was_reported_is_seen_before_anybody_drives(care_plan: Bench, nurse: str) -> None:
    died = {"source": "family", "note": "The daughter called."}
    answer = await care_plan.command(f"/api/patients/{ROSA}/report-death", died)
    assert answer.status_code == 200, answer.text
    text = await page(care_plan, AccountRole.NURSE, subject=nurse)
    assert "Death reported: care is on hold" in text
    assert text.count("Complete the visit") == 1


async def test_what_was_not_reported_yesterday_is_still_asked_for(care_plan: Bench, nurse: str) -> None:
    await care_plan.passes(days=1, hours=2)
    text = await page(care_plan, AccountRole.NURSE, subject=nurse)
    assert "Not reported yet" in text
    assert text.count("Complete the visit") == 2


async def test_there_is_one_query_of_each_kind_however_many_visits(
    care_plan: Bench, nurse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    around = days.around

    async def counted(*given: Any) -> Any:
        asked.append(given)
        return await around(*given)

    monkeypatch.setattr(days, "around", counted)
    await page(care_plan, AccountRole.NURSE, subject=nurse)
    assert len(asked) == 1


async def test_a_phone_is_told_in_json_and_only_by_whom_it_was_typed(care_plan: Bench, nurse: str) -> None:
    (visit, *_) = await due_visits(care_plan)
    key, times = str(new_id()), [care_plan.now() - timedelta(minutes=ago) for ago in (35, 5)]
    began, ended = (each.strftime("%Y-%m-%dT%H:%MZ") for each in times)
    typed = {
        "idempotency_key": key,
        "assessments.respondent": "patient",
        "assessments.phase": "stable",
        "started_at": began,
        "ended_at": ended,
    }
    told = {"accept": "application/json", "carebus-typed-by": str(people.account(nurse))}
    address = f"/visits/{visit['visit_id']}"
    async with care_plan.as_(AccountRole.NURSE, subject=nurse) as http:
        other = await http.post(address, data=typed, headers=told | {"carebus-typed-by": str(people.account("b"))})
        lacking = await http.post(address, data={**typed, "assessments.phase": ""}, headers=told)
        answers = [await http.post(address, data=typed, headers=told) for _ in range(2)]
        changed = await http.post(address, data=typed | {"visit_note": "More."}, headers=told)
        late = await http.post(address, data=typed | {"idempotency_key": str(new_id())}, headers=told)
    assert (other.status_code, other.json()["code"]) == (401, "typed_by_another")
    assert (lacking.status_code, lacking.json()["errors"][0]["field"]) == (422, "assessments.phase")
    assert [answer.json()["visit_id"] for answer in answers] == [visit["visit_id"]] * 2
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
    assert (late.status_code, late.json()["code"]) == (409, "visit_already_completed")

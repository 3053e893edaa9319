"""Emergency access: one patient, for an hour, with a reason, by somebody who knows whom they have before them."""

from __future__ import annotations

import orjson
import pytest

from carebus.access import AccountRole
from carebus.ids import new_id
from carebus.testing import Bench, people
from tests.care_plan.people import accepted, due_visits, just_now, staff

ROSA = {
    "given_name": "Rosa",
    "family_name": "almeida",
    "birth_date": "1948-05-17",
    "reason": "She fell and can't breathe well.",
}
NIGHT_NURSE = people.bearer(people.token(AccountRole.NURSE, subject="night nurse"))
HTML = {"accept": "text/html", **NIGHT_NURSE}


@pytest.fixture
async def rosa(care_plan: Bench) -> str:
    patient = new_id()
    await staff(care_plan)
    await care_plan.hears(accepted(), patient=patient)
    await care_plan.hears(accepted(name="Bo Quimby"), patient=new_id())
    return str(patient)


async def audited(bench: Bench, kind: str) -> list[dict[str, object]]:
    async with bench.service.core.database.connection() as db:
        rows = await db.fetch("select content from audit_pending union all select content from audit_sealed")
    return [row for each in rows if (row := orjson.loads(each["content"]))["kind"] == kind]


async def test_who_names_the_person_and_a_reason_sees_this_one_record_and_no_other(care_plan: Bench, rosa: str) -> None:
    assert (await care_plan.http.get(f"/patients/{rosa}", headers=HTML)).status_code == 404
    done = await care_plan.http.post("/emergency", data=ROSA, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"/patients/{rosa}")
    page = await care_plan.http.get(f"/patients/{rosa}", headers=HTML)
    assert "Emergency access until" in page.text
    (visit,) = [each for each in await due_visits(care_plan) if each["patient_id"] == rosa]
    assert (await care_plan.http.get(f"/visits/{visit['visit_id']}", headers=HTML)).status_code == 200
    assert (await care_plan.http.get("/api/patients", headers=NIGHT_NURSE)).json()["items"] == []
    others = [each for each in await due_visits(care_plan) if each["patient_id"] != rosa]
    assert (await care_plan.http.get(f"/patients/{others[0]['patient_id']}", headers=HTML)).status_code == 404


async def test_the_reason_stands_in_the_record_of_what_was_seen(care_plan: Bench, rosa: str) -> None:
    await care_plan.http.post("/emergency", data=ROSA, headers=HTML)
    seen = [row for row in await audited(care_plan, "read") if row["emergency_reason"] == ROSA["reason"]]
    assert [row["patients"] for row in seen] == [[rosa]]


async def test_the_reason_stands_in_the_record_of_what_was_done_too(care_plan: Bench, rosa: str) -> None:
    await care_plan.http.post("/emergency", data=ROSA, headers=HTML)
    (visit,) = [each for each in await due_visits(care_plan) if each["patient_id"] == rosa]
    told = {"Idempotency-Key": str(new_id()), **NIGHT_NURSE}
    done = await care_plan.http.post(
        f"/api/visits/{visit['visit_id']}/complete", json=just_now(care_plan), headers=told
    )
    assert done.status_code == 200
    (row,) = [row for row in await audited(care_plan, "command") if row["name"] == "CompleteVisit"]
    assert (row["emergency_reason"], row["patients"]) == (ROSA["reason"], [rosa])


async def test_after_an_hour_it_is_over(care_plan: Bench, rosa: str) -> None:
    await care_plan.http.post("/emergency", data=ROSA, headers=HTML)
    async with care_plan.service.core.database.connection() as db:
        await db.execute("update emergency_access set until = clock_timestamp()")
    assert (await care_plan.http.get(f"/patients/{rosa}", headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"birth_date": "1948-05-18"}, 404),
        ({"family_name": "Almeid"}, 404),
        ({"reason": "because"}, 422),
        ({"birth_date": "soon"}, 422),
        ({"given_name": ""}, 422),
    ],
)
async def test_who_does_not_know_the_person_is_not_let_in_and_keeps_what_they_typed(
    care_plan: Bench, rosa: str, wrong: dict[str, str], status: int
) -> None:
    page = await care_plan.http.post("/emergency", data=ROSA | wrong, headers=HTML)
    assert page.status_code == status
    assert "almeid" in page.text.lower()
    assert (await care_plan.http.get(f"/patients/{rosa}", headers=HTML)).status_code == 404


async def test_who_is_no_clinician_has_no_emergency(care_plan: Bench, rosa: str) -> None:
    async with care_plan.as_(AccountRole.ANALYST) as http:
        assert (await http.post("/emergency", data=ROSA)).status_code == 403

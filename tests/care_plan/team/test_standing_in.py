"""Leave and resignation yield proposals; a coordinator approves them, and nobody is without a nurse for a day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from carebus.contracts.care_plan import CareTeamMemberChanged, TeamChange
from carebus.contracts.people import Role
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, clinician, due_visits, staff

HTML = {"accept": "text/html"}


async def nurse_of(bench: Bench, patient: object) -> str:
    team = (await bench.http.get(f"/api/patients/{patient}")).json()["team"]
    return str(next(one["clinician_id"] for one in team if one["role"] == "nurse"))


async def proposals(bench: Bench) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await bench.http.get("/api/proposals")).json()["items"]
    return items


async def test_leave_is_stood_in_for_and_the_nurse_comes_back(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = uuid4()
    await care_plan.hears(accepted(), patient=patient)
    first = await nurse_of(care_plan, patient)
    await care_plan.command("/api/roster", clinician(Role.NURSE, 2))
    away = {"first_day": "2026-03-09", "last_day": "2026-03-13"}
    assert (await care_plan.command(f"/api/roster/{first}/leave", away)).status_code == 200
    (proposed,) = await proposals(care_plan)
    assert (proposed["leaves"], proposed["from_day"], proposed["until"]) == (first, "2026-03-09", "2026-03-13")
    page = await care_plan.http.get("/proposals", headers=HTML)
    assert "Nurse 2" in page.text
    done = await care_plan.http.post(f"/proposals/{proposed['proposal_id']}", data={}, headers=HTML)
    assert done.status_code == 303
    assert await proposals(care_plan) == []
    await assert_published(care_plan, CareTeamMemberChanged, patient=patient, times=0)
    await care_plan.passes(days=7)
    assert await nurse_of(care_plan, patient) == proposed["joins"]
    await care_plan.passes(days=5)
    assert await nurse_of(care_plan, patient) == first
    there, back = await assert_published(care_plan, CareTeamMemberChanged, patient=patient, times=2)
    assert there.reason is back.reason is TeamChange.LEAVE
    gone = await care_plan.http.post(f"/proposals/{proposed['proposal_id']}", data={}, headers=HTML)
    assert (gone.status_code, "This proposal is no more" in gone.text) == (404, True)


async def test_whoever_resigns_is_followed_by_another_from_the_day_after_and_the_visits_go_along(
    care_plan: Bench,
) -> None:
    await staff(care_plan)
    patient = uuid4()
    await care_plan.hears(accepted(), patient=patient)
    first = await nurse_of(care_plan, patient)
    await care_plan.command(f"/api/roster/{first}/resign", {"last_day": "2026-03-02"})
    (nobody,) = await proposals(care_plan)
    assert (nobody["joins"], nobody["reason"]) == (None, "resigned")
    await care_plan.command("/api/roster", clinician(Role.NURSE, 2))
    (proposed,) = await proposals(care_plan)
    assert (proposed["from_day"], proposed["until"]) == ("2026-03-03", None)
    await care_plan.http.post(f"/proposals/{proposed['proposal_id']}", data={}, headers=HTML)
    await care_plan.passes(hours=20)
    assert await nurse_of(care_plan, patient) == proposed["joins"]
    assert {visit["clinician"]["clinician_id"] for visit in await due_visits(care_plan)} == {proposed["joins"]}


async def test_the_roster_page_of_one_clinician_changes_them_and_enters_leave(care_plan: Bench) -> None:
    await staff(care_plan)
    roster = (await care_plan.http.get("/api/roster")).json()["items"]
    path = f"/roster/{roster[0]['clinician_id']}"
    said = {"capacity": "7", "licences": "MA, NY 2027-06-30", "languages": "en, es", "skills": ""}
    assert (await care_plan.http.post(f"{path}/change", data=said, headers=HTML)).status_code == 303
    day = date(2026, 3, 9)
    wrong = {"first_day": day.isoformat(), "last_day": (day - timedelta(days=1)).isoformat()}
    refused = await care_plan.http.post(f"{path}/leave", data=wrong, headers=HTML)
    assert (refused.status_code, "not before the first" in refused.text) == (422, True)
    right = {"first_day": day.isoformat(), "last_day": day.isoformat()}
    assert (await care_plan.http.post(f"{path}/leave", data=right, headers=HTML)).status_code == 303
    text = (await care_plan.http.get(path, headers=HTML)).text
    assert "en, es" in text
    assert "Not away after all" in text


async def test_all_proposals_are_approved_at_once_or_somebody_else_is_chosen(care_plan: Bench) -> None:
    await staff(care_plan)
    first = clinician(Role.NURSE)["clinician_id"]
    for _ in range(3):
        await care_plan.hears(accepted(), patient=new_id())
    await care_plan.work()
    for n in (2, 3):
        await care_plan.command("/api/roster", clinician(Role.NURSE, n))
    await care_plan.command(f"/api/roster/{first}/leave", {"first_day": "2026-03-10", "last_day": "2026-03-18"})
    one, *_ = rows = await proposals(care_plan)
    assert len(rows) == 3
    choosing = (await care_plan.http.get(f"/proposals?choose={one['proposal_id']}", headers=HTML)).text
    nurses = {each["clinician_id"]: each["name"] for each in (clinician(Role.NURSE, n) for n in (2, 3))}
    other = next(each for each in nurses if each != one["joins"])
    assert f'<option value="{other}">' in choosing
    assert f'<option value="{first}">' not in choosing
    path = f"/proposals/{one['proposal_id']}"
    assert (await care_plan.http.post(path, data={"joins": other}, headers=HTML)).status_code == 303
    chosen = (await care_plan.http.get(f"/patients/{one['patient_id']}", headers=HTML)).text
    assert f"{nurses[other]} stands in for" in chosen
    left = [row["proposal_id"] for row in rows[1:]]
    answer = await care_plan.http.post("/proposals", data={"proposals": left}, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/proposals?done=1")
    shown = (await care_plan.http.get("/proposals?done=1", headers=HTML)).text
    assert "Nobody needs a stand-in." in shown
    assert shown.count("stands in for") == 3


async def test_what_is_declined_is_not_asked_again_and_can_be_proposed_once_more(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = uuid4()
    await care_plan.hears(accepted(), patient=patient)
    first = await nurse_of(care_plan, patient)
    await care_plan.command("/api/roster", clinician(Role.NURSE, 2))
    away = {"first_day": "2026-03-03", "last_day": "2026-03-13"}
    await care_plan.command(f"/api/roster/{first}/leave", away)
    (proposed,) = await proposals(care_plan)
    path = f"/proposals/{proposed['proposal_id']}"
    assert (await care_plan.http.post(f"{path}/decline", data={}, headers=HTML)).status_code == 303
    assert await proposals(care_plan) == []
    await care_plan.passes(days=4)
    assert await proposals(care_plan) == []
    page = (await care_plan.http.get("/proposals?done=declined", headers=HTML)).text
    assert "Propose it again" in page
    again = re.search(r"/proposals/([0-9a-f-]{36})/ask-again", page)
    assert again is not None
    assert (await care_plan.http.post(again[0], data={}, headers=HTML)).status_code == 303
    (back,) = await proposals(care_plan)
    assert (back["leaves"], back["until"]) == (first, "2026-03-13")
    await assert_published(care_plan, CareTeamMemberChanged, patient=patient, times=0)


async def test_declining_what_is_no_more_says_so(care_plan: Bench) -> None:
    gone = await care_plan.http.post(f"/proposals/{uuid4()}/decline", data={}, headers=HTML)
    assert (gone.status_code, "This proposal is no more" in gone.text) == (404, True)

"""A plan is written, approved and settled over HTTP: as JSON, and by forms that keep what was typed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from carebus.access import AccountRole
from carebus.contracts.care_plan import (
    CarePlanApproved,
    CarePlanReviewDue,
    CarePlanRevised,
    GoalStatusChanged,
    PlanConflictDetected,
    PlanConflictSettled,
)
from carebus.contracts.people import Condition, Role
from carebus.ids import new_id
from carebus.testing import Bench, assert_published, people
from tests.care_plan.people import accepted, clinician, staff

HTML = {"accept": "text/html"}
NEEDS = ("physical", "emotional", "nutritional", "spiritual", "social", "behavioural")
Fields = dict[str, str | list[str]]


@pytest.fixture
async def rosa(care_plan: Bench) -> UUID:
    """Somebody with cancer, in the care of a whole team."""
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(conditions=(Condition.CANCER,)), patient=patient)
    await care_plan.work()
    return patient


def fields(page: str) -> Fields:
    """What a browser would send of the form on this page, as it stands."""
    found: Fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (('type="checkbox"' not in tag and 'type="radio"' not in tag) or " checked" in tag):
            text = unescape(value.group(1)) if value else ""
            known = found.get(name.group(1))
            found[name.group(1)] = text if known is None else [*([known] if isinstance(known, str) else known), text]
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL):
        found[name] = unescape(text).strip()
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'<option value="([^"]*)"', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


async def opened(bench: Bench, address: str) -> Fields:
    page = await bench.http.get(address, headers=HTML)
    assert page.status_code == 200, page.text
    return fields(page.text)


def whole(nurse: str, doctor: str) -> dict[str, Any]:
    return {
        "problems": [{"problem_id": str(new_id()), "text": "Pain"}],
        "goals": [{"goal_id": str(new_id()), "words": "I want to stay at home", "at_home": True}],
        "interventions": [
            {
                "intervention_id": str(new_id()),
                "kind": "medicines",
                "text": "Adjust pain medicines",
                "owner": {"clinician_id": doctor},
            }
        ],
        "needs": [{"domain": domain, "assessed_on": "2026-03-02"} for domain in NEEDS],
        "elsewhere": [
            {"item_id": str(new_id()), "plan_of": "Dr. Ruiz", "kind": "hospital", "text": "Admit when it is worse"}
        ],
    }


def team() -> tuple[str, str]:
    return clinician(Role.NURSE)["clinician_id"], clinician(Role.DOCTOR)["clinician_id"]


async def test_by_json_a_plan_is_written_approved_settled_and_read(care_plan: Bench, rosa: UUID) -> None:
    at = f"/api/patients/{rosa}/plan"
    body = whole(*team())
    answer = await care_plan.command(f"{at}/revise", {"based_on": 1, "plan": body})
    assert answer.status_code == 200, answer.text
    stale = await care_plan.command(f"{at}/revise", {"based_on": 1, "plan": body})
    assert (stale.status_code, stale.json()["code"]) == (409, "plan_changed_meanwhile")
    (conflict,) = await assert_published(care_plan, PlanConflictDetected, patient=rosa)
    assert (await care_plan.command(f"{at}/approve", {"version": 2})).status_code == 200
    agreed = {"conflict_id": str(conflict.conflict.conflict_id), "how": "ours_stands", "agreed": "Dr. Ruiz agrees"}
    assert (await care_plan.command(f"{at}/settle-conflict", agreed)).status_code == 200
    moved = {"goal_id": body["goals"][0]["goal_id"], "status": "active", "achievement": "improving"}
    assert (await care_plan.command(f"{at}/goal", moved)).status_code == 200
    stands = (await care_plan.http.get(at)).json()
    assert (stands["version"], stands["approved_version"], stands["conflicts"]) == (2, 2, [])
    assert stands["says"]["goals"][0]["achievement"] == "improving"
    for kind in (CarePlanRevised, CarePlanApproved, PlanConflictSettled, GoalStatusChanged):
        await assert_published(care_plan, kind, patient=rosa)


async def test_a_review_that_nobody_made_is_told_on_its_day(care_plan: Bench, rosa: UUID) -> None:
    at = f"/api/patients/{rosa}/plan"
    await care_plan.command(f"{at}/revise", {"based_on": 1, "plan": whole(*team())})
    approves = {"version": 2, "next_review_on": "2026-03-09"}
    assert (await care_plan.command(f"{at}/approve", approves)).status_code == 200
    await care_plan.passes(days=6)
    await assert_published(care_plan, CarePlanReviewDue, patient=rosa, times=0)
    await care_plan.passes(days=1)
    await assert_published(care_plan, CarePlanReviewDue, patient=rosa)
    page = await care_plan.http.get(f"/patients/{rosa}/plan", headers=HTML)
    assert "The review of this plan is due" in page.text


async def test_the_form_begins_with_what_is_likely_and_keeps_what_the_patient_said(
    care_plan: Bench, rosa: UUID
) -> None:
    at = f"/patients/{rosa}/plan"
    sent = await opened(care_plan, f"{at}/write")
    assert sent["plan.problems.0.text"] == "Pain"
    assert sent["plan.goals.0.words"] == ""
    sent["plan.goals.0.words"] = "I want to <hold> my grandson"
    sent |= {f"plan.needs.{n}.assessed_on": "2026-03-02" for n in range(6)}
    sent["plan.problems.1.gone"] = "true"
    answer = await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, at)
    again = await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)
    assert again.status_code == 303, "sending the same form twice is sending it once"
    (event,) = await assert_published(care_plan, CarePlanRevised, patient=rosa)
    assert [goal.words for goal in event.plan.goals] == ["I want to <hold> my grandson"]
    assert [problem.code for problem in event.plan.problems] == ["pain", "nausea", "wishes_not_yet_known"]
    assert {each.owner.profession for each in event.plan.interventions} == {
        "Doctor",
        "Nurse",
        "Advanced practice provider",
    }
    page = (await care_plan.http.get(at, headers=HTML)).text
    assert "“I want to &lt;hold&gt; my grandson”" in page
    assert "“I want to &lt;hold&gt; my grandson”" in (await care_plan.http.get(f"/patients/{rosa}", headers=HTML)).text
    unchanged = await care_plan.http.post(f"{at}/write", data=await opened(care_plan, f"{at}/write"), headers=HTML)
    assert unchanged.status_code == 303
    await assert_published(care_plan, CarePlanRevised, patient=rosa)


async def test_a_refused_form_keeps_everything_and_says_which_row(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/plan"
    sent = await opened(care_plan, f"{at}/write")
    sent["plan.goals.0.aim"] = "Comfort"
    sent["plan.interventions.1.owner.clinician_id"] = ""
    answer = await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)
    assert answer.status_code == 422
    assert re.search(r"Goal 1</a>:\s+This is required", answer.text)
    assert re.search(r"To do 2: who does it</a>:\s+This is required", answer.text)
    kept = fields(answer.text)
    assert (kept["plan.goals.0.aim"], kept["plan.problems.0.text"]) == ("Comfort", "Pain")
    assert kept["idempotency_key"] == sent["idempotency_key"]


async def test_whoever_writes_from_an_old_version_keeps_it_and_sees_which_stands(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/plan"
    sent = await opened(care_plan, f"{at}/write")
    sent["plan.goals.0.words"] = "I want to sleep"
    await care_plan.command(f"/api{at}/revise", {"based_on": 1, "plan": whole(*team())})
    answer = await care_plan.http.post(f"{at}/write", data=sent, headers=HTML)
    assert answer.status_code == 409
    assert "Version 2 of this plan stands by now" in answer.text
    kept = fields(answer.text)
    assert (kept["plan.goals.0.words"], kept["based_on"]) == ("I want to sleep", "2")
    assert (await care_plan.http.post(f"{at}/write", data=kept, headers=HTML)).status_code == 303


async def test_conflicts_goals_and_approval_have_their_forms(care_plan: Bench, rosa: UUID) -> None:
    at = f"/patients/{rosa}/plan"
    body = whole(*team())
    await care_plan.command(f"/api{at}/revise", {"based_on": 1, "plan": body})
    page = (await care_plan.http.get(at, headers=HTML)).text
    assert "Rule “home against hospital”" in page
    assert "Admit when it is worse (Dr. Ruiz; plan of Dr. Ruiz)" in page
    (found,) = await assert_published(care_plan, PlanConflictDetected, patient=rosa)
    conflict = str(found.conflict.conflict_id)
    opened_at = (await care_plan.http.get(f"{at}?conflict={conflict}", headers=HTML)).text
    assert f'name="conflict_id" value="{conflict}"' in opened_at
    empty = await care_plan.http.post(f"{at}/settle-conflict", data={"conflict_id": conflict}, headers=HTML)
    assert empty.status_code == 422
    assert re.search(r"What was agreed</a>:\s+This is required", empty.text)
    settles = {"how": "ours_stands", "agreed": "She stays at home", "conflict_id": conflict}
    assert (await care_plan.http.post(f"{at}/settle-conflict", data=settles, headers=HTML)).status_code == 303
    settled = (await care_plan.http.get(at, headers=HTML)).text
    assert "Settled conflicts" in settled
    assert "Ours stands" in settled
    assert "She stays at home" in settled
    assert "Overruled" in settled
    goal = body["goals"][0]["goal_id"]
    assert f'name="goal_id" value="{goal}"' in (await care_plan.http.get(f"{at}?goal={goal}", headers=HTML)).text
    form = {"goal_id": goal, "status": "completed"}
    refused = await care_plan.http.post(f"{at}/goal", data=form, headers=HTML)
    assert (refused.status_code, "Say whether the goal was achieved" in refused.text) == (422, True)
    form["status"] = "active"
    assert (await care_plan.http.post(f"{at}/goal", data=form, headers=HTML)).status_code == 303
    approves = {"version": "2", "idempotency_key": str(new_id())}
    assert (await care_plan.http.post(f"{at}/approve", data=approves, headers=HTML)).status_code == 303
    assert "Approved" in (await care_plan.http.get(at, headers=HTML)).text
    assert (await care_plan.http.post(f"{at}/nothing", data={}, headers=HTML)).status_code == 404


async def test_only_doctors_and_practice_providers_approve_and_the_office_only_reads(
    care_plan: Bench, rosa: UUID
) -> None:
    at = f"/patients/{rosa}/plan"
    await care_plan.command(f"/api{at}/revise", {"based_on": 1, "plan": whole(*team())})
    key = {"Idempotency-Key": str(new_id())}
    async with care_plan.as_(AccountRole.NURSE, subject=people.EVERYBODY) as nurse:
        assert (await nurse.post(f"/api{at}/approve", json={"version": 2}, headers=key)).status_code in {403, 404}
        assert "Approve version" not in (await nurse.get(at, headers=HTML)).text
    async with care_plan.as_(AccountRole.COORDINATOR) as office:
        page = await office.get(at, headers=HTML)
        assert (page.status_code, "Revise the plan" in page.text) == (200, False)
        assert (await office.get(f"{at}/write", headers=HTML)).status_code in {403, 404}
    async with care_plan.as_(AccountRole.DOCTOR, subject="another") as stranger:
        assert (await stranger.get(at, headers=HTML)).status_code == 404

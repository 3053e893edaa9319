"""The JSON API: commands with their keys and refusals, and what is told of visits, patients and the roster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from carebus.contracts.care_plan import VisitCompleted, VisitPurpose, VisitScheduled
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, clinician, due_visits, staff

ESAS = {
    "pain": 7,
    "tiredness": 5,
    "drowsiness": 2,
    "nausea": 0,
    "lack_of_appetite": 4,
    "shortness_of_breath": 3,
    "depression": 2,
    "anxiety": 1,
    "wellbeing": 5,
}
DONE: dict[str, Any] = {
    "assessments": {"esas_r": ESAS, "akps": 50, "phase": "stable", "respondent": "patient"},
    "visit_note": "Slept badly.",
}


async def first_visit(bench: Bench) -> dict[str, Any]:
    """Somebody's first visit, at its time."""
    await staff(bench)
    await bench.hears(accepted(priority=Priority.URGENT), patient=new_id())
    await bench.passes(days=1)
    (visit,) = await due_visits(bench)
    return visit


async def test_a_clinician_joins_once(care_plan: Bench) -> None:
    body = clinician(Role.NURSE)
    first = await care_plan.command("/api/roster", body, key="a")
    assert first.status_code == 201
    assert first.json()["name"] == body["name"]
    assert (first.json()["load"], first.json()["licences"]) == (
        0,
        [{"state": one, "until": None} for one in ("MA", "NY")],
    )
    assert (await care_plan.command("/api/roster", body, key="a")).json() == first.json()
    again = await care_plan.command("/api/roster", body, key="b")
    assert again.status_code == 409
    assert again.json()["code"] == "clinician_already_joined"
    assert len((await care_plan.http.get("/api/roster")).json()["items"]) == 1


@pytest.mark.parametrize("wrong", [{"capacity": 0}, {"role": "pilot"}, {"name": ""}, {"clinician_id": "me"}])
async def test_a_wrong_clinician_is_refused(care_plan: Bench, wrong: dict[str, Any]) -> None:
    answer = await care_plan.command("/api/roster", clinician(Role.NURSE) | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)


async def test_a_planned_visit_is_listed_when_it_is_due(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    assert set(visit) >= {"visit_id", "patient_id", "episode_id", "ordinal", "mode", "starts_at", "clinician"}
    assert visit["clinician"]["role"] == "nurse"
    assert visit["ordinal"] == 1
    before = (care_plan.now() - timedelta(hours=1)).isoformat()
    assert await due_visits(care_plan, due_by=before) == []
    assert await due_visits(care_plan, due_by=care_plan.now().isoformat()) == [visit]


async def test_completing_a_visit_keeps_what_was_assessed_and_plans_the_next(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    answer = await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", DONE)
    assert answer.status_code == 200
    assert answer.json()["next_visit"] is None
    assert answer.json()["next_due"] == (care_plan.now() + timedelta(days=2)).date().isoformat()
    (told,) = await assert_published(care_plan, VisitCompleted, times=1)
    assert told.assessments.model_dump(mode="json", exclude_none=True) == DONE["assessments"]
    assert told.visit_note == "Slept badly."
    assert told.started_at <= told.completed_at == care_plan.now()
    _, following = await assert_published(care_plan, VisitScheduled, times=2)
    assert (following.starts_at.date() - care_plan.now().date()).days <= 2  # severe pain is followed up
    assert following.purpose is VisitPurpose.SYMPTOM_FOLLOW_UP
    assert [item["visit_id"] for item in await due_visits(care_plan)] == [str(following.visit_id)]


@pytest.mark.parametrize(("phase", "days"), [("unstable", 3), ("terminal", 3), ("deteriorating", 7), ("stable", 14)])
async def test_the_phase_says_when_the_next_visit_is(care_plan: Bench, phase: str, days: int) -> None:
    visit = await first_visit(care_plan)
    body = {"assessments": {"phase": phase, "respondent": "proxy"}}
    await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", body)
    (following,) = await due_visits(care_plan)
    assert following["starts_at"][:10] == (care_plan.now() + timedelta(days=days)).date().isoformat()


async def test_a_visit_is_completed_once(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    path = f"/api/visits/{visit['visit_id']}/complete"
    first = await care_plan.command(path, DONE, key="once")
    assert (await care_plan.command(path, DONE, key="once")).json() == first.json()
    again = await care_plan.command(path, DONE, key="twice")
    assert again.status_code == 409
    assert again.json()["code"] == "visit_already_completed"
    await assert_published(care_plan, VisitCompleted, times=1)
    await assert_published(care_plan, VisitScheduled, times=2)


async def test_an_unknown_visit_is_not_found(care_plan: Bench) -> None:
    answer = await care_plan.command(f"/api/visits/{new_id()}/complete", DONE)
    assert answer.status_code == 404
    assert answer.json()["code"] == "visit_unknown"


@pytest.mark.parametrize(
    ("assessments", "field"),
    [
        ({"esas_r": {"pain": 11}}, "assessments.esas_r.pain"),
        ({"esas_r": {"nausea": -1}}, "assessments.esas_r.nausea"),
        ({"esas_r": {"appetite": 4}}, "assessments.esas_r"),
        ({"akps": 45}, "assessments.akps"),
        ({"akps": 0}, "assessments.akps"),
        ({"phase": "bereaved"}, "assessments.phase"),
        ({"respondent": "neighbour"}, "assessments.respondent"),
    ],
)
async def test_a_wrong_assessment_is_refused_whole(care_plan: Bench, assessments: dict[str, Any], field: str) -> None:
    visit = await first_visit(care_plan)
    answer = await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", {"assessments": assessments})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    await assert_published(care_plan, VisitCompleted, times=0)


async def test_an_unanswered_symptom_stays_unknown_and_never_counts_as_none(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    body = {"assessments": {"esas_r": ESAS | {"nausea": None}, "respondent": "patient"}}
    await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", body)
    patient = (await care_plan.http.get(f"/api/patients/{visit['patient_id']}")).json()
    completed = patient["visits"][0]
    assert completed["assessments"]["esas_r"]["nausea"] is None
    assert completed["scores"] == {"physical": None, "emotional": 3, "total": None}
    (told,) = await assert_published(care_plan, VisitCompleted)
    assert told.assessments.esas_r is not None
    assert told.assessments.esas_r.nausea is None


async def test_commands_need_a_key(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    for path in ("/api/roster", f"/api/visits/{visit['visit_id']}/complete"):
        answer = await care_plan.http.post(path, json=clinician(Role.NURSE) if "roster" in path else DONE)
        assert answer.status_code == 400


async def test_a_patient_is_told_with_team_plan_and_visits(care_plan: Bench) -> None:
    visit = await first_visit(care_plan)
    await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", DONE)
    patient = (await care_plan.http.get(f"/api/patients/{visit['patient_id']}")).json()
    assert patient["patient"]["family_name"] == "Almeida"
    assert [member["role"] for member in patient["team"]] == [role.value for role in Role]
    assert (patient["phase"], patient["akps"]) == ("stable", 50)
    assert patient["visits"][0]["scores"] == {"physical": 21, "emotional": 3, "total": 29}
    assert (await care_plan.http.get(f"/api/patients/{new_id()}")).status_code == 404


async def test_patients_are_listed_by_their_next_visit(care_plan: Bench) -> None:
    await staff(care_plan)
    for n in range(3):
        await care_plan.hears(accepted(name=f"Patient {n}"), patient=new_id())
    items = (await care_plan.http.get("/api/patients", params={"limit": 2})).json()["items"]
    everyone = (await care_plan.http.get("/api/patients")).json()["items"]
    assert items == everyone[:2]
    assert [item["next_visit_at"] for item in everyone] == sorted(item["next_visit_at"] for item in everyone)
    assert {item["visits_completed"] for item in everyone} == {0}

"""A planned visit is confirmed, moved, converted, cancelled or meets nobody, each with its reason; hours follow."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from carebus.contracts.care_plan import (
    VisitCancelled,
    VisitConfirmed,
    VisitConverted,
    VisitMode,
    VisitNoShow,
    VisitOverdue,
    VisitPurpose,
    VisitReason,
    VisitRescheduled,
    VisitScheduled,
    VisitStarted,
)
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, clinician, due_visits, staff


async def a_visit(bench: Bench, **more: Any) -> dict[str, Any]:
    """Somebody's planned visit."""
    await staff(bench, **more)
    await bench.hears(accepted(priority=Priority.URGENT), patient=uuid4())
    (visit,) = await due_visits(bench)
    return visit


def at(visit: dict[str, Any], **span: float) -> str:
    """A time so much after a visit's."""
    return (datetime.fromisoformat(visit["starts_at"]) + timedelta(**span)).isoformat()


async def test_it_is_confirmed_once_and_started_when_it_is_said_to_have_been(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    path = f"/api/visits/{visit['visit_id']}"
    for _ in range(2):
        assert (await care_plan.command(f"{path}/confirm", {})).status_code == 200
    await assert_published(care_plan, VisitConfirmed, times=1)
    await care_plan.passes(days=1)
    began = (care_plan.now() - timedelta(minutes=10)).isoformat()
    late = await care_plan.command(f"{path}/start", {"started_at": at(visit, days=2)})
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "started_at")
    await care_plan.command(f"{path}/start", {"started_at": began})
    (started,) = await assert_published(care_plan, VisitStarted, times=1)
    assert started.started_at.isoformat() == began
    assert (await care_plan.command(f"{path}/cancel", {"reason": "unwell"})).json()["code"] == "already_under_way"


async def test_a_moved_visit_frees_its_hour_and_takes_another(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    path = f"/api/visits/{visit['visit_id']}/reschedule"
    past = await care_plan.command(path, {"starts_at": "2026-03-01T10:00:00Z", "reason": "another_time"})
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "starts_at")
    wordless = await care_plan.command(path, {"starts_at": at(visit, hours=3), "reason": "other"})
    assert wordless.status_code == 422
    moved = await care_plan.command(path, {"starts_at": at(visit, hours=3), "reason": "another_time", "by": "family"})
    assert moved.status_code == 200
    (told,) = await assert_published(care_plan, VisitRescheduled, times=1)
    assert (told.starts_at - told.was_at, told.reason) == (timedelta(hours=3), VisitReason.ANOTHER_TIME)
    await care_plan.hears(accepted(priority=Priority.URGENT), patient=uuid4())
    other, first = sorted(await due_visits(care_plan), key=lambda one: str(one["starts_at"]))
    assert (first["visit_id"], other["starts_at"]) == (visit["visit_id"], visit["starts_at"])
    await care_plan.passes(days=1, hours=2)
    await assert_published(care_plan, VisitOverdue, times=0)
    await care_plan.passes(days=1, hours=2)
    await assert_published(care_plan, VisitOverdue, times=2)


async def test_the_second_taker_of_an_hour_is_refused_and_it_stays_planned_where_it_was(care_plan: Bench) -> None:
    first = await a_visit(care_plan)
    await care_plan.hears(accepted(priority=Priority.URGENT), patient=uuid4())
    second = next(one for one in await due_visits(care_plan) if one["visit_id"] != first["visit_id"])
    body = {"starts_at": at(first, minutes=30), "reason": "another_time"}
    refused = await care_plan.command(f"/api/visits/{second['visit_id']}/reschedule", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "hour_taken")
    assert refused.json()["errors"][0]["field"] == "starts_at"
    await assert_published(care_plan, VisitRescheduled, times=0)
    assert second in await due_visits(care_plan)


async def test_of_sixteen_who_want_one_hour_one_has_it(care_plan: Bench) -> None:
    await staff(care_plan, capacity=40)
    patients = [uuid4() for _ in range(16)]
    for patient in patients:
        await care_plan.hears(accepted(), patient=patient, times=1)
    nurse = (await due_visits(care_plan))[0]["clinician"]["clinician_id"]
    body = {"clinicians": [nurse], "starts_at": "2026-04-20T13:00:00Z", "minutes": 45}
    answers = await asyncio.gather(*(care_plan.command(f"/api/patients/{one}/visits", body) for one in patients))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
    booked = [one for one in await assert_published(care_plan, VisitScheduled, times=17) if one.minutes == 45]
    assert [one.purpose for one in booked] == [VisitPurpose.REQUESTED]


async def test_a_joint_visit_takes_the_hour_of_everybody_who_comes(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    roster = {one["role"]: one["clinician_id"] for one in (await care_plan.http.get("/api/roster")).json()["items"]}
    both = [roster["social_worker"], roster["doctor"]]
    path = f"/api/patients/{visit['patient_id']}/visits"
    body = {"clinicians": both, "starts_at": at(visit, days=1), "mode": "video", "link": "https://meet.example/a"}
    assert (await care_plan.command(path, body)).status_code == 201
    (joint,) = [one for one in await assert_published(care_plan, VisitScheduled, times=2) if one.others]
    assert (joint.mode, joint.clinician.role, joint.others[0].role) == (
        VisitMode.VIDEO,
        Role.SOCIAL_WORKER,
        Role.DOCTOR,
    )
    overlap = {"clinicians": [roster["doctor"]], "starts_at": at(visit, days=1, minutes=59)}
    assert (await care_plan.command(path, overlap)).json()["code"] == "somebody_comes_then"
    await care_plan.hears(accepted(priority=Priority.URGENT), patient=(other := uuid4()))
    assert (await care_plan.command(f"/api/patients/{other}/visits", overlap)).json()["code"] == "hour_taken"
    free = {"clinicians": [roster["doctor"]], "starts_at": at(visit, days=1, minutes=60)}
    assert (await care_plan.command(path, free)).status_code == 201
    nobody = await care_plan.command(path, {"clinicians": [str(uuid4())], "starts_at": at(visit, days=2)})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (404, "clinicians")


async def test_a_converted_visit_keeps_its_time(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    path = f"/api/visits/{visit['visit_id']}/convert"
    assert (await care_plan.command(path, {"mode": "home", "reason": "weather_or_road"})).json()["code"] == "same_mode"
    await care_plan.command(path, {"mode": "phone", "reason": "weather_or_road"})
    (told,) = await assert_published(care_plan, VisitConverted, times=1)
    assert (told.was, told.mode) == (VisitMode.HOME, VisitMode.PHONE)
    (after,) = await due_visits(care_plan)
    assert (after["mode"], after["starts_at"]) == ("phone", visit["starts_at"])


@pytest.mark.parametrize(("again", "planned"), [(True, 1), (False, 0)])
async def test_a_cancelled_visit_is_planned_again_unless_it_is_not_to_be(
    care_plan: Bench, again: bool, planned: int
) -> None:
    visit = await a_visit(care_plan)
    body = {"reason": "in_hospital", "by": "family", "again": again}
    await care_plan.command(f"/api/visits/{visit['visit_id']}/cancel", body)
    (told,) = await assert_published(care_plan, VisitCancelled, times=1)
    assert (told.reason, told.by) == (VisitReason.IN_HOSPITAL, "family")
    after = await due_visits(care_plan)
    assert len(after) == planned
    assert visit["visit_id"] not in {one["visit_id"] for one in after}
    page = (await care_plan.http.get(f"/visits/{visit['visit_id']}", headers={"accept": "text/html"})).text
    assert "In hospital" in page
    await care_plan.passes(days=3)
    assert visit["visit_id"] not in {str(one.visit_id) for one in await care_plan.published(VisitOverdue)}


async def test_that_nobody_was_met_is_said_after_its_time_and_another_is_planned(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    path = f"/api/visits/{visit['visit_id']}/no-show"
    assert (await care_plan.command(path, {"reason": "not_at_home"})).json()["code"] == "not_yet_time"
    await care_plan.passes(days=1)
    await care_plan.command(path, {"reason": "not_at_home"})
    await assert_published(care_plan, VisitNoShow, times=1)
    (after,) = await due_visits(care_plan)
    assert after["ordinal"] == 2
    over = await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", {})
    assert over.json()["code"] == "visit_is_over"


async def test_whoever_replaces_a_nurse_takes_over_the_visits(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    await care_plan.command("/api/roster", clinician(Role.NURSE, 2))
    roster = (await care_plan.http.get("/api/roster")).json()["items"]
    second = next(one["clinician_id"] for one in roster if one["name"] == "Nurse 2")
    path = f"/api/patients/{visit['patient_id']}/change-team"
    body = {"leaves": visit["clinician"]["clinician_id"], "joins": second, "reason": "overload"}
    assert (await care_plan.command(path, body)).status_code == 200
    (after,) = await due_visits(care_plan)
    assert (after["clinician"]["clinician_id"], after["starts_at"][:10]) == (second, visit["starts_at"][:10])
    assert (await care_plan.command(path, body)).json()["code"] == "already_on_team"
    doctor = next(one["clinician_id"] for one in roster if one["role"] == "doctor")
    wrong = await care_plan.command(path, {"leaves": second, "joins": doctor, "reason": "request"})
    assert wrong.json()["code"] in {"already_on_team", "other_profession"}

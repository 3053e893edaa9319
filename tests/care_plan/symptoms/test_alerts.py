"""What answers set off: follow-ups in two calendar days, a look at safety today, an unstable phase."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from carebus.contracts.care_plan import (
    SafetyTaskClosed,
    SafetyTaskOpened,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    UnstablePhaseFound,
    UnstablePhaseMissed,
    UnstablePhaseReviewed,
)
from carebus.contracts.referral import Priority
from carebus.testing import Bench, assert_published
from services.care_plan.domain.symptoms.unstable import plan_changed_on
from tests.care_plan.people import accepted, due_visits, staff
from tests.care_plan.visits.visiting import Visiting


async def a_due_visit(bench: Bench) -> dict[str, Any]:
    await staff(bench)
    await bench.hears(accepted(priority=Priority.URGENT), patient=uuid4())
    await bench.passes(days=1)
    (visit,) = await due_visits(bench)
    return visit


async def complete(bench: Bench, visit: dict[str, Any], **found: Any) -> None:
    answer = await bench.command(f"/api/visits/{visit['visit_id']}/complete", {"assessments": found})
    assert answer.status_code == 200, answer.text


async def test_a_strong_symptom_opens_one_follow_up_that_a_visit_in_person_meets(care_plan: Bench) -> None:
    visit = await a_due_visit(care_plan)
    await complete(care_plan, visit, esas_r={"pain": 7, "nausea": 3}, phase="stable")
    (opened,) = await assert_published(care_plan, SymptomFollowUpOpened, times=1)
    assert (opened.symptom, opened.band, opened.score, opened.due_on) == ("pain", "severe", 7, date(2026, 3, 5))
    (following,) = await due_visits(care_plan)
    assert following["purpose"] == "symptom_follow_up"
    await care_plan.passes(days=1)
    await complete(care_plan, following, esas_r={"pain": 7}, phase="stable")
    (met,) = await assert_published(care_plan, SymptomFollowUpMet, times=1)
    assert met.follow_up_id == opened.follow_up_id
    await assert_published(care_plan, SymptomFollowUpOpened, times=1)
    await care_plan.passes(days=5)
    await assert_published(care_plan, SymptomFollowUpMissed, times=0)


async def test_a_call_does_not_meet_it_and_after_the_second_day_in_the_patients_zone_it_is_missed(
    care_plan: Bench,
) -> None:
    visit = await a_due_visit(care_plan)
    await complete(care_plan, visit, esas_r={"pain": 5}, phase="stable")
    (following,) = await due_visits(care_plan)
    await care_plan.command(
        f"/api/visits/{following['visit_id']}/convert", {"mode": "phone", "reason": "weather_or_road"}
    )
    await care_plan.passes(days=1)
    await complete(care_plan, following, esas_r={"pain": 5}, phase="stable")
    await assert_published(care_plan, SymptomFollowUpMet, times=0)
    await care_plan.passes(days=1, hours=14)  # it is 23 o'clock in New York
    await assert_published(care_plan, SymptomFollowUpMissed, times=0)
    await care_plan.passes(hours=1)
    await assert_published(care_plan, SymptomFollowUpMissed, times=1)


async def test_an_answer_that_was_wrong_cancels_what_it_had_set_off(care_plan: Bench) -> None:
    visit = await a_due_visit(care_plan)
    await complete(care_plan, visit, esas_r={"pain": 8}, phq_9={"self_harm": 1}, phase="unstable")
    await assert_published(care_plan, SafetyTaskOpened, times=1)
    body = {"assessments": {"esas_r": {"pain": 1}, "phq_9": {"self_harm": 0}, "phase": "stable"}}
    right = await care_plan.command(f"/api/visits/{visit['visit_id']}/correct", body | {"reason_text": "Wrong form."})
    assert right.status_code == 200
    (cancelled,) = await assert_published(care_plan, SymptomFollowUpCancelled, times=1)
    assert cancelled.because == "corrected"
    await assert_published(care_plan, SafetyTaskClosed, times=1)
    await care_plan.passes(days=5)
    await assert_published(care_plan, SymptomFollowUpMissed, times=0)
    await assert_published(care_plan, UnstablePhaseMissed, times=0)


async def test_a_thought_of_self_harm_is_shown_until_somebody_says_what_came_of_it(care_plan: Bench) -> None:
    visit = await a_due_visit(care_plan)
    await complete(care_plan, visit, phq_9={"self_harm": 2}, phase="stable")
    (task,) = await assert_published(care_plan, SafetyTaskOpened, times=1)
    assert task.due_on == care_plan.now().date()
    page = f"/patients/{visit['patient_id']}"
    html = {"accept": "text/html"}
    assert "Look at this person’s safety today" in (await care_plan.http.get(page, headers=html)).text
    path = f"/api{page}/close-safety-task"
    done = {"task_id": str(task.task_id), "outcome": "Talked; no plan, daughter stays tonight."}
    assert (await care_plan.command(path, done)).status_code == 200
    assert (await care_plan.command(path, done)).status_code == 404
    await assert_published(care_plan, SafetyTaskClosed, times=1)
    shown = (await care_plan.http.get(page, headers=html)).text
    assert "Look at this person’s safety today" not in shown
    assert "Safety was looked at" in shown
    assert "Talked; no plan, daughter stays tonight." in shown


async def test_an_unstable_phase_wants_the_plan_changed_today_and_a_review_in_three_days(care_plan: Bench) -> None:
    visit = await a_due_visit(care_plan)
    await complete(care_plan, visit, phase="unstable")
    (found,) = await assert_published(care_plan, UnstablePhaseFound, times=1)
    today = care_plan.now().date()
    assert (found.plan_due_on, found.review_due_on) == (today, today + timedelta(days=3))
    await care_plan.passes(days=1)
    (missed,) = await assert_published(care_plan, UnstablePhaseMissed, times=1)
    assert missed.what == "plan_change"
    await care_plan.passes(days=2)
    (following,) = await due_visits(care_plan)
    await complete(care_plan, following, phase="stable")
    await assert_published(care_plan, UnstablePhaseReviewed, times=1)
    await care_plan.passes(days=5)
    await assert_published(care_plan, UnstablePhaseMissed, times=1)


async def test_who_may_not_answer_an_instrument_is_refused_at_the_respondent(care_plan: Bench) -> None:
    visit = await a_due_visit(care_plan)
    body = {"assessments": {"painad": {"breathing": 1, "respondent": "patient"}}}
    refused = await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "answered_by_others")
    misspelt = {"assessments": {"sas": {"pane": 3}}}
    assert (await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", misspelt)).status_code == 422


def test_that_the_plan_was_changed_for_an_unstable_phase_is_known_with_its_day() -> None:
    visiting = Visiting()
    visit = visiting.planned(2)
    visiting.passes(5)
    visiting.recorded(visit, 3, {"phase": "unstable"})
    care = visiting.care
    assert care.plan is not None
    assert plan_changed_on(care) is None
    changed = care.plan.model_copy(update={"changed_at": visiting.at(4)})
    assert plan_changed_on(care.but(plan=changed)) == date(2026, 3, 2)
    before = care.plan.model_copy(update={"changed_at": visiting.at(1)})
    assert plan_changed_on(care.but(plan=before)) is None

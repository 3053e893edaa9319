"""A plan is approved as it stands, until the day of its review, which is told when nobody has looked by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carebus.contracts.care_plan import CarePlanApproved, CarePlanReviewDue, EndReason
from carebus.errors import CarebusError
from services.care_plan.domain.care.care import Ended
from services.care_plan.domain.plan.approving import (
    ApprovePlan,
    GoalMissing,
    NeedsNotAssessed,
    PlanNotWritten,
    PlanReviewAwaited,
    ReviewNotInTime,
    note_review_due,
)
from services.care_plan.domain.plan.revising import PlanChangedMeanwhile, revise_plan
from tests.care_plan.plan.writing import (
    DOCTOR,
    NOON,
    RULES,
    TODAY,
    after,
    approve,
    approved,
    cause,
    id_of,
    in_care,
    plan_after,
    revises,
    told,
    whole,
    written,
)

DAY = timedelta(days=1)


def test_an_approval_says_by_whom_and_until_when() -> None:
    decision = approve(written(), ApprovePlan(version=2), cause(1))
    event, plan = told(decision, CarePlanApproved), plan_after(decision)
    assert (event.version, event.approved_by, event.approved_at) == (2, DOCTOR, NOON)
    assert event.next_review_on == plan.next_review_on == TODAY + timedelta(days=RULES.review_days)
    assert (plan.is_active, plan.is_approved) == (True, True)
    (wake,) = decision.wakes_at
    assert wake.at.astimezone(UTC) == datetime(2026, 5, 1, 4, tzinfo=UTC), "midnight where the patient lives"


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        (None, PlanNotWritten),
        ({"goals": []}, GoalMissing),
        ({"needs": [need for need in whole()["needs"] if need["domain"] != "spiritual"]}, NeedsNotAssessed),
    ],
)
def test_what_is_no_whole_plan_is_not_approved(parts: dict[str, Any] | None, refusal: type[CarebusError]) -> None:
    care, version = (in_care(), 1) if parts is None else (written(**parts), 2)
    with pytest.raises(refusal):
        approve(care, ApprovePlan(version=version), cause(1))


def test_a_need_counts_as_looked_at_when_it_is_said_why_it_was_not_assessed() -> None:
    needs = [need for need in whole()["needs"] if need["domain"] != "spiritual"]
    assert approved(needs=[*needs, {"domain": "spiritual", "why_not": "not_wanted"}]).plan


def test_nobody_approves_what_they_have_not_read() -> None:
    care = after(revise_plan(written(), revises(2, problems=[]), cause(1)))
    with pytest.raises(PlanChangedMeanwhile):
        approve(care, ApprovePlan(version=2), cause(2))


def test_a_revision_waits_for_approval_and_keeps_what_was_approved() -> None:
    plan = plan_after(revise_plan(approved(), revises(2, problems=[]), cause(2)))
    assert (plan.version, plan.approved_version, plan.is_approved, plan.is_active) == (3, 2, False, True)
    assert plan.next_review_on is not None


@pytest.mark.parametrize("days", [-1, 0, RULES.review_days_at_most + 1])
def test_the_next_review_is_neither_past_nor_far(days: int) -> None:
    with pytest.raises(ReviewNotInTime, match=str(RULES.review_days_at_most)):
        approve(written(), ApprovePlan(version=2, next_review_on=TODAY + timedelta(days=days)), cause(1))


def test_a_review_that_is_due_is_told_and_the_next_approval_ends_it() -> None:
    care = approved()
    assert care.plan is not None
    assert care.plan.next_review_on is not None
    due = PlanReviewAwaited(review_on=care.plan.next_review_on)
    decision = note_review_due(care, due, cause(2, days=60))
    event = told(decision, CarePlanReviewDue)
    assert (event.version, event.review_on) == (2, care.plan.next_review_on)
    assert plan_after(decision).review_is_due
    reviewed = plan_after(approve(after(decision), ApprovePlan(version=2), cause(3, days=61)))
    assert (reviewed.review_is_due, reviewed.version) == (False, 2)
    assert reviewed.approved_at == NOON + 61 * DAY


def test_a_review_that_was_moved_or_ended_with_care_is_not_due() -> None:
    care = approved()
    assert care.plan is not None
    assert care.plan.next_review_on is not None
    old = PlanReviewAwaited(review_on=care.plan.next_review_on)
    moved = after(approve(care, ApprovePlan(version=2, next_review_on=TODAY + DAY), cause(2)))
    ended = care.but(ended=Ended(reason=EndReason.MOVED, on=TODAY, source="office", ended_at=NOON))
    fresh = care.but(plan=in_care().plan, episode_id=id_of("another"))
    for each in (moved, ended, fresh):
        assert note_review_due(each, old, cause(3, days=60)).ignored == "not_awaited"

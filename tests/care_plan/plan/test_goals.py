"""A goal moves through FHIR's states, and its nearness is told without another version of the plan."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import GoalAchievement, GoalStatus, GoalStatusChanged
from services.care_plan.domain.plan.goals import (
    MOVES,
    GoalCannotMove,
    GoalUnknown,
    SetGoalStatus,
    set_goal_status,
)
from tests.care_plan.plan.writing import after, approved, cause, id_of, in_care, plan_after, told, written

GARDEN = id_of("garden")


def sets(status: GoalStatus, achievement: GoalAchievement | None = None) -> SetGoalStatus:
    return SetGoalStatus(goal_id=GARDEN, status=status, achievement=achievement, reason_text="She said so")


def test_a_goal_moves_and_the_approved_plan_stays_the_version_it_is() -> None:
    decision = set_goal_status(approved(), sets(GoalStatus.ACTIVE, GoalAchievement.IMPROVING), cause(2))
    event, plan = told(decision, GoalStatusChanged), plan_after(decision)
    assert (event.was, event.status, event.achievement) == ("proposed", "active", "improving")
    assert event.words == "I want to sit in my garden"
    assert (plan.version, plan.is_approved) == (2, True)


def test_what_is_said_again_is_not_told_again_but_nearer_is() -> None:
    care = after(set_goal_status(written(), sets(GoalStatus.ACTIVE), cause(1)))
    assert set_goal_status(care, sets(GoalStatus.ACTIVE), cause(2)).ignored == "nothing_changed"
    nearer = set_goal_status(care, sets(GoalStatus.ACTIVE, GoalAchievement.NO_CHANGE), cause(3))
    assert told(nearer, GoalStatusChanged).achievement is GoalAchievement.NO_CHANGE


@pytest.mark.parametrize("was", GoalStatus)
@pytest.mark.parametrize("status", GoalStatus)
def test_a_goal_goes_only_where_it_may(was: GoalStatus, status: GoalStatus) -> None:
    care = written()
    assert care.plan is not None
    assert care.plan.says is not None
    goals = (care.plan.says.goals[0].model_copy(update={"status": was}),)
    plan = care.plan.model_copy(update={"says": care.plan.says.model_copy(update={"goals": goals})})
    asked = sets(status, GoalAchievement.ACHIEVED)
    if was is status or status in MOVES[was]:
        assert told(set_goal_status(care.but(plan=plan), asked, cause(1)), GoalStatusChanged).status is status
    else:
        with pytest.raises(GoalCannotMove):
            set_goal_status(care.but(plan=plan), asked, cause(1))


def test_a_goal_that_was_lost_again_is_sought_again() -> None:
    assert GoalStatus.ACTIVE in MOVES[GoalStatus.COMPLETED]


def test_giving_up_needs_a_reason_and_completing_says_what_came_of_it() -> None:
    with pytest.raises(ValidationError, match="why"):
        SetGoalStatus(goal_id=GARDEN, status=GoalStatus.CANCELLED)
    with pytest.raises(ValidationError, match="achieved"):
        SetGoalStatus(goal_id=GARDEN, status=GoalStatus.COMPLETED, achievement=GoalAchievement.IMPROVING)


def test_a_goal_of_no_plan_is_unknown() -> None:
    for care in (in_care(), written(goals=[])):
        with pytest.raises(GoalUnknown):
            set_goal_status(care, sets(GoalStatus.ACTIVE), cause(1))

"""The team writes the plan: all has one owner, nobody writes over what they have not seen, and all of it is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import CarePlanRevised, EndReason, GoalStatus, Respondent
from carebus.contracts.people import Role
from services.care_plan.domain.care import Care, CareEnded, Plan
from services.care_plan.domain.care.care import Ended
from services.care_plan.domain.plan.goals import SetGoalStatus, set_goal_status
from services.care_plan.domain.plan.owners import NobodyToOwn, OwnerNotOnTeam
from services.care_plan.domain.plan.revising import AssessedInTheFuture, PlanChangedMeanwhile, revise_plan
from services.care_plan.domain.plan.stating import PlanStated, restated
from tests.care_plan.plan.writing import (
    DOCTOR,
    NOON,
    NURSE,
    TODAY,
    after,
    cause,
    id_of,
    in_care,
    member,
    plan_after,
    revises,
    told,
    whole,
    written,
)


def test_a_document_of_an_earlier_release_is_a_draft_that_says_nothing_yet() -> None:
    plan = Plan.model_validate({"plan_id": id_of("plan"), "version": 1, "concerns": ["pain"], "goals": ["no_pain"]})
    assert (plan.says, plan.is_active, plan.is_approved, plan.conflicts) == (None, False, False, ())


def test_a_revision_is_the_next_version_and_told_as_a_whole() -> None:
    decision = revise_plan(in_care(), revises(), cause(role=Role.NURSE))
    event, plan = told(decision, CarePlanRevised), plan_after(decision)
    assert (plan.version, event.version, event.based_on) == (2, 2, 1)
    assert event.plan == plan.says
    assert plan.changed_at == event.revised_at == NOON
    assert event.revised_by == NURSE
    assert event.plan.goals[0].words == "I want to sit in my garden"
    assert event.plan.goals[0].said_by is Respondent.PATIENT
    assert event.plan.interventions[0].owner.name == DOCTOR.name


def test_what_has_no_owner_is_the_leaders_and_what_others_plan_is_theirs() -> None:
    elsewhere = {"item_id": id_of("x"), "plan_of": "Dr. Ruiz, cardiology", "kind": "visit", "text": "Heart clinic"}
    says = plan_after(revise_plan(in_care(), revises(elsewhere=[elsewhere]), cause())).says
    assert says is not None
    assert says.problems[0].owner.clinician_id == says.goals[0].owner.clinician_id == NURSE.clinician_id
    assert says.elsewhere[0].owner.name == "Dr. Ruiz, cardiology"


def test_an_owner_who_is_on_no_team_is_refused_where_it_stands() -> None:
    gone = in_care(NURSE)
    with pytest.raises(OwnerNotOnTeam) as refused:
        revise_plan(gone, revises(), cause())
    assert refused.value.field == "plan.interventions.0.owner.clinician_id"


def test_without_a_team_an_owner_must_be_named() -> None:
    nobody = in_care().but(team=())
    with pytest.raises(NobodyToOwn) as refused:
        revise_plan(nobody, revises(interventions=[]), cause())
    assert refused.value.field == "plan.problems.0.owner.clinician_id"


@pytest.mark.parametrize("owner", [{}, {"clinician_id": id_of("a"), "name": "Dr. Ruiz"}, {"name": "  "}])
def test_nothing_is_done_by_two_or_by_nobody(owner: dict[str, Any]) -> None:
    one = whole()["interventions"][0] | {"owner": owner}
    with pytest.raises(ValidationError, match="one owner"):
        revises(interventions=[one])


def test_whoever_started_from_another_version_is_told_which_stands_and_saves_nothing() -> None:
    care = written()
    with pytest.raises(PlanChangedMeanwhile, match="Version 2 of this plan stands by now; you started from version 1"):
        revise_plan(care, revises(based_on=1), cause(1))


def test_sent_again_unchanged_nothing_is_told() -> None:
    assert revise_plan(written(), revises(based_on=2), cause(1)).ignored == "nothing_changed"


def test_how_far_a_goal_is_stays_with_it_through_a_revision() -> None:
    care = after(set_goal_status(written(), SetGoalStatus(goal_id=id_of("garden"), status=GoalStatus.ACTIVE), cause(1)))
    another = {"goal_id": id_of("letter"), "words": "I want to finish my letters"}
    plan = plan_after(revise_plan(care, revises(2, goals=[*whole()["goals"], another]), cause(2)))
    assert plan.says is not None
    assert [goal.status for goal in plan.says.goals] == [GoalStatus.ACTIVE, GoalStatus.PROPOSED]


def test_the_plan_that_stands_can_be_sent_as_it_is() -> None:
    plan = written(
        elsewhere=[{"item_id": id_of("x"), "plan_of": "Dr. Ruiz", "kind": "visit", "text": "Heart clinic"}]
    ).plan
    assert plan is not None
    assert plan.says is not None
    again = revises(2).model_copy(update={"plan": restated(plan.says)})
    assert revise_plan(in_care().but(plan=plan), again, cause(1)).ignored == "nothing_changed"


@pytest.mark.parametrize(
    "broken",
    [
        {"problems": [{"problem_id": id_of("garden"), "text": "The goal's id"}]},
        {"goals": [{"goal_id": id_of("garden"), "words": "x", "problem_ids": [id_of("nothing")]}]},
        {"goals": [{"goal_id": id_of("garden"), "words": ""}]},
        {"needs": [{"domain": "social", "assessed_on": TODAY}] * 2},
        {"needs": [{"domain": "social"}]},
        {"needs": [{"domain": "social", "assessed_on": TODAY, "why_not": "not_wanted"}]},
        {"needs": [{"domain": "social", "why_not": "other"}]},
        {"problems": [{"problem_id": id_of("a"), "text": "x", "code": "Rosa Almeida"}]},
    ],
)
def test_a_plan_that_does_not_hang_together_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlanStated.model_validate(whole(**broken))


def test_needs_are_assessed_by_today_as_it_is_for_the_patient() -> None:
    tomorrow = TODAY + timedelta(days=1)
    with pytest.raises(AssessedInTheFuture) as refused:
        revise_plan(in_care(), revises(needs=[{"domain": "social", "assessed_on": tomorrow}]), cause())
    assert refused.value.field == "plan.needs.0.assessed_on"


def test_nothing_is_planned_when_care_has_ended() -> None:
    ended = Ended(reason=EndReason.MOVED, on=date(2026, 3, 1), source="office", ended_at=NOON)
    with pytest.raises(CareEnded):
        revise_plan(in_care().but(ended=ended), revises(), cause())


def test_an_unstable_phase_can_ask_whether_the_plan_was_changed_since() -> None:
    draft, plan = in_care().plan, written().plan
    assert draft is not None
    assert plan is not None
    assert (draft.changed_since(NOON), plan.changed_since(NOON), plan.changed_since(NOON + timedelta(1))) == (
        False,
        True,
        False,
    )


def test_care_keeps_only_the_plan_that_stands() -> None:
    care = written()
    for n in range(3, 9):
        words = [{"goal_id": id_of("garden"), "words": f"I want to sit in my garden {n}"}]
        care = after(revise_plan(care, revises(n - 1, goals=words), cause(n)))
    first, last = written().model_dump_json(), care.model_dump_json()
    assert isinstance(care, Care)
    assert len(last) - len(first) < len(" 8") + 2
    assert member(Role.NURSE).name in last

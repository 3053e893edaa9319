"""Starting plans are data: for every illness, with the codes that a draft tells, each problem once."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.people import Condition
from services.care_plan.domain.plan.drafts import draft_plan
from services.care_plan.domain.plan.starting import StartingPlans, id_in
from services.care_plan.store.rulesets import RulesetUnreadable, read, starting_plans

PLAN = UUID(int=7)
STARTING = starting_plans()


@pytest.mark.parametrize("condition", Condition)
def test_a_starting_plan_has_the_codes_of_the_draft(condition: Condition) -> None:
    draft, likely = draft_plan(PLAN, [condition]), STARTING.likely([condition])
    assert tuple(problem.code for problem in likely) == draft.concerns
    assert tuple(problem.goal for problem in likely) == draft.goals


def test_a_problem_of_two_illnesses_is_there_once_with_what_is_done_for_both() -> None:
    both = STARTING.likely([Condition.HEART_FAILURE, Condition.COPD])
    codes = [problem.code for problem in both]
    assert len(codes) == len(set(codes))
    (breath,) = [problem for problem in both if problem.code == "breathlessness"]
    assert [each.code for each in breath.interventions] == ["fan_and_positions", "breathlessness_plan", "inhaler_check"]
    assert tuple(codes) == draft_plan(PLAN, [Condition.HEART_FAILURE, Condition.COPD]).concerns


def test_a_part_has_the_same_id_whenever_the_form_is_opened() -> None:
    assert id_in(PLAN, "problem", "pain") == id_in(PLAN, "problem", "pain") != id_in(PLAN, "goal", "pain")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "not YAML"),
        ("version: 2\nreview_days: 0\nreview_days_at_most: 9\nconditions: {}", "review_days"),
        ("version: 2\nreview_days: 10\nreview_days_at_most: 9\nconditions: {}", "body: value_error"),
    ],
)
def test_a_file_that_can_not_be_used_says_why(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "plans-2.yaml"
    file.write_text(text)
    with pytest.raises(RulesetUnreadable, match=why):
        read(file, StartingPlans)


def test_a_file_is_named_after_its_version(tmp_path: Path) -> None:
    file = tmp_path / "plans-9.yaml"
    file.write_bytes((Path(__file__).parents[3] / "services/care_plan/rulesets/plans-1.yaml").read_bytes())
    with pytest.raises(RulesetUnreadable, match="end with -1"):
        read(file, StartingPlans)
    with pytest.raises(RulesetUnreadable, match="read as text"):
        read(tmp_path / "none.yaml", StartingPlans)

"""What conflicts in a plan is found by named rules, told once, and open until it is settled."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import ConflictSettlement, GoalStatus, PlanConflictDetected, PlanConflictSettled
from services.care_plan.domain.care import Care
from services.care_plan.domain.plan.conflicts import RULES
from services.care_plan.domain.plan.goals import SetGoalStatus, set_goal_status
from services.care_plan.domain.plan.revising import revise_plan
from services.care_plan.domain.plan.settling import ConflictUnknown, SettlePlanConflict, settle_conflict
from tests.care_plan.plan.writing import (
    DOCTOR,
    NURSE,
    after,
    cause,
    id_of,
    in_care,
    plan_after,
    revises,
    told,
    whole,
    written,
)

OXYGEN = "E1390"
STAY = {"goal_id": id_of("home"), "words": "I want to die at home", "at_home": True}


def ours(name: str, **more: Any) -> dict[str, Any]:
    return {
        "intervention_id": id_of(name),
        "kind": "treatment",
        "text": name,
        "owner": {"clinician_id": NURSE.clinician_id},
        **more,
    }


def theirs(name: str, **more: Any) -> dict[str, Any]:
    return {"item_id": id_of(f"their {name}"), "plan_of": "Dr. Ruiz", "kind": "treatment", "text": name, **more}


def rules_of(care: Care) -> list[str]:
    assert care.plan is not None
    return [conflict.rule for conflict in care.plan.conflicts]


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        ({}, []),
        (
            {"interventions": [ours("Water tablets", code="water")], "elsewhere": [theirs("x", code="water")]},
            ["two_owners"],
        ),
        ({"interventions": [ours("Water tablets")], "elsewhere": [theirs("water  TABLETS")]}, ["two_owners"]),
        ({"interventions": [ours("Water tablets")], "elsewhere": [theirs("Heart clinic")]}, []),
        ({"elsewhere": [theirs("x", code="a"), theirs("y", code="a")]}, []),
        (
            {
                "problems": [{"problem_id": id_of("p"), "text": "Pain", "code": "pain"}],
                "elsewhere": [theirs("x", code="pain")],
            },
            ["two_owners"],
        ),
        (
            {"interventions": [ours("a", equipment_code=OXYGEN)], "elsewhere": [theirs("b", equipment_code="e1390")]},
            ["duplicate_equipment"],
        ),
        ({"interventions": [ours("a", equipment_code=OXYGEN), ours("b", equipment_code=OXYGEN)]}, []),
        ({"interventions": [ours("a", equipment_code=OXYGEN)], "elsewhere": [theirs("a", equipment_code="E0250")]}, []),
        (
            {"goals": [STAY], "interventions": [ours("If breath is short: 911", kind="hospital")]},
            ["home_against_hospital"],
        ),
        (
            {"goals": [STAY], "elsewhere": [theirs("Admit when weight rises", kind="hospital")]},
            ["home_against_hospital"],
        ),
        ({"interventions": [ours("If breath is short: 911", kind="hospital")]}, []),
        ({"goals": [STAY]}, []),
    ],
)
def test_each_rule_finds_what_it_says_and_nothing_else(parts: dict[str, Any], rules: list[str]) -> None:
    assert rules_of(written(**parts)) == rules


def test_a_conflict_names_its_rule_and_both_sides() -> None:
    decision = revise_plan(
        in_care(), revises(goals=[STAY], elsewhere=[theirs("Admit when weight rises", kind="hospital")]), cause()
    )
    conflict = told(decision, PlanConflictDetected).conflict
    assert [side.text for side in conflict.sides] == ["I want to die at home", "Admit when weight rises"]
    assert [side.plan_of for side in conflict.sides] == ["", "Dr. Ruiz"]
    assert conflict.says == RULES[conflict.rule].says
    assert all(rule.source and rule.settled for rule in RULES.values())


def test_a_conflict_is_told_once_however_often_the_plan_is_revised() -> None:
    conflicting = {"goals": [STAY], "elsewhere": [theirs("Admit", kind="hospital")]}
    care = written(**conflicting)
    another = [*whole()["problems"], {"problem_id": id_of("sleep"), "text": "Sleep"}]
    decision = revise_plan(care, revises(2, problems=another, **conflicting), cause(1))
    assert [type(event).__name__ for event in decision.events] == ["CarePlanRevised"]
    assert rules_of(after(decision)) == ["home_against_hospital"]


def test_what_was_settled_knowingly_is_not_raised_again_while_the_same_things_stand() -> None:
    conflicting = {"interventions": [ours("Tablets", code="water")], "elsewhere": [theirs("x", code="water")]}
    care = written(**conflicting)
    assert care.plan is not None
    (conflict,) = care.plan.conflicts
    settles = SettlePlanConflict(
        conflict_id=conflict.conflict_id, how=ConflictSettlement.THEIRS_STANDS, agreed="Dr. Ruiz adjusts them"
    )
    decision = settle_conflict(care, settles, cause(1))
    event = told(decision, PlanConflictSettled)
    assert (event.how, event.agreed, event.rule) == ("theirs_stands", "Dr. Ruiz adjusts them", "two_owners")
    settled = after(decision)
    same = after(revise_plan(settled, revises(2, problems=[], **conflicting), cause(2)))
    assert rules_of(same) == []
    doctor = [ours("Tablets", code="water", owner={"clinician_id": DOCTOR.clinician_id})]
    other = after(revise_plan(same, revises(3, **conflicting | {"interventions": doctor}), cause(3)))
    assert rules_of(other) == ["two_owners"]
    with pytest.raises(ConflictUnknown):
        settle_conflict(same, settles, cause(4))


def test_a_revision_that_ends_a_conflict_settles_it() -> None:
    care = written(goals=[STAY], elsewhere=[theirs("Admit", kind="hospital")])
    event = told(revise_plan(care, revises(2, goals=[STAY]), cause(1)), PlanConflictSettled)
    assert event.how is ConflictSettlement.REVISED


def test_a_goal_that_is_given_up_conflicts_with_nothing() -> None:
    care = written(goals=[STAY], elsewhere=[theirs("Admit", kind="hospital")])
    gives_up = SetGoalStatus(
        goal_id=id_of("home"), status=GoalStatus.CANCELLED, reason_text="She would rather be treated"
    )
    decision = set_goal_status(care, gives_up, cause(1))
    assert told(decision, PlanConflictSettled).how is ConflictSettlement.REVISED
    assert plan_after(decision).conflicts == ()


def test_a_conflict_is_not_settled_by_saying_that_it_was_revised_away() -> None:
    with pytest.raises(ValidationError, match="Revise the plan"):
        SettlePlanConflict(conflict_id=id_of("x"), how=ConflictSettlement.REVISED, agreed="It is gone")

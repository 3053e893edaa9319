"""The plan in any order of revisions, approvals, goals and settlements: versions only rise, and nothing is silent."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from carebus.contracts.care_plan import (
    CarePlanApproved,
    CarePlanRevised,
    ConflictSettlement,
    GoalAchievement,
    GoalStatus,
    GoalStatusChanged,
    PlanConflictDetected,
    PlanConflictSettled,
    PlanOfCare,
)
from carebus.decisions import Decision
from carebus.errors import CarebusError
from services.care_plan.domain.care import Plan
from services.care_plan.domain.plan.approving import ApprovePlan
from services.care_plan.domain.plan.conflicts import conflicts_in
from services.care_plan.domain.plan.goals import SetGoalStatus, set_goal_status
from services.care_plan.domain.plan.revising import PlanChangedMeanwhile, revise_plan
from services.care_plan.domain.plan.settling import SettlePlanConflict, settle_conflict
from tests.care_plan.plan.writing import DOCTOR, NURSE, approve, cause, id_of, in_care, revises

NAMES = st.sampled_from(["a", "b", "c"])
OURS = st.builds(
    lambda name, code, who, kind: {
        "intervention_id": id_of(f"ours {name}"),
        "code": code,
        "kind": kind,
        "text": name,
        "owner": {"clinician_id": who.clinician_id},
    },
    NAMES,
    NAMES,
    st.sampled_from([DOCTOR, NURSE]),
    st.sampled_from(["treatment", "hospital"]),
)
THEIRS = st.builds(
    lambda name, code, kind: {
        "item_id": id_of(f"theirs {name}"),
        "plan_of": "Dr. Ruiz",
        "code": code,
        "kind": kind,
        "text": name,
        "equipment_code": "E1390" if kind == "equipment" else "",
    },
    NAMES,
    NAMES,
    st.sampled_from(["treatment", "hospital", "equipment"]),
)
GOALS = st.builds(
    lambda name, home: {"goal_id": id_of(f"goal {name}"), "words": name, "at_home": home}, NAMES, st.booleans()
)


def some(items: st.SearchStrategy[dict[str, Any]], key: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(items, max_size=3, unique_by=lambda item: item[key])


class PlanInAnyOrder(RuleBasedStateMachine):
    """One patient's plan, and everything told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.care = in_care()
        self.told: list[Any] = []
        self.approved: dict[int, PlanOfCare | None] = {}
        self.causes = 0

    @property
    def plan(self) -> Plan:
        assert self.care.plan is not None
        return self.care.plan

    def keep(self, decision: Decision) -> None:
        for state in decision.states:
            self.care = state  # type: ignore[assignment]
        self.told += decision.events
        self.causes += 1

    @rule(
        ours=some(OURS, "intervention_id"),
        theirs=some(THEIRS, "item_id"),
        goals=some(GOALS, "goal_id"),
        stale=st.booleans(),
    )
    def revise(
        self, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], goals: list[dict[str, Any]], stale: bool
    ) -> None:
        before = self.plan
        parts = {"interventions": ours, "elsewhere": theirs, "goals": goals}
        try:
            self.keep(revise_plan(self.care, revises(before.version - stale, **parts), cause(self.causes)))
        except PlanChangedMeanwhile:
            assert stale
            assert self.plan == before
        else:
            assert not stale

    @rule(back=st.integers(0, 1))
    def approve(self, back: int) -> None:
        try:
            self.keep(approve(self.care, ApprovePlan(version=self.plan.version - back), cause(self.causes)))
        except CarebusError:
            return
        assert not back
        self.approved[self.plan.version] = self.plan.says

    @rule(name=NAMES, status=st.sampled_from(GoalStatus))
    def move(self, name: str, status: GoalStatus) -> None:
        sets = SetGoalStatus(
            goal_id=id_of(f"goal {name}"),
            status=status,
            achievement=GoalAchievement.ACHIEVED,
            reason_text="She said so",
        )
        version = self.plan.version
        with suppress(CarebusError):
            self.keep(set_goal_status(self.care, sets, cause(self.causes)))
        assert self.plan.version == version

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        if self.plan.conflicts:
            conflict = data.draw(st.sampled_from(self.plan.conflicts))
            settles = SettlePlanConflict(
                conflict_id=conflict.conflict_id, how=ConflictSettlement.BOTH_STAND, agreed="With both"
            )
            self.keep(settle_conflict(self.care, settles, cause(self.causes)))

    @invariant()
    def versions_rise_by_one_and_each_is_told(self) -> None:
        told = [event.version for event in self.told if isinstance(event, CarePlanRevised)]
        assert told == list(range(2, self.plan.version + 1))

    @invariant()
    def an_approved_plan_changes_only_by_goals_that_are_told(self) -> None:
        version = self.plan.approved_version
        told = [event.version for event in self.told if isinstance(event, CarePlanApproved)]
        assert (told[-1] if told else None) == version
        if version is not None and self.plan.is_approved:
            stood = self.approved[version]
            moved = {event.goal_id for event in self.told if isinstance(event, GoalStatusChanged)}
            assert stood is not None
            assert self.plan.says is not None
            assert self.plan.says.interventions == stood.interventions
            for before, now in zip(stood.goals, self.plan.says.goals, strict=True):
                assert before == now or now.goal_id in moved

    @invariant()
    def everything_has_exactly_one_owner(self) -> None:
        if self.plan.says is not None:
            for part in (self.plan.says.problems, self.plan.says.goals, self.plan.says.interventions):
                assert all(item.owner.name for item in part)

    @invariant()
    def what_conflicts_is_open_or_settled_and_what_was_told_adds_up(self) -> None:
        found = {each.conflict_id for each in conflicts_in(self.plan.plan_id, self.plan.says or PlanOfCare())}
        open_ = {conflict.conflict_id for conflict in self.plan.conflicts}
        assert found == open_ | set(self.plan.settled)
        counted: dict[Any, int] = {}
        for event in self.told:
            if isinstance(event, PlanConflictDetected):
                counted[event.conflict.conflict_id] = counted.get(event.conflict.conflict_id, 0) + 1
            elif isinstance(event, PlanConflictSettled):
                counted[event.conflict_id] -= 1
        assert {each for each, n in counted.items() if n == 1} == open_
        assert set(counted.values()) <= {0, 1}


TestPlanInAnyOrder = PlanInAnyOrder.TestCase
TestPlanInAnyOrder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

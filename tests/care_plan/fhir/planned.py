"""Care with a plan that says all that a plan can say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from carebus.contracts.care_plan import (
    GoalAchievement,
    GoalStatus,
    InterventionKind,
    PlanGoal,
    PlanIntervention,
    PlanOfCare,
    PlanOwner,
    PlanProblem,
)
from services.care_plan.domain.care import Care

PROBLEM, GOAL, VISITS, TEACHING = (UUID(int=n) for n in range(101, 105))
OUTSIDE = PlanOwner(name="R. Osei", profession="Cardiologist")


def planned(care: Care) -> Care:
    """The same with a plan that somebody revised and approved."""
    assert care.plan is not None
    nurse = next(one for one in care.team if one.role == "nurse")
    ours = PlanOwner(clinician_id=nurse.clinician_id, name=nurse.name, profession="Nurse")
    says = PlanOfCare(
        problems=(PlanProblem(problem_id=PROBLEM, code="breathlessness", text="Breathless at night", owner=ours),),
        goals=tuple(
            PlanGoal(
                goal_id=UUID(int=GOAL.int + n),
                words="“I want to sleep in my own bed” <b>& no tubes</b>",
                aim="Breathlessness below 4",
                problem_ids=(PROBLEM,),
                due_on=date(2026, 6, 1),
                owner=OUTSIDE if n % 2 else ours,
                status=status,
                achievement=tuple(GoalAchievement)[n % len(GoalAchievement)],
            )
            for n, status in zip(range(0, 1000, 100), GoalStatus, strict=False)
        ),
        interventions=(
            PlanIntervention(
                intervention_id=VISITS, kind=InterventionKind.VISIT, text="Nurse visits", often="weekly", owner=ours
            ),
            PlanIntervention(
                intervention_id=TEACHING,
                code="fan",
                kind=InterventionKind.TEACHING,
                text="A fan at the bedside",
                problem_ids=(PROBLEM,),
                owner=OUTSIDE,
            ),
        ),
    )
    at = datetime(2026, 3, 4, tzinfo=UTC)
    told = {"says": says, "version": 2, "approved_version": 2, "approved_at": at, "approved_by": nurse}
    return care.but(plan=care.plan.model_copy(update=told))

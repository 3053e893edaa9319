"""A goal moves on, or is nearer or farther than before; the plan stays the version it is."""

from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from carebus.contracts.care_plan import GoalAchievement, GoalStatus, GoalStatusChanged, PlanGoal
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, ignore
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.care import Care, Plan, episode_of
from services.care_plan.domain.plan.settling import plan_of, with_conflicts

_S = GoalStatus
MOVES: dict[GoalStatus, frozenset[GoalStatus]] = {
    _S.PROPOSED: frozenset({_S.PLANNED, _S.ACCEPTED, _S.ACTIVE, _S.REJECTED, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.PLANNED: frozenset({_S.ACCEPTED, _S.ACTIVE, _S.ON_HOLD, _S.REJECTED, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.ACCEPTED: frozenset({_S.ACTIVE, _S.ON_HOLD, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.ACTIVE: frozenset({_S.ON_HOLD, _S.COMPLETED, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.ON_HOLD: frozenset({_S.ACTIVE, _S.COMPLETED, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.COMPLETED: frozenset({_S.ACTIVE, _S.ENTERED_IN_ERROR}),
    _S.CANCELLED: frozenset({_S.ENTERED_IN_ERROR}),
    _S.REJECTED: frozenset({_S.PROPOSED, _S.ENTERED_IN_ERROR}),
    _S.ENTERED_IN_ERROR: frozenset(),
}
"""Where a goal may go from where it stands. The states are FHIR's; FHIR leaves the ways between them to us.

A completed goal is sought again when it was lost (`goal-achievement`, in-progress: "has been regression").
"""
ENDS = frozenset({GoalAchievement.ACHIEVED, GoalAchievement.NOT_ACHIEVED, GoalAchievement.NOT_ATTAINABLE})
"""What can be said of a goal that is completed."""
SAY_WHY = frozenset({_S.ON_HOLD, _S.CANCELLED, _S.REJECTED, _S.ENTERED_IN_ERROR})


class GoalUnknown(CarebusError):
    """There is no such goal in the plan."""

    status = HTTPStatus.NOT_FOUND


class GoalCannotMove(CarebusError):
    """A goal that is {was} can't become {status}."""

    field = "status"


class SetGoalStatus(Value, Command):
    """A goal stands so from now on. achievement: how near it is; reason_text: why it waits or is given up."""

    goal_id: UUID
    status: GoalStatus
    achievement: GoalAchievement | None = None
    reason_text: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def _says_what_it_means(self) -> Self:
        if self.status is GoalStatus.COMPLETED and self.achievement not in ENDS:
            raise BrokenRule("Say whether the goal was achieved, not achieved, or can't be.")
        if self.status in SAY_WHY and not self.reason_text.strip():
            raise BrokenRule("Say in a sentence why.")
        return self


def set_goal_status(care: Care, sets: SetGoalStatus, cause: Cause) -> Decision:
    """The goal stands so; a goal that is sought no more conflicts with nothing.

    Raises NotInCare, CareEnded, CareOnHold, NoPlanYet, GoalUnknown, GoalCannotMove.
    """
    plan = plan_of(care)
    goal = _goal(plan, sets.goal_id)
    if (goal.status, goal.achievement) == (sets.status, sets.achievement):
        return ignore("nothing_changed")
    if sets.status is not goal.status and sets.status not in MOVES[goal.status]:
        raise GoalCannotMove(was=_in_words(goal.status), status=_in_words(sets.status))
    moved = goal.model_copy(update={"status": sets.status, "achievement": sets.achievement})
    decision = with_conflicts(care, _with(plan, moved), cause)
    return decision._replace(events=(_told(care, plan, goal, sets, cause), *decision.events))


def _told(care: Care, plan: Plan, was: PlanGoal, sets: SetGoalStatus, cause: Cause) -> GoalStatusChanged:
    return GoalStatusChanged(
        plan_id=plan.plan_id,
        episode_id=episode_of(care),
        version=plan.version,
        goal_id=was.goal_id,
        words=was.words,
        was=was.status,
        status=sets.status,
        achievement=sets.achievement,
        reason_text=sets.reason_text,
        changed_at=cause.now,
    )


def _goal(plan: Plan, goal_id: UUID) -> PlanGoal:
    goals = plan.says.goals if plan.says else ()
    found = next((goal for goal in goals if goal.goal_id == goal_id), None)
    if found is None:
        raise GoalUnknown
    return found


def _with(plan: Plan, moved: PlanGoal) -> Plan:
    assert plan.says is not None, "a goal is part of what the plan says"
    goals = tuple(moved if goal.goal_id == moved.goal_id else goal for goal in plan.says.goals)
    return plan.model_copy(update={"says": plan.says.model_copy(update={"goals": goals})})


def _in_words(status: GoalStatus) -> str:
    return status.replace("_", " ")

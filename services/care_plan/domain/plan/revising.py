"""The team revises the plan with the patient: another version stands, and waits for approval."""

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from carebus.contracts.care_plan import CarePlanRevised, PlanOfCare
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Plan, episode_of
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.plan.owners import owned, who
from services.care_plan.domain.plan.settling import plan_of, with_conflicts
from services.care_plan.domain.plan.stating import PlanStated


class PlanChangedMeanwhile(CarebusError):
    """Version {stands} of this plan stands by now; you started from version {started}. Nothing was saved, and what you
    wrote is still here: hold it against the plan as it stands, then send it again."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stands: int, started: int) -> None:
        super().__init__(stands=stands, started=started)


class AssessedInTheFuture(CarebusError):
    """This day is still to come. Give the day on which the needs were assessed."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RevisePlan(Value, Command):
    """The whole plan as it is to stand. based_on: the version that it was made from."""

    based_on: int
    plan: PlanStated
    reason_text: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""


def revise_plan(care: Care, revises: RevisePlan, cause: Cause) -> Decision:
    """The next version stands, told as a whole; how far goals are stays with the goals that go on.

    Raises NotInCare, CareEnded, CareOnHold, NoPlanYet, PlanChangedMeanwhile, OwnerNotOnTeam, NobodyToOwn,
    AssessedInTheFuture.
    """
    plan = plan_of(care)
    require_version(plan, revises.based_on)
    says = _resolved(care, plan, revises.plan, cause)
    if says == plan.says:
        return ignore("nothing_changed")
    after = plan.model_copy(update={"version": plan.version + 1, "says": says, "changed_at": cause.now})
    told = CarePlanRevised(
        plan_id=plan.plan_id,
        episode_id=episode_of(care),
        version=after.version,
        based_on=plan.version,
        plan=says,
        reason_text=revises.reason_text,
        revised_by=who(care, cause),
        revised_at=cause.now,
    )
    decision = with_conflicts(care, after, cause)
    return decision._replace(events=(told, *decision.events))


def require_version(plan: Plan, started: int) -> None:
    """Nobody writes over what they have not seen. Raises PlanChangedMeanwhile."""
    if plan.version != started:
        raise PlanChangedMeanwhile(plan.version, started)


def _resolved(care: Care, plan: Plan, stated: PlanStated, cause: Cause) -> PlanOfCare:
    _require_past(care, stated, cause)
    return PlanOfCare.model_validate(
        {
            "problems": owned(care, "problems", stated.problems),
            "goals": [_as_far(plan, goal) for goal in owned(care, "goals", stated.goals)],
            "interventions": owned(care, "interventions", stated.interventions),
            "needs": [need.model_dump() for need in stated.needs],
            "elsewhere": owned(care, "elsewhere", stated.elsewhere),
        }
    )


def _as_far(plan: Plan, goal: dict[str, Any]) -> dict[str, Any]:
    """The goal, as far as it was."""
    before = next((each for each in plan.says.goals if each.goal_id == goal["goal_id"]), None) if plan.says else None
    return {**goal, "status": before.status, "achievement": before.achievement} if before else goal


def _require_past(care: Care, stated: PlanStated, cause: Cause) -> None:
    today = day_of(care, cause.now)
    for n, need in enumerate(stated.needs):
        if need.assessed_on is not None and need.assessed_on > today:
            raise AssessedInTheFuture(field=f"plan.needs.{n}.assessed_on")

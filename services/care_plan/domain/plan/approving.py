"""A doctor or advanced practice provider approves the plan as it stands, until it is reviewed again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated

from carebus.contracts.care_plan import CarePlanApproved, CarePlanReviewDue, NeedDomain, PlanOfCare
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, episode_of
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, zone_of
from services.care_plan.domain.plan.owners import who
from services.care_plan.domain.plan.revising import require_version
from services.care_plan.domain.plan.settling import plan_of
from services.care_plan.domain.plan.starting import StartingPlans

TIMER = "plan_review"


class PlanNotWritten(CarebusError):
    """So far this is a draft made from the illnesses. Write the plan with the patient, then approve it."""


class GoalMissing(CarebusError):
    """The plan has no goal yet. Ask the patient what matters, and write it down in their words."""


class NeedsNotAssessed(CarebusError):
    """Not all needs were assessed: {missing}. Assess them, or say why not."""


class ReviewNotInTime(CarebusError):
    """The next review is after today, and within {most} days. Choose such a day."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "next_review_on"


class PlanReviewAwaited(Timer):
    """The day of a plan's review has come."""

    review_on: Annotated[date, Phi.DATE]


class ApprovePlan(Value, Command):
    """Whoever gives this stands for this version of the plan. Given again, it says that it was reviewed and stands."""

    version: int
    next_review_on: Annotated[date | None, Phi.DATE] = None


def approving(rules: StartingPlans) -> Callable[[Care, ApprovePlan, Cause], Decision]:
    """The decision to approve, by these rules of when a plan is reviewed."""

    def approve_plan(care: Care, approves: ApprovePlan, cause: Cause) -> Decision:
        """This version is approved; its review is awaited. Open conflicts don't hinder it: whoever approves sees them.

        Raises NotInCare, CareEnded, CareOnHold, NoPlanYet, PlanChangedMeanwhile, PlanNotWritten, GoalMissing,
        NeedsNotAssessed, ReviewNotInTime.
        """
        plan = plan_of(care)
        require_version(plan, approves.version)
        _require_whole(plan.says)
        review_on = _review_day(care, approves.next_review_on, rules, cause)
        after = plan.model_copy(
            update={
                "approved_version": plan.version,
                "approved_at": cause.now,
                "approved_by": who(care, cause),
                "next_review_on": review_on,
                "review_is_due": False,
            }
        )
        told = CarePlanApproved(
            plan_id=plan.plan_id,
            episode_id=episode_of(care),
            version=plan.version,
            approved_by=after.approved_by,
            next_review_on=review_on,
            approved_at=cause.now,
        )
        decision = changed(care.but(plan=after)).tells(told).part_of(care.journey_id)
        return decision.wakes(TIMER, _morning(care, review_on), PlanReviewAwaited(review_on=review_on))

    return approve_plan


@unless_paused(PlanReviewAwaited)
def note_review_due(care: Care, awaited: PlanReviewAwaited, cause: Cause) -> Decision:
    """The day has come: it is told once. A plan approved since has another day; one of an ended episode has none."""
    plan = care.plan
    if plan is None or not care.in_care or plan.next_review_on != awaited.review_on:
        return ignore("not_awaited")
    told = CarePlanReviewDue(
        plan_id=plan.plan_id,
        episode_id=episode_of(care),
        version=plan.version,
        review_on=awaited.review_on,
        due_at=cause.occurred_at,
    )
    due = plan.model_copy(update={"review_is_due": True})
    return changed(care.but(plan=due)).tells(told).part_of(care.journey_id)


def missing_needs(says: PlanOfCare) -> tuple[NeedDomain, ...]:
    """The kinds of needs that the plan says nothing of."""
    stated = {need.domain for need in says.needs}
    return tuple(domain for domain in NeedDomain if domain not in stated)


def _require_whole(says: PlanOfCare | None) -> None:
    if says is None:
        raise PlanNotWritten
    if not says.goals:
        raise GoalMissing
    if missing := missing_needs(says):
        raise NeedsNotAssessed(missing=", ".join(missing))


def _review_day(care: Care, stated: date | None, rules: StartingPlans, cause: Cause) -> date:
    today = day_of(care, cause.now)
    chosen = stated or today + timedelta(days=rules.review_days)
    if not today < chosen <= today + timedelta(days=rules.review_days_at_most):
        raise ReviewNotInTime(most=rules.review_days_at_most)
    return chosen


def _morning(care: Care, day: date) -> datetime:
    """When this day begins for the patient."""
    assert care.patient is not None, "who is in care is known"
    return datetime.combine(day, time(), zone_of(care.patient.time_zone)).astimezone(UTC)

"""An unstable phase asks for a plan that changes the same day, and for a review within three days.

Palliative Care Outcomes Collaboration: unstable means that the plan of care no longer meets the needs, so it changes
urgently; nine of ten unstable phases are to last three days or less (benchmark 2).
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from carebus.contracts.care_plan import Phase, UnstablePhaseFound, UnstablePhaseMissed, UnstablePhaseReviewed
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.care import Care, Met, episode_of
from services.care_plan.domain.care.alerts import Unstable
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, end_of
from services.care_plan.domain.symptoms.follow_ups import care_in, with_care

REVIEW_WITHIN_DAYS = 3
PLAN_CHANGE, REVIEW = "plan_change", "review"


class PlanChangeDue(Timer):
    """The day on which an unstable phase was found is over."""

    visit_id: UUID


class PhaseReviewDue(Timer):
    """Three days after an unstable phase was found are over."""

    visit_id: UUID


def look_after_phase(decision: Decision) -> Decision:
    """The decision on a visit with what the phase asks for that was assessed last, in whatever order it was told."""
    care = care_in(decision)
    if not care.in_care:
        return decision
    was, met = care.unstable, care.found.met.get("phase")
    found = met if met is not None and care.phase is Phase.UNSTABLE else None
    if was is not None and found is not None and (was.visit_id, was.found_at) == (found.visit_id, found.at):
        return decision
    decision = _settled(decision, was, met)
    return _found(decision, found.visit_id, found.at) if found else decision


def plan_changed_on(care: Care) -> date | None:
    """The day on which the plan was changed since the phase was found unstable; None when it was not, or is not."""
    if care.unstable is None or care.plan is None or not care.plan.changed_since(care.unstable.found_at):
        return None
    assert care.plan.changed_at is not None, "a plan that was changed has a time"
    return day_of(care, care.plan.changed_at)


def drop_unstable(decision: Decision) -> Decision:
    """The decision that ends care, with nothing more to review."""
    care = care_in(decision)
    return with_care(decision, care.but(unstable=None)).cancels(PLAN_CHANGE, REVIEW) if care.unstable else decision


@unless_paused(PlanChangeDue)
def note_plan(care: Care, due: PlanChangeDue, cause: Cause) -> Decision:
    """The day is over: the plan has changed since, or it was missed."""
    found = care.unstable
    if found is None or found.visit_id != due.visit_id:
        return ignore("phase_settled")
    if care.plan is not None and care.plan.changed_since(found.found_at):
        return ignore("plan_changed_in_time")
    return _missed(care, found, PLAN_CHANGE, cause)


@unless_paused(PhaseReviewDue)
def note_review(care: Care, due: PhaseReviewDue, cause: Cause) -> Decision:
    """Three days are over, and nobody has assessed the phase again."""
    found = care.unstable
    if found is None or found.visit_id != due.visit_id:
        return ignore("phase_settled")
    return _missed(care, found, REVIEW, cause)


def _settled(decision: Decision, was: Unstable | None, met: Met | None) -> Decision:
    """Without the unstable phase of before: a later visit has reviewed it, or it was wrong."""
    care = care_in(decision)
    if was is None:
        return decision
    decision = with_care(decision, care.but(unstable=None)).cancels(PLAN_CHANGE, REVIEW)
    is_reviewed = met is not None and met.visit_id != was.visit_id and met.at >= was.found_at
    if not is_reviewed or met is None or REVIEW in was.missed:
        return decision
    told = UnstablePhaseReviewed(episode_id=episode_of(care), visit_id=was.visit_id, reviewed_at=met.at)
    return decision.tells(told)


def _found(decision: Decision, visit_id: UUID, at: datetime) -> Decision:
    care = care_in(decision)
    today = day_of(care, at)
    review_on = today + timedelta(days=REVIEW_WITHIN_DAYS)
    found = Unstable(visit_id=visit_id, found_at=at, plan_due_on=today, review_due_on=review_on)
    told = UnstablePhaseFound(episode_id=episode_of(care), **found.model_dump(exclude={"missed"}))
    decision = with_care(decision, care.but(unstable=found)).tells(told)
    decision = decision.wakes(PLAN_CHANGE, end_of(care, today), PlanChangeDue(visit_id=visit_id))
    return decision.wakes(REVIEW, end_of(care, review_on), PhaseReviewDue(visit_id=visit_id))


def _missed(care: Care, found: Unstable, what: str, cause: Cause) -> Decision:
    told = UnstablePhaseMissed(
        episode_id=episode_of(care), visit_id=found.visit_id, what=what, missed_at=cause.occurred_at
    )
    noted = found.model_copy(update={"missed": (*found.missed, what)})
    return changed(care.but(unstable=noted)).tells(told).part_of(care.journey_id)

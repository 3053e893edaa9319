"""An unstable phase asks for a plan that changes the same day, and for a review within three days.

Palliative Care Outcomes Collaboration: unstable means that the plan of care no longer meets the needs, so it changes
urgently; nine of ten unstable phases are to last three days or less (benchmark 2).
"""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from carebus.contracts.care_plan import Phase, UnstablePhaseFound, UnstablePhaseMissed, UnstablePhaseReviewed
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.care import Care, VisitRecord, episode_of
from services.care_plan.domain.care.alerts import Unstable
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, zone_of
from services.care_plan.domain.symptoms.follow_ups import care_in, with_care

REVIEW_WITHIN_DAYS = 3
PLAN_CHANGE, REVIEW = "plan_change", "review"


class PlanChangeDue(Timer):
    """The day on which an unstable phase was found is over."""

    visit_id: UUID


class PhaseReviewDue(Timer):
    """Three days after an unstable phase was found are over."""

    visit_id: UUID


def look_after_phase(decision: Decision, record: VisitRecord) -> Decision:
    """The decision on a visit with what its phase asks for, and with the review of an earlier unstable phase."""
    care, stated = care_in(decision), record.stated
    if stated is None or record.visit_id is None or stated.assessments.phase is None or not care.in_care:
        return decision
    decision = _reviewed(decision, record.visit_id, stated.ended_at)
    if stated.assessments.phase is not Phase.UNSTABLE:
        return decision
    return _found(decision, record.visit_id, stated.ended_at)


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


def _reviewed(decision: Decision, visit_id: UUID, at: datetime) -> Decision:
    care = care_in(decision)
    found = care.unstable
    if found is None or care.episode_id is None:
        return decision
    decision = with_care(decision, care.but(unstable=None)).cancels(PLAN_CHANGE, REVIEW)
    if found.visit_id == visit_id or REVIEW in found.missed:
        return decision
    return decision.tells(UnstablePhaseReviewed(episode_id=care.episode_id, visit_id=found.visit_id, reviewed_at=at))


def _found(decision: Decision, visit_id: UUID, at: datetime) -> Decision:
    care = care_in(decision)
    today = day_of(care, at)
    review_on = today + timedelta(days=REVIEW_WITHIN_DAYS)
    found = Unstable(visit_id=visit_id, found_at=at, plan_due_on=today, review_due_on=review_on)
    told = UnstablePhaseFound(episode_id=episode_of(care), **found.model_dump(exclude={"missed"}))
    decision = with_care(decision, care.but(unstable=found)).tells(told)
    decision = decision.wakes(PLAN_CHANGE, _end_of(care, today), PlanChangeDue(visit_id=visit_id))
    return decision.wakes(REVIEW, _end_of(care, review_on), PhaseReviewDue(visit_id=visit_id))


def _missed(care: Care, found: Unstable, what: str, cause: Cause) -> Decision:
    told = UnstablePhaseMissed(
        episode_id=episode_of(care), visit_id=found.visit_id, what=what, missed_at=cause.occurred_at
    )
    noted = found.model_copy(update={"missed": (*found.missed, what)})
    return changed(care.but(unstable=noted)).tells(told).part_of(care.journey_id)


def _end_of(care: Care, day: date) -> datetime:
    assert care.patient is not None, "who is in care is known"
    return datetime.combine(day + timedelta(days=1), time(), zone_of(care.patient.time_zone)).astimezone(UTC)

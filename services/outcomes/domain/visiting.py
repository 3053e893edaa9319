"""What visits count as: when they took place, what each symptom's course is, what was followed up in time."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.care_plan import (
    EsasR,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitCancelled,
    VisitCompleted,
    VisitCorrected,
    VisitNoShow,
)
from carebus.decisions import Cause, Decision, changed
from services.outcomes.domain.courses import Course
from services.outcomes.domain.journey import Journey

SECONDS_PER_DAY = 86_400


def visit_completed(journey: Journey, event: VisitCompleted, _cause: Cause) -> Decision:
    """A visit took place, at the times that were stated; each symptom's first and latest answers are kept."""
    visited, esas = _visited(journey, event.visit_id, event.started_at), event.assessments.esas_r
    met = visited.but(
        latest_phase=event.assessments.phase or visited.latest_phase,
        latest_akps=visited.latest_akps if event.assessments.akps is None else event.assessments.akps,
        latest_visit_id=event.visit_id,
    )
    if esas is None:
        return changed(met)
    answers = {item: score for item, score in esas.model_dump().items() if score is not None}
    courses = met.courses | {
        item: met.courses.get(item, Course()).with_answer(event.visit_id, score) for item, score in answers.items()
    }
    return changed(_with_courses(met.but(assessed_visits=met.assessed_visits + 1), courses))


def visit_corrected(journey: Journey, event: VisitCorrected, _cause: Cause) -> Decision:
    """What was stated of a visit was wrong: what is counted by it is put right."""
    known = event.assessments
    if event.visit_id == journey.first_visit_id:
        days = _days(journey.received_at, event.started_at)
        journey = journey.but(first_visit_at=event.started_at, days_to_first_visit=days)
    if event.visit_id == journey.latest_visit_id:
        akps = journey.latest_akps if known.akps is None else known.akps
        journey = journey.but(latest_phase=known.phase or journey.latest_phase, latest_akps=akps)
    answers = (known.esas_r or EsasR()).model_dump()
    courses = {item: journey.courses.get(item, Course()).put_right(event.visit_id, answers[item]) for item in answers}
    return changed(_with_courses(journey, {item: each for item, each in courses.items() if each.first is not None}))


def _visited(journey: Journey, visit_id: UUID, started_at: datetime) -> Journey:
    visited = journey.but(visits_completed=journey.visits_completed + 1)
    if journey.first_visit_at is not None and journey.first_visit_at <= started_at:
        return visited
    days = _days(journey.received_at, started_at)
    return visited.but(first_visit_id=visit_id, first_visit_at=started_at, days_to_first_visit=days)


def _with_courses(journey: Journey, courses: dict[str, Course]) -> Journey:
    if not courses:
        return journey.but(courses={})
    return journey.but(
        courses=courses,
        first_esas=EsasR.model_validate({item: course.first for item, course in courses.items()}),
        latest_esas=EsasR.model_validate({item: course.latest for item, course in courses.items()}),
    )


def visit_cancelled(journey: Journey, _event: VisitCancelled, _cause: Cause) -> Decision:
    """A planned visit does not take place."""
    return changed(journey.but(visits_cancelled=journey.visits_cancelled + 1))


def visit_not_met(journey: Journey, _event: VisitNoShow, _cause: Cause) -> Decision:
    """Somebody came, and met nobody."""
    return changed(journey.but(visits_not_met=journey.visits_not_met + 1))


def follow_up_opened(journey: Journey, _event: SymptomFollowUpOpened, _cause: Cause) -> Decision:
    """A strong symptom is to be assessed again in person."""
    return changed(journey.but(follow_ups=journey.follow_ups + 1))


def follow_up_met(journey: Journey, _event: SymptomFollowUpMet, _cause: Cause) -> Decision:
    """It was, in time."""
    return changed(journey.but(follow_ups_met=journey.follow_ups_met + 1))


def follow_up_missed(journey: Journey, _event: SymptomFollowUpMissed, _cause: Cause) -> Decision:
    """It was not, in time."""
    return changed(journey.but(follow_ups_missed=journey.follow_ups_missed + 1))


def follow_up_cancelled(journey: Journey, _event: SymptomFollowUpCancelled, _cause: Cause) -> Decision:
    """It is not to be done after all, and counts no more."""
    return changed(journey.but(follow_ups=max(0, journey.follow_ups - 1)))


def _days(received_at: datetime | None, first_visit_at: datetime) -> float | None:
    """Never below zero: a visit that was already planned elsewhere counts as at once."""
    if received_at is None:
        return None
    return max(0.0, (first_visit_at - received_at).total_seconds() / SECONDS_PER_DAY)

"""What visits count as: when they took place, what each symptom's course is, what was followed up in time."""

from datetime import datetime, timedelta
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
from services.outcomes.domain.courses import SYMPTOMS, Seen, first, last_said, latest, with_seen
from services.outcomes.domain.journey import Journey

SECONDS_PER_DAY = 86_400
BETWEEN = timedelta(hours=12)
"""Between visits of which an earlier release kept the order only: longer than a visit, shorter than to the next."""


def visit_completed(journey: Journey, event: VisitCompleted, _cause: Cause) -> Decision:
    """A visit took place, at the times that were stated, whenever it was recorded."""
    seen = _seen(event, event.started_at, event.completed_at)
    assessed = journey.assessed_visits + (seen.esas is not None)
    visited = journey.but(visits_completed=journey.visits_completed + 1, assessed_visits=assessed)
    return changed(_with_seen(visited, seen))


def visit_corrected(journey: Journey, event: VisitCorrected, _cause: Cause) -> Decision:
    """What was stated of a visit was wrong: what is counted by it is put right.

    Whether a visit in the middle of many had an ESAS-r is not kept, so that the count of those stays as it is.
    """
    seen = _seen(event, event.started_at, event.ended_at)
    was = next((each for each in _of_before(journey) if each.visit_id == seen.visit_id), None)
    more = (seen.esas is not None) - (was.esas is not None) if was else 0
    return changed(_with_seen(journey.but(assessed_visits=journey.assessed_visits + more), seen))


def _seen(event: VisitCompleted | VisitCorrected, started_at: datetime, ended_at: datetime) -> Seen:
    known = event.assessments
    answered = known.esas_r is not None and any(score is not None for score in known.esas_r.model_dump().values())
    return Seen(
        visit_id=event.visit_id,
        ordinal=event.ordinal,
        started_at=started_at,
        ended_at=ended_at,
        esas=known.esas_r if answered else None,
        phase=known.phase,
        akps=known.akps,
    )


def _with_seen(journey: Journey, now: Seen) -> Journey:
    """All that follows from the visits, with this one as it is stated now."""
    seen = with_seen(_of_before(journey), now)
    earliest = min(seen, key=lambda each: (each.started_at, each.ordinal))
    asked = any(each.esas is not None for each in seen)
    return journey.but(
        seen=seen,
        courses={},
        first_visit_id=earliest.visit_id,
        first_visit_at=earliest.started_at,
        days_to_first_visit=_days(journey.received_at, earliest.started_at),
        latest_visit_id=seen[-1].visit_id,
        latest_phase=last_said(seen, "phase"),
        latest_akps=last_said(seen, "akps"),
        first_esas=EsasR.model_validate({item: first(seen, item) for item in SYMPTOMS}) if asked else None,
        latest_esas=EsasR.model_validate({item: latest(seen, item) for item in SYMPTOMS}) if asked else None,
    )


def _of_before(journey: Journey) -> tuple[Seen, ...]:
    """The visits that are kept; of a journey of an earlier release the first and the latest, as far as it knew them."""
    if journey.seen or journey.first_visit_at is None or journey.first_visit_id is None:
        return journey.seen
    first_id, latest_id = journey.first_visit_id, journey.latest_visit_id or journey.first_visit_id
    found: dict[UUID, dict[str, int]] = {first_id: {}, latest_id: {}}
    for item, course in journey.courses.items():
        for visit_id, score in ((course.first_visit_id, course.first), (course.latest_visit_id, course.latest)):
            if visit_id is not None and score is not None:
                found.setdefault(visit_id, {})[item] = score
    between = (each for each in found if each not in {first_id, latest_id})
    order = dict.fromkeys((first_id, *between, latest_id))
    return tuple(
        Seen(
            visit_id=visit_id,
            started_at=journey.first_visit_at + n * BETWEEN,
            ended_at=journey.first_visit_at + n * BETWEEN,
            esas=EsasR.model_validate(found[visit_id]) if found[visit_id] else None,
            phase=journey.latest_phase if visit_id == latest_id else None,
            akps=journey.latest_akps if visit_id == latest_id else None,
        )
        for n, visit_id in enumerate(order)
    )


def visit_cancelled(journey: Journey, _event: VisitCancelled, _cause: Cause) -> Decision:
    """A planned visit does not take place."""
    return changed(journey.but(visits_cancelled=journey.visits_cancelled + 1))


def visit_not_met(journey: Journey, _event: VisitNoShow, _cause: Cause) -> Decision:
    """Somebody came, and met nobody."""
    return changed(journey.but(visits_not_met=journey.visits_not_met + 1))


def follow_up_opened(journey: Journey, event: SymptomFollowUpOpened, _cause: Cause) -> Decision:
    """A strong symptom is to be assessed again in person; told again, what had met it was wrong, or its score."""
    if event.was:
        return changed(journey.but(follow_ups_met=max(0, journey.follow_ups_met - (event.was == "met"))))
    return changed(journey.but(follow_ups=journey.follow_ups + 1))


def follow_up_met(journey: Journey, _event: SymptomFollowUpMet, _cause: Cause) -> Decision:
    """It was, in time."""
    return changed(journey.but(follow_ups_met=journey.follow_ups_met + 1))


def follow_up_missed(journey: Journey, _event: SymptomFollowUpMissed, _cause: Cause) -> Decision:
    """It was not, in time."""
    return changed(journey.but(follow_ups_missed=journey.follow_ups_missed + 1))


def follow_up_cancelled(journey: Journey, event: SymptomFollowUpCancelled, _cause: Cause) -> Decision:
    """It is not to be done after all, and counts no more, unless it had been missed already when care ended.

    An earlier release did not say what had become of it: what was missed or met is never counted without itself.
    """
    wrong = event.because == "corrected"
    met = max(0, journey.follow_ups_met - (wrong and event.was == "met"))
    missed = max(0, journey.follow_ups_missed - (wrong and event.was == "missed"))
    fewer = journey.follow_ups - (wrong or event.was != "missed")
    return changed(journey.but(follow_ups=max(fewer, met + missed), follow_ups_met=met, follow_ups_missed=missed))


def _days(received_at: datetime | None, first_visit_at: datetime) -> float | None:
    """Never below zero: a visit that was already planned elsewhere counts as at once."""
    if received_at is None:
        return None
    return max(0.0, (first_visit_at - received_at).total_seconds() / SECONDS_PER_DAY)

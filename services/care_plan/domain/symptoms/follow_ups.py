"""A symptom that becomes moderate or severe is assessed again in person within two calendar days.

After the symptom follow-up visit of the hospice quality program (HOPE, since October 2025), which counts visits in
person only; here for palliative care, and for every symptom. One is open for each symptom at a time.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from carebus.contracts.care_plan import (
    Assessments,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitMode,
    VisitPurpose,
)
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.care import Care, VisitRecord, Wanted, episode_of
from services.care_plan.domain.care.alerts import FollowUp
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, zone_of
from services.care_plan.domain.instruments import Band, Strong, answered_symptoms, strong_symptoms

WITHIN_DAYS = 2
"""Calendar days of the patient's zone, after the day on which the symptom was found."""
CORRECTED, CARE_ENDED = "corrected", "care_ended"
RANKS = {None: 0, Band.MODERATE: 1, Band.MODERATELY_SEVERE: 2, Band.SEVERE: 3}


class FollowUpDue(Timer):
    """The last day of a follow-up is over."""

    follow_up_id: UUID


def follow_up(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """The decision on a visit with what its answers settle and set off; after a correction, with what that changes."""
    decision = _drop_what_was_wrong(decision, record, cause)
    decision = _meet(decision, record)
    return _open(decision, record, cause)


def drop_all(decision: Decision, cause: Cause) -> Decision:
    """The decision that ends care, with every open follow-up cancelled."""
    return _cancel(decision, care_in(decision).follow_ups, CARE_ENDED, cause)


@unless_paused(FollowUpDue)
def note_missed(care: Care, due: FollowUpDue, cause: Cause) -> Decision:
    """Nobody came in time: it is told once, and stays to be done."""
    one = next((each for each in care.follow_ups if each.follow_up_id == due.follow_up_id), None)
    if one is None or one.missed:
        return ignore("follow_up_settled")
    missed = one.model_copy(update={"missed": True})
    told = SymptomFollowUpMissed(
        follow_up_id=one.follow_up_id, episode_id=episode_of(care), symptom=one.symptom, missed_at=cause.occurred_at
    )
    others = tuple(each for each in care.follow_ups if each is not one)
    return changed(care.but(follow_ups=(*others, missed))).tells(told).part_of(care.journey_id)


def care_in(decision: Decision) -> Care:
    """The care that a decision changes."""
    return next(state for state in decision.states if isinstance(state, Care))


def with_care(decision: Decision, care: Care) -> Decision:
    """The decision with this care in the place of its own."""
    return decision._replace(states=tuple(care if isinstance(state, Care) else state for state in decision.states))


def _meet(decision: Decision, record: VisitRecord) -> Decision:
    """Who is visited in person and answers again has been followed up, late or not; what was missed stays missed."""
    visit, stated = record.planned, record.stated
    if visit is None or stated is None or record.visit_id is None or visit.mode is not VisitMode.HOME:
        return decision
    care, answered = care_in(decision), answered_symptoms(stated.assessments)
    met = [one for one in care.follow_ups if one.symptom in answered and one.visit_id != record.visit_id]
    told = [
        SymptomFollowUpMet(
            follow_up_id=one.follow_up_id,
            episode_id=episode_of(care),
            visit_id=record.visit_id,
            symptom=one.symptom,
            met_at=stated.ended_at,
        )
        for one in met
        if not one.missed
    ]
    left = tuple(one for one in care.follow_ups if one not in met)
    decision = with_care(decision, care.but(follow_ups=left)).tells(*told)
    return decision.cancels(*(_timer(one) for one in met))


def _open(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    care, stated = care_in(decision), record.stated
    if stated is None or record.visit_id is None or not care.in_care:
        return decision
    opened = [_opened(care, record.visit_id, one, stated.ended_at, cause) for one in _new(care, record)]
    if not opened:
        return decision
    due, zone = opened[0].due_on, _zone(care)
    wanted = _with_visit_wanted(care, due, day_of(care, cause.now), cause)
    decision = with_care(decision, wanted.but(follow_ups=(*care.follow_ups, *opened)))
    for one in opened:
        told = {name: getattr(one, name) for name in FollowUp.model_fields if name not in {"rule", "missed"}}
        decision = decision.tells(SymptomFollowUpOpened(**told, episode_id=episode_of(care), opened_at=stated.ended_at))
        at = datetime.combine(due + timedelta(days=1), time(), zone).astimezone(UTC)
        decision = decision.wakes(_timer(one), at, FollowUpDue(follow_up_id=one.follow_up_id))
    return decision


def _new(care: Care, record: VisitRecord) -> Iterable[Strong]:
    """Symptoms that are stronger than they were last, and that nobody follows up already."""
    assert record.stated is not None, "only what took place has answers"
    followed = {one.symptom for one in care.follow_ups}
    before = _bands(record.before.answers)
    for one in strong_symptoms(record.stated.assessments):
        if one.symptom not in followed and RANKS[one.band] > RANKS[before.get(one.symptom)]:
            yield one


def _bands(answers: Assessments) -> dict[str, Band]:
    return {one.symptom: one.band for one in strong_symptoms(answers)}


def _opened(care: Care, visit_id: UUID, one: Strong, found_at: datetime, cause: Cause) -> FollowUp:
    return FollowUp(
        follow_up_id=cause.derive("follow_up", one.symptom),
        visit_id=visit_id,
        symptom=one.symptom,
        band=one.band,
        score=one.score,
        instrument=one.instrument,
        rule=one.rule,
        due_on=day_of(care, found_at) + timedelta(days=WITHIN_DAYS),
    )


def _with_visit_wanted(care: Care, due: date, today: date, cause: Cause) -> Care:
    """A visit in person is wanted in time, unless one is planned or wanted by then; weekends count."""
    at_home = [visit for visit in care.visits if visit.mode is VisitMode.HOME]
    planned = any(day_of(care, visit.starts_at) <= due for visit in at_home)
    if planned or any(one.due <= due and one.mode is VisitMode.HOME for one in care.wanted):
        return care
    days = tuple(today + timedelta(days=n) for n in range(1, max(1, (due - today).days) + 1))
    wanted = Wanted(
        wanted_id=cause.derive("wanted", VisitPurpose.SYMPTOM_FOLLOW_UP),
        purpose=VisitPurpose.SYMPTOM_FOLLOW_UP,
        days=days,
        since=cause.now,
    )
    return care.but(wanted=(*care.wanted, wanted))


def _drop_what_was_wrong(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """What this visit had set off by an answer that was corrected since is not to be done."""
    if record.version == 1 or record.stated is None:
        return decision
    strong = set(_bands(record.stated.assessments))
    care = care_in(decision)
    wrong = [one for one in care.follow_ups if one.visit_id == record.visit_id and one.symptom not in strong]
    return _cancel(decision, wrong, CORRECTED, cause)


def _cancel(decision: Decision, gone: Iterable[FollowUp], because: str, cause: Cause) -> Decision:
    care, gone = care_in(decision), tuple(gone)
    told = (
        SymptomFollowUpCancelled(
            follow_up_id=one.follow_up_id,
            episode_id=episode_of(care),
            symptom=one.symptom,
            because=because,
            cancelled_at=cause.now,
        )
        for one in gone
    )
    left = tuple(one for one in care.follow_ups if one not in gone)
    return with_care(decision, care.but(follow_ups=left)).tells(*told).cancels(*(_timer(one) for one in gone))


def _timer(one: FollowUp) -> str:
    return f"follow_up/{one.follow_up_id}"


def _zone(care: Care) -> ZoneInfo:
    assert care.patient is not None, "who is in care is known"
    return zone_of(care.patient.time_zone)

"""A symptom that becomes moderate or severe is assessed again in person within two calendar days.

After the symptom follow-up visit of the hospice quality program (HOPE, since October 2025), which counts visits in
person only; here for palliative care, and for every symptom. One is open for each symptom at a time. What the visits
say (`watching`) is compared with what was told until now, and the difference is told.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from carebus.contracts.care_plan import (
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitMode,
    VisitPurpose,
)
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.care import Care, Wanted, episode_of
from services.care_plan.domain.care.alerts import FollowUp
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, end_of
from services.care_plan.domain.symptoms.watching import WITHIN_DAYS, Watched, watched

__all__ = ["WITHIN_DAYS", "FollowUpDue", "care_in", "drop_all", "follow_up", "note_missed", "with_care"]

CORRECTED, CARE_ENDED = "corrected", "care_ended"
OPEN, MISSED, MET = "open", "missed", "met"
WITHIN = timedelta(days=WITHIN_DAYS)
SAID = frozenset({"band", "score", "instrument", "named", "due_on"})
"""What is told of a follow-up, and told again when a correction changes it."""


class FollowUpDue(Timer):
    """The last day of a follow-up is over."""

    follow_up_id: UUID


def follow_up(decision: Decision, cause: Cause) -> Decision:
    """The decision on a visit with what the visits in their order settle and set off, where that was not told yet."""
    care = care_in(decision)
    recent = care.history()
    known = {(one.visit_id, one.symptom): one for one in (*care.follow_ups, *care.followed_up)}
    now = [(known.get((each.one.visit_id, each.one.symptom)), each) for each in watched(care, recent)]
    stands = {(each.one.visit_id, each.one.symptom) for _, each in now}
    gone = [one for at, one in known.items() if at not in stands and recent.knows(one.visit_id)]
    decision = with_care(_cancelled(decision, gone, CORRECTED, cause), care.but(follow_ups=(), followed_up=()))
    for was, watch in now:
        decision = _told(decision, was, watch)
    return _with_visit_wanted(decision, care, cause)


def drop_all(decision: Decision, cause: Cause) -> Decision:
    """The decision that ends care, with every open follow-up cancelled."""
    care = care_in(decision)
    decision = _cancelled(decision, care.follow_ups, CARE_ENDED, cause)
    return with_care(decision, care.but(follow_ups=(), followed_up=()))


@unless_paused(FollowUpDue)
def note_missed(care: Care, due: FollowUpDue, cause: Cause) -> Decision:
    """Nobody came in time: it is told once, and stays to be done."""
    one = next((each for each in care.follow_ups if each.follow_up_id == due.follow_up_id), None)
    if one is None or one.missed:
        return ignore("follow_up_settled")
    missed = one.model_copy(update={"missed": True})
    others = tuple(each for each in care.follow_ups if each is not one)
    told = _missed(care, one, cause.occurred_at)
    return changed(care.but(follow_ups=(*others, missed))).tells(told).part_of(care.journey_id)


def care_in(decision: Decision) -> Care:
    """The care that a decision changes."""
    return next(state for state in decision.states if isinstance(state, Care))


def with_care(decision: Decision, care: Care) -> Decision:
    """The decision with this care in the place of its own."""
    return decision._replace(states=tuple(care if isinstance(state, Care) else state for state in decision.states))


def _told(decision: Decision, was: FollowUp | None, watch: Watched) -> Decision:
    """The decision with one follow-up as it is now, and with what is new of it told."""
    care, one = care_in(decision), watch.one
    if was is not None:
        one = one.model_copy(update={"follow_up_id": was.follow_up_id, "missed": was.missed})
    if one.met_by is not None and not one.missed and (was is None or was.met_by is None):
        one = one.model_copy(update={"missed": was is None and _is_late(care, watch)})
    decision = _told_open(decision, was, one, watch)
    if one.met_by is not None:
        decision = with_care(decision, care.but(followed_up=(*care.followed_up, one)))
        return _told_met(decision, was, one, watch)
    return with_care(decision, care.but(follow_ups=(*care.follow_ups, one)))


def _told_open(decision: Decision, was: FollowUp | None, one: FollowUp, watch: Watched) -> Decision:
    """Told when it is new, when what had met it was wrong, and when something else is said of it."""
    again = was is not None and was.met_by is not None and one.met_by is None and not one.missed
    differs = was is not None and was.model_dump(include=set(SAID)) != one.model_dump(include=set(SAID))
    if was is not None and not again and not differs:
        return decision
    care = care_in(decision)
    decision = decision.tells(
        SymptomFollowUpOpened(
            **one.model_dump(exclude={"rule", "missed", "met_by"}),
            episode_id=episode_of(care),
            opened_at=watch.found_at.at if watch.found_at else end_of(care, one.due_on - WITHIN),
            was="" if was is None else MET if again else OPEN,
        )
    )
    if one.met_by is not None or one.missed or not (again or was is None or was.due_on != one.due_on):
        return decision
    return decision.wakes(_timer(one), end_of(care, one.due_on), FollowUpDue(follow_up_id=one.follow_up_id))


def _told_met(decision: Decision, was: FollowUp | None, one: FollowUp, watch: Watched) -> Decision:
    """Who is visited in person and answers again has been followed up, late or not; what was missed stays missed."""
    care = care_in(decision)
    if watch.met_at is None or (was is not None and was.met_by is not None):
        return decision
    decision = decision.cancels(_timer(one)) if was is not None else decision
    if one.missed:
        return decision.tells(_missed(care, one, end_of(care, one.due_on))) if was is None else decision
    return decision.tells(
        SymptomFollowUpMet(
            follow_up_id=one.follow_up_id,
            episode_id=episode_of(care),
            visit_id=watch.met_at.visit_id,
            symptom=one.symptom,
            met_at=watch.met_at.at,
        )
    )


def _is_late(care: Care, watch: Watched) -> bool:
    return watch.met_at is not None and day_of(care, watch.met_at.at) > watch.one.due_on


def _missed(care: Care, one: FollowUp, at: datetime) -> SymptomFollowUpMissed:
    return SymptomFollowUpMissed(
        follow_up_id=one.follow_up_id, episode_id=episode_of(care), symptom=one.symptom, missed_at=at
    )


def _cancelled(decision: Decision, gone: Iterable[FollowUp], because: str, cause: Cause) -> Decision:
    """The decision with these told as cancelled."""
    care, gone = care_in(decision), tuple(gone)
    told = (
        SymptomFollowUpCancelled(
            follow_up_id=one.follow_up_id,
            episode_id=episode_of(care),
            symptom=one.symptom,
            because=because,
            cancelled_at=cause.now,
            was=MISSED if one.missed else MET if one.met_by else OPEN,
        )
        for one in gone
    )
    return decision.tells(*told).cancels(*(_timer(one) for one in gone))


def _with_visit_wanted(decision: Decision, before: Care, cause: Cause) -> Decision:
    """A visit in person is wanted for what was opened now, and none any more when nothing is open."""
    care = care_in(decision)
    known = {one.follow_up_id for one in before.follow_ups}
    opened = [one for one in care.follow_ups if one.follow_up_id not in known and not one.missed]
    if opened:
        return with_care(decision, _wanting(care, min(one.due_on for one in opened), cause))
    if care.follow_ups:
        return decision
    left = tuple(each for each in care.wanted if each.purpose is not VisitPurpose.SYMPTOM_FOLLOW_UP)
    return with_care(decision, care.but(wanted=left))


def _wanting(care: Care, due: date, cause: Cause) -> Care:
    """A visit in person is wanted in time, unless one is to come or wanted by then; weekends count."""
    at_home = [visit for visit in care.visits if visit.mode is VisitMode.HOME and visit.starts_at > cause.now]
    planned = any(day_of(care, visit.starts_at) <= due for visit in at_home)
    if planned or any(one.due <= due and one.mode is VisitMode.HOME for one in care.wanted):
        return care
    today = day_of(care, cause.now)
    days = tuple(today + timedelta(days=n) for n in range(1, max(1, (due - today).days) + 1))
    wanted = Wanted(
        wanted_id=cause.derive("wanted", VisitPurpose.SYMPTOM_FOLLOW_UP),
        purpose=VisitPurpose.SYMPTOM_FOLLOW_UP,
        days=days,
        since=cause.now,
    )
    return care.but(wanted=(*care.wanted, wanted))


def _timer(one: FollowUp) -> str:
    return f"follow_up/{one.follow_up_id}"

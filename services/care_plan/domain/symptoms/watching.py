"""Which strong symptoms are to be followed up, and which were, as the visits say in the order in which they took place.

Nothing here knows when or in what order something was recorded. Visits before the recent ones are not gone through
again: of them the follow-ups are known that were open then.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid5

from carebus.contracts.care_plan import Assessments
from services.care_plan.domain.care import Answered, Care, Found
from services.care_plan.domain.care.alerts import FollowUp
from services.care_plan.domain.care.recent import Recent
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.instruments import Band, Strong, answered_keys, strong_symptoms, symptom_key
from services.care_plan.domain.instruments.alerts import OTHER

WITHIN_DAYS = 2
"""Calendar days of the patient's zone, after the day on which the symptom was found."""
RANKS = {None: 0, Band.MODERATE: 1, Band.MODERATELY_SEVERE: 2, Band.SEVERE: 3}


class Watched(NamedTuple):
    """A follow-up as the visits say, the visit that asked for it (None: one of long ago), and the one that met it."""

    one: FollowUp
    found_at: Answered | None
    met_at: Answered | None = None


def watched(care: Care, recent: Recent) -> list[Watched]:
    """What follows from the recent visits, the first of them first, and from what was open before them."""
    over: list[Watched] = []
    still = {symptom_key(one.symptom, one.named): Watched(one, None) for one in _older(care, recent)}
    found = recent.before
    for visit in recent.visits:
        later = answered_keys(recent.before.only_after(visit.met))
        answered = answered_keys(visit.assessments) - later
        if visit.in_person:
            over += [_met(still.pop(key), visit) for key in sorted(answered & still.keys())]
        for strong in _stronger(found, visit.assessments):
            if strong.key in answered - still.keys():
                still[strong.key] = Watched(_opened(care, visit, strong), visit)
        found = found.and_now(visit.assessments, visit.met)
    return [*over, *still.values()]


def _met(watch: Watched, visit: Answered) -> Watched:
    return Watched(watch.one.model_copy(update={"met_by": visit.visit_id}), watch.found_at, visit)


def _older(care: Care, recent: Recent) -> Iterable[FollowUp]:
    """Those that a visit of long ago asked for, if none of long ago has met them; earlier releases kept no name."""
    other = recent.before.answers.esas_r_other
    for one in (*care.follow_ups, *care.followed_up):
        if not recent.knows(one.visit_id) and (one.met_by is None or recent.knows(one.met_by)):
            named = other.symptom_name if other and one.symptom == OTHER and not one.named else one.named
            yield one.model_copy(update={"met_by": None, "named": named})


def _stronger(found: Found, now: Assessments) -> Iterable[Strong]:
    """Symptoms that are stronger than they were last."""
    before = {one.key: one.band for one in strong_symptoms(found.answers)}
    return (one for one in strong_symptoms(now) if RANKS[one.band] > RANKS[before.get(one.key)])


def _opened(care: Care, visit: Answered, strong: Strong) -> FollowUp:
    """Its id is the same however often the visit is corrected."""
    return FollowUp(
        follow_up_id=uuid5(visit.visit_id, f"follow_up/{strong.symptom}"),
        visit_id=visit.visit_id,
        symptom=strong.symptom,
        band=strong.band,
        score=strong.score,
        instrument=strong.instrument,
        rule=strong.rule,
        named=strong.named,
        due_on=day_of(care, visit.at) + timedelta(days=WITHIN_DAYS),
    )

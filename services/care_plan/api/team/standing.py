"""Who stands in for whom, as pages say it: changes of care teams that are approved and still to come."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.care_plan.domain.care.arranged import Arranged

DAY = timedelta(days=1)


class StandIn(NamedTuple):
    """From one day on somebody takes another's place: to a last day, after which it is as before, or for good."""

    on: date
    until: date | None
    joins: str
    leaves: str


def stand_ins(arranged: Sequence[Arranged]) -> list[StandIn]:
    """What is arranged, the first day first; a stand-in and the way back are one line."""
    return list(_lines(sorted(arranged, key=lambda one: one.on)))


def _lines(arranged: Sequence[Arranged]) -> Iterator[StandIn]:
    told: set[UUID] = set()
    for one in arranged:
        if one.arranged_id not in told:
            back = _back_of(one, arranged)
            told.update({back.arranged_id} if back else ())
            yield StandIn(one.on, back.on - DAY if back else None, one.joins.name, one.leaves.name)


def _back_of(there: Arranged, arranged: Sequence[Arranged]) -> Arranged | None:
    """The change that undoes this one, if it is to come as well."""
    pair = (there.joins.clinician_id, there.leaves.clinician_id)
    undoing = (each for each in arranged if (each.leaves.clinician_id, each.joins.clinician_id) == pair)
    return next((each for each in undoing if each.on > there.on), None)

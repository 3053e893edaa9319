"""Puts a clinician's visits of today in an order, with the way before each and what the family was told.

The hours are booked and families know them: none is moved by more than the window that the family hears. So few orders
are left that the best is found while the page waits (15 ms for ten visits), without a process of its own.
"""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from carebus.contracts.care_plan import Hours, VisitMode
from carebus.contracts.people import Address
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.routes import MIDNIGHT, Day, DayAsked, ToVisit, lay_out
from services.care_plan.domain.visits.arriving import AROUND_MINUTES, family_window
from services.care_plan.store.days import OfDay
from services.care_plan.store.rulesets import day_rules, travel_rules

MOST_LAID = 10
"""So many visits are laid out as well as trying every order; a longer day stays as it is booked."""
NOWHERE = Address()


class Timed(NamedTuple):
    """A visit of today with its times as the clock there shows them.

    way: in words; empty for calls, and where it is not reckoned.
    """

    visit: OfDay
    care: Care
    starts: str
    booked: str
    family: str
    way: str
    fits: bool


class Laid(NamedTuple):
    """A day in its order. `lunch`: when it begins; `on_the_way`: minutes of all ways, None when it was not laid out."""

    visits: list[Timed]
    lunch: str
    on_the_way: int | None


def laid(
    visits: Sequence[tuple[OfDay, Care]], clinician: Clinician, on: date, zone: tzinfo, own: Path | None = None
) -> Laid:
    """The visits that are made on this day, in the order of the best way through their windows.

    own: the folder of an operator's own numbers.
    """
    if not visits:
        return Laid([], "", None)
    if len(visits) > MOST_LAID:
        return Laid([_as_booked(visit, care, zone, fits=True) for visit, care in visits], "", None)
    day = lay_out(_asked(visits, clinician, on, zone, own))
    of = {visit.visit_id: (visit, care) for visit, care in visits}
    driven = [_as_laid(of[stop.visit_id], stop.starts, _way(of[stop.visit_id][0], day, n), zone)
              for n, stop in enumerate(day.stops)]  # fmt: skip
    left = [_as_booked(*of[one.visit_id], zone, fits=False) for one in day.left_out]
    lunch = "" if day.lunch is None else _clock(day.lunch)
    return Laid(sorted([*driven, *left], key=lambda one: one.starts), lunch, day.travel_minutes)


def _asked(
    visits: Sequence[tuple[OfDay, Care]], clinician: Clinician, on: date, zone: tzinfo, own: Path | None
) -> DayAsked:
    to_visit, here = [], NOWHERE
    for visit, care in visits:
        if visit.mode is VisitMode.HOME:
            here = _address(care)
        to_visit.append(_window(visit, here, zone))  # a call is made from wherever one is
    booked = [_minute(visit.starts_at, zone) for visit, _ in visits]
    ends = [at + visit.minutes for at, (visit, _) in zip(booked, visits, strict=True)]
    opens, closes = _hours(clinician.hours_on(on), min(booked), max(ends))
    return DayAsked(
        opens=opens,
        closes=closes,
        area=clinician.area,
        visits=tuple(to_visit),
        rules=day_rules(own),
        travel=travel_rules(own),
    )


def _window(visit: OfDay, address: Address, zone: tzinfo) -> ToVisit:
    """It begins within what the family hears."""
    at = _minute(visit.starts_at, zone)
    earliest, latest = max(0, at - AROUND_MINUTES), min(MIDNIGHT, at + AROUND_MINUTES)
    return ToVisit(visit_id=visit.visit_id, minutes=visit.minutes, earliest=earliest, latest=latest, address=address)


def _hours(worked: Hours | None, first: int, last: int) -> tuple[int, int]:
    """The clinician's hours, and longer where a visit was booked outside of them."""
    opens, closes = (worked.opens, worked.closes) if worked else (first, last)
    return min(opens, first), min(MIDNIGHT, max(closes, last))


def _way(visit: OfDay, day: Day, n: int) -> str:
    if visit.mode is not VisitMode.HOME:
        return ""
    stop = day.stops[n]
    return "not known" if stop.km_before is None else f"{stop.minutes_before} min, {stop.km_before:.0f} km"


def _as_laid(of: tuple[OfDay, Care], starts: int, way: str, zone: tzinfo) -> Timed:
    visit, care = of
    booked = _as_booked(visit, care, zone, fits=True)
    return booked if visit.outcome else booked._replace(starts=_clock(starts), way=way)


def _as_booked(visit: OfDay, care: Care, zone: tzinfo, *, fits: bool) -> Timed:
    at = _minute(visit.starts_at, zone)
    first, last = family_window(at)
    return Timed(visit, care, _clock(at), _clock(at), f"{_clock(first)} to {_clock(last)}", "", fits)


def _address(care: Care) -> Address:
    assert care.patient is not None, "who is in care is known"
    return care.patient.address


def _minute(at: datetime, zone: tzinfo) -> int:
    there = at.astimezone(zone)
    return there.hour * 60 + there.minute


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"

"""A day's order is as good as trying every order, keeps windows and lunch, and leaves out only what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.care_plan import HomeArea
from carebus.contracts.people import Address
from services.care_plan.domain.team.routes import Day, DayAsked, ToVisit, lay_out
from services.care_plan.domain.team.travel import place_of
from services.care_plan.store.rulesets import day_rules
from tests.care_plan.team.invented import CODES, TRAVEL

RULES = day_rules()
NINE, FIVE, HOUR = 540, 1020, 60


def visit(n: int, *, code: str = "10001", minutes: int = HOUR, **more: Any) -> ToVisit:
    return ToVisit(visit_id=UUID(int=n), minutes=minutes, address=Address(postal_code=code), **more)


def day(visits: list[ToVisit], *, opens: int = NINE, closes: int = FIVE, code: str = "10001") -> DayAsked:
    return DayAsked(
        opens=opens, closes=closes, area=HomeArea(postal_code=code), visits=tuple(visits), rules=RULES, travel=TRAVEL
    )


@st.composite
def days(draw: st.DrawFn) -> DayAsked:
    """Days of up to five visits, with windows that need not be possible."""
    visits = [
        visit(
            n,
            code=draw(st.sampled_from(CODES)),
            minutes=draw(st.sampled_from([30, 60, 90, 120])),
            earliest=(earliest := draw(st.integers(8, 16)) * HOUR),
            latest=min(earliest + draw(st.integers(0, 6)) * HOUR, 1440),
            urgent=draw(st.booleans()),
        )
        for n in range(draw(st.integers(0, 5)))
    ]
    return day(visits, closes=draw(st.sampled_from([FIVE, 900, 780])), code=draw(st.sampled_from(CODES)))


def minutes_between(asked: DayAsked, here: ToVisit | None, there: ToVisit | None) -> int:
    def place(of: ToVisit | None) -> Any:
        if of is not None:
            return place_of(of.address.postal_code, "", "")
        assert asked.area is not None
        return place_of(asked.area.postal_code, "", "")

    return asked.travel.between(place(here), place(there)).minutes


def tried(asked: DayAsked, order: tuple[ToVisit, ...], lunch_before: int | None) -> tuple[int, int] | None:
    """How long the ways of this order are and when it ends, each visit as early as can be; None: impossible."""
    at, ways, here = asked.opens, 0, None
    for n, one in enumerate(order):
        way = minutes_between(asked, here, one)
        arrives = at if here is None else at + way
        if n == lunch_before:
            noons = range(max(at, RULES.lunch_from), RULES.lunch_latest + 1)
            # a lunch on the way makes the way longer by itself; one after the way begins when it begins
            after = [(max(arrives, noon)) + RULES.lunch_minutes for noon in noons]
            if not after:
                return None
            arrives = min(after)
        starts = max(arrives, one.earliest)
        if starts > one.latest or starts + one.minutes > asked.closes:
            return None
        at, ways, here = starts + one.minutes, ways + way, one
    if lunch_before is None and RULES.needs_lunch(asked.opens, asked.closes) and at > RULES.lunch_latest:
        return None
    return ways + (minutes_between(asked, here, None) if here else 0), at


def every(asked: DayAsked) -> Iterator[tuple[int, int, int, int]]:
    """What every order of every part of the visits is worth."""
    for many in range(1, len(asked.visits) + 1):
        for order in permutations(asked.visits, many):
            left = [one for one in asked.visits if one not in order]
            for lunch in (None, *range(many)) if RULES.needs_lunch(asked.opens, asked.closes) else (None,):
                if found := tried(asked, order, lunch):
                    yield sum(one.urgent for one in left), len(left), *found


def worth(asked: DayAsked, found: Day) -> tuple[int, int, int, int]:
    left = {each.visit_id for each in found.left_out}
    urgent = sum(one.urgent for one in asked.visits if one.visit_id in left)
    return urgent, len(left), found.travel_minutes, found.stops[-1].ends if found.stops else 0


@given(days())
@settings(max_examples=150, deadline=None)
def test_it_is_as_good_as_trying_every_order(asked: DayAsked) -> None:
    found = lay_out(asked)
    best = min(every(asked), default=None)
    assert (worth(asked, found) == best) if best else not found.stops


@given(days())
@settings(max_examples=150, deadline=None)
def test_windows_hours_ways_and_lunch_are_kept(asked: DayAsked) -> None:
    found = lay_out(asked)
    by_id = {one.visit_id: one for one in asked.visits}
    at, here = asked.opens, None
    for stop in found.stops:
        one = by_id[stop.visit_id]
        assert one.earliest <= stop.starts <= one.latest
        assert stop.ends == stop.starts + one.minutes <= asked.closes
        free = stop.starts - at - (minutes_between(asked, here, one) if here else 0)
        assert free >= (RULES.lunch_minutes if found.lunch is not None and at <= found.lunch < stop.starts else 0)
        assert stop.minutes_before == minutes_between(asked, here, one)
        at, here = stop.ends, one
    if RULES.needs_lunch(asked.opens, asked.closes) and found.stops and at > RULES.lunch_latest:
        assert found.lunch is not None
    if found.lunch is not None:
        assert RULES.lunch_from <= found.lunch <= RULES.lunch_latest
        assert not any(stop.starts < found.lunch < stop.ends for stop in found.stops)


def test_a_day_with_a_long_way_goes_there_once() -> None:
    found = lay_out(day([visit(1), visit(2, code="12207"), visit(3), visit(4, code="12207")], closes=1200))
    assert found.left_out == ()
    orders = [[stop.visit_id.int for stop in found.stops]]
    assert orders[0] in ([1, 3, 2, 4], [1, 3, 4, 2], [3, 1, 2, 4], [3, 1, 4, 2], [2, 4, 1, 3], [2, 4, 3, 1],
                         [4, 2, 1, 3], [4, 2, 3, 1])  # fmt: skip


def test_what_is_left_out_is_named_with_why_and_urgent_visits_come_before_others() -> None:
    found = lay_out(day([*(visit(n) for n in range(8)), visit(8, urgent=True), visit(9, earliest=1200)]))
    assert {each.why for each in found.left_out if each.visit_id.int == 9} == {"Its time lies outside of the hours."}
    assert {each.why for each in found.left_out if each.visit_id.int != 9} == {
        "There is no time for it beside the others."
    }
    assert 8 in {stop.visit_id.int for stop in found.stops}


def test_a_place_that_is_not_known_is_a_guess_and_says_so() -> None:
    found = lay_out(day([visit(1), visit(2, code="")]))
    known = {stop.visit_id.int: stop.km_before is not None for stop in found.stops}
    assert known[2] is False
    assert {stop.minutes_before for stop in found.stops if stop.visit_id.int == 2} == {TRAVEL.minutes_when_not_known}


def test_more_visits_than_can_all_be_weighed_are_laid_out_too() -> None:
    found = lay_out(day([visit(n, minutes=15, code=CODES[n % 3]) for n in range(14)]))
    assert len(found.stops) == 14


def test_a_day_without_visits_is_empty() -> None:
    assert lay_out(day([])) == Day(stops=(), lunch=None, travel_minutes=0)

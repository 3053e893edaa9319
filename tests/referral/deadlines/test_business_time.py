"""Office time: it passes while the office is open, in its own zone, and at no other time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.deadlines.business_time import Calendar, NeverOpen, add, between

EAST = ZoneInfo("America/New_York")
OFFICE = Calendar()
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
SPANS = st.integers(0, 60 * 9 * 30).map(lambda minutes: timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EAST)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 09:00", 1, "2026-03-02 10:00"),
        ("2026-03-02 16:30", 1, "2026-03-03 08:30"),
        ("2026-03-06 16:30", 1, "2026-03-09 08:30"),  # over a weekend, on which the clocks go forward
        ("2026-03-07 12:00", 1, "2026-03-09 09:00"),
        ("2026-07-02 16:00", 2, "2026-07-06 09:00"),  # the fourth of July is kept on the third
        ("2026-11-25 16:00", 18, "2026-11-30 16:00"),  # Thanksgiving; the Friday after it is a working day
        ("2026-03-02 05:00", 9, "2026-03-02 17:00"),
        ("2026-12-31 09:00", 9, "2027-01-04 09:00"),
    ],
)
def test_so_many_office_hours_later(start: str, hours: int, end: str) -> None:
    assert add(at(start), timedelta(hours=hours), OFFICE) == at(end)


def test_a_day_of_its_own_on_which_the_office_is_closed() -> None:
    closed = Calendar(closed_on=frozenset({date(2026, 3, 3)}))
    assert add(at("2026-03-02 16:00"), timedelta(hours=2), closed) == at("2026-03-04 09:00")


def test_the_offices_zone_counts_and_not_that_of_the_clock() -> None:
    west = Calendar(zone=ZoneInfo("America/Los_Angeles"))
    assert add(at("2026-03-02 09:00"), timedelta(hours=1), west) == at("2026-03-02 12:00")


def test_an_office_that_never_opens_is_said_so() -> None:
    with pytest.raises(NeverOpen):
        add(at("2026-03-02 09:00"), timedelta(hours=1), Calendar(weekdays=frozenset()))


@given(TIMES, SPANS)
def test_what_is_added_has_passed_between(start: datetime, span: timedelta) -> None:
    assert between(start, add(start, span, OFFICE), OFFICE) == span


@given(TIMES, SPANS, SPANS)
def test_two_spans_one_after_the_other_are_their_sum(start: datetime, one: timedelta, two: timedelta) -> None:
    assert add(add(start, one, OFFICE), two, OFFICE) == add(start, one + two, OFFICE)


@given(TIMES, st.integers(0, 60 * 24 * 60), st.integers(0, 60 * 24 * 60))
def test_time_between_grows_and_adds_up(start: datetime, one: int, two: int) -> None:
    middle, end = start + timedelta(minutes=one), start + timedelta(minutes=one + two)
    assert between(start, middle, OFFICE) + between(middle, end, OFFICE) == between(start, end, OFFICE)
    assert between(start, end, OFFICE) <= end - start


@given(TIMES, st.integers(1, 500))
def test_more_than_no_time_ends_while_the_office_is_open(start: datetime, minutes: int) -> None:
    end = add(start, timedelta(minutes=minutes), OFFICE)
    opens, closes = OFFICE.hours(end.astimezone(EAST).date())
    assert OFFICE.is_open_on(end.astimezone(EAST).date())
    assert opens < end <= closes

"""Families hear between which whole quarters of an hour somebody comes; a call is made at its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import VisitMode
from services.care_plan.domain.visits.arriving import arrival, family_window

ZONES = ["America/New_York", "America/Phoenix", "Pacific/Honolulu", "America/St_Johns", "Asia/Kathmandu"]
times = st.integers(0, 20 * 366 * 24 * 60).map(
    lambda minute: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


def test_it_is_half_an_hour_around_the_time_in_whole_quarters() -> None:
    assert family_window(600) == (570, 630)
    assert family_window(607) == (570, 645)
    assert family_window(10) == (0, 45)


@given(times, st.sampled_from(ZONES))
def test_it_is_the_same_on_every_clock_and_holds_the_whole_time_a_route_may_take(at: datetime, zone: str) -> None:
    window = arrival(at, VisitMode.HOME)
    assert window is not None
    first, last = window
    half, quarter = timedelta(minutes=30), timedelta(minutes=15)
    at = at.replace(second=0, microsecond=0)
    assert at - half - quarter < first <= at - half
    assert at + half <= last < at + half + quarter
    assert {each.astimezone(ZoneInfo(zone)).minute % 15 for each in window} == {0}


@pytest.mark.parametrize("mode", [VisitMode.PHONE, VisitMode.VIDEO])
def test_a_call_has_none(mode: VisitMode) -> None:
    assert arrival(datetime(2026, 3, 3, 15, tzinfo=UTC), mode) is None

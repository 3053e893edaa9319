"""The breaker: a few bad events pass, a bad deploy does not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.subscribing.breaker import FEWEST, WINDOW, Breaker, MostEventsFail

BATCHES = st.lists(st.lists(st.booleans(), max_size=60), max_size=12)


@given(BATCHES)
def test_it_stops_when_most_of_what_was_lately_tried_failed_and_not_before(batches: list[list[bool]]) -> None:
    breaker, committed = Breaker(), list[bool]()
    for batch in batches:
        tried = committed[-WINDOW:] + batch
        failed = tried.count(False)
        if failed >= FEWEST and failed > len(tried) / 2:
            with pytest.raises(MostEventsFail):
                breaker.check(batch)
        else:
            breaker.check(batch)
            breaker.remember(batch)
            committed += batch


@given(st.lists(st.booleans(), max_size=300))
def test_a_check_changes_nothing(outcomes: list[bool]) -> None:
    breaker = Breaker()
    for _ in range(5):
        with suppress(MostEventsFail):
            breaker.check(outcomes)
    breaker.check([True] * 10)


def test_a_few_failures_at_the_very_start_stop_nobody() -> None:
    Breaker().check([False] * (FEWEST - 1))
    with pytest.raises(MostEventsFail):
        Breaker().check([False] * FEWEST)


def test_failures_of_long_ago_are_forgotten() -> None:
    breaker = Breaker()
    breaker.remember([False] * (FEWEST - 1))
    breaker.remember([True] * WINDOW)
    breaker.check([False] * (FEWEST - 1))

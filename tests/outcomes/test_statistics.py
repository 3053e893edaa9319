"""The statistics agree with tables, with integration and with the standard library, and stay within bounds."""

from __future__ import annotations

from math import exp, lgamma, pi, sqrt
from statistics import NormalDist, mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.statistics import Sums, paired_change, student_t, wilson

PAIRS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=200)


def sums(pairs: list[tuple[int, int]]) -> Sums:
    change = [latest - first for first, latest in pairs]
    return Sums(len(pairs), sum(f for f, _ in pairs), sum(t for _, t in pairs), sum(change), sum(c * c for c in change))


@pytest.mark.parametrize(
    ("freedom", "t"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_students_t_is_that_of_the_printed_tables(freedom: int, t: float) -> None:
    assert student_t(0.95, freedom) == pytest.approx(t, abs=1e-4)


@pytest.mark.parametrize("freedom", [3, 4, 7, 15, 60, 500])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_students_t_holds_its_share_of_the_distribution(freedom: int, level: float) -> None:
    assert _within(student_t(level, freedom), freedom) == pytest.approx(level, abs=1e-5)


def _within(t: float, freedom: int, steps: int = 4000) -> float:
    """The area between -t and t under Student's density, by Simpson's rule."""
    factor = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    at: list[float] = [factor * (1 + (n * t / steps) ** 2 / freedom) ** (-(freedom + 1) / 2) for n in range(steps + 1)]
    return 2 * t / steps / 3 * (at[0] + at[-1] + 4 * sum(at[1:-1:2]) + 2 * sum(at[2:-1:2]))


@settings(deadline=None)
@given(PAIRS)
def test_a_paired_change_is_that_of_the_plain_formulas(pairs: list[tuple[int, int]]) -> None:
    change = paired_change(sums(pairs))
    differences = [latest - first for first, latest in pairs]
    assert change is not None
    assert change.mean == pytest.approx(mean(differences))
    assert change.mean == pytest.approx(change.mean_latest - change.mean_first)
    if len(pairs) == 1:
        assert change.low is change.high is None
        return
    assert change.low is not None
    assert change.high is not None
    half = student_t(0.95, len(pairs) - 1) * stdev(differences) / sqrt(len(pairs))
    assert [change.low, change.high] == pytest.approx([change.mean - half, change.mean + half])


def test_a_change_of_nobody_is_none() -> None:
    assert paired_change(Sums(0, 0, 0, 0, 0)) is None


def test_wilsons_interval_of_the_nurse_lines_claim_does_not_show_less_than_two_percent() -> None:
    low, high = wilson(540, 27_000) or (0, 0)
    assert [low, high] == pytest.approx([0.0184, 0.0217], abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_solves_its_own_equation(drawn: tuple[int, int]) -> None:
    count, n = drawn
    low, high = wilson(count, n) or (1.0, 0.0)
    assert 0 <= low <= count / n <= high <= 1
    z = NormalDist().inv_cdf(0.975)
    for end in (low, high):
        if 0 < end < 1:
            assert abs(count / n - end) == pytest.approx(z * sqrt(end * (1 - end) / n), rel=1e-6, abs=1e-9)


def test_a_share_of_nobody_is_none() -> None:
    assert wilson(0, 0) is None

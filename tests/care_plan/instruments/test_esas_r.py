"""The scores: bands, sums that need every answer, and the differences that matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import EsasR
from services.care_plan.domain.instruments.akps import AKPS
from services.care_plan.domain.instruments.esas_r import (
    EMOTIONAL,
    ESAS_ITEMS,
    PHYSICAL,
    SCALES,
    TOTAL,
    band,
    change,
    total,
)
from services.care_plan.domain.instruments.scoring import Band, Change

SCORE = st.none() | st.integers(0, 10)
ANSWERS = st.builds(EsasR, **dict.fromkeys(ESAS_ITEMS, SCORE))
FULL = st.builds(EsasR, **dict.fromkeys(ESAS_ITEMS, st.integers(0, 10)))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((0,), Band.NONE), ((1, 2, 3), Band.MILD), ((4, 5, 6), Band.MODERATE), ((7, 8, 9, 10), Band.SEVERE)],
)
def test_bands_are_those_of_selby(scores: tuple[int, ...], expected: Band) -> None:
    assert {band(score) for score in scores} == {expected}


def test_what_was_not_answered_has_no_band() -> None:
    assert band(None) is None


def test_the_scales_have_their_published_items_and_highest_sums() -> None:
    assert {name: scale.most for name, scale in SCALES.items()} == {"physical": 60, "emotional": 20, "total": 90}
    assert set(TOTAL) == set(ESAS_ITEMS)
    assert set(TOTAL) - set(PHYSICAL) - set(EMOTIONAL) == {"wellbeing"}
    assert not set(PHYSICAL) & set(EMOTIONAL)


@given(FULL)
def test_full_answers_sum_up_within_bounds(answers: EsasR) -> None:
    sums = {name: total(answers, scale) for name, scale in SCALES.items()}
    assert all(value is not None and 0 <= value <= SCALES[name].most for name, value in sums.items())
    assert sums["total"] == sum(answers.model_dump().values())
    assert sums["total"] == (sums["physical"] or 0) + (sums["emotional"] or 0) + (answers.wellbeing or 0)


@given(ANSWERS)
def test_a_sum_is_known_only_when_all_its_items_are(answers: EsasR) -> None:
    for scale in SCALES.values():
        missing = any(getattr(answers, item) is None for item in scale.items)
        assert (total(answers, scale) is None) == missing
    assert total(None, SCALES["total"]) is None


@pytest.mark.parametrize(
    ("name", "before", "now", "expected"),
    [
        ("physical", 20, 17, Change.BETTER),
        ("physical", 20, 18, Change.SAME),
        ("physical", 20, 23, Change.SAME),
        ("physical", 20, 24, Change.WORSE),
        ("emotional", 8, 6, Change.BETTER),
        ("emotional", 8, 7, Change.SAME),
        ("emotional", 8, 9, Change.WORSE),
        ("total", 40, 37, Change.BETTER),
        ("total", 40, 43, Change.SAME),
        ("total", 40, 44, Change.WORSE),
        ("total", None, 44, None),
        ("total", 44, None, None),
    ],
)
def test_a_change_matters_from_the_published_differences(
    name: str, before: int | None, now: int | None, expected: Change | None
) -> None:
    assert change(before, now, SCALES[name]) is expected


def test_the_akps_has_ten_levels_of_the_living() -> None:
    assert list(AKPS) == list(range(100, 0, -10))

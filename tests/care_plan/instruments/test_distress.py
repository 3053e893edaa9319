"""The distress thermometer by Jacobsen et al. 2005, the ZBI-12 by published cut-offs and an open implementation."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import DistressThermometer, Zbi12
from services.care_plan.domain.instruments import INSTRUMENTS, Band
from tests.care_plan.instruments.asking import refused, scored

TOPICS = tuple(item.code for item in INSTRUMENTS["zbi_12"].items)


def burden(*scores: int | None) -> Zbi12:
    return Zbi12.model_validate(dict(zip(TOPICS, scores, strict=True)))


@pytest.mark.parametrize(
    ("score", "band"), [(0, Band.NEGATIVE), (3, Band.NEGATIVE), (4, Band.POSITIVE), (10, Band.POSITIVE)]
)
def test_distress_screens_positive_from_four(score: int, band: Band) -> None:
    """Jacobsen et al. 2005: "a DT cutoff score of 4 had optimal sensitivity and specificity"."""
    assert scored("distress", distress_thermometer=DistressThermometer(distress=score)).band is band


@pytest.mark.parametrize(
    ("scores", "total"),
    [
        pytest.param((0,) * 12, 0, id="awell-score zarit_12, min"),
        pytest.param((2,) * 12, 24, id="awell-score zarit_12, median"),
        pytest.param((4,) * 12, 48, id="awell-score zarit_12, max"),
        pytest.param((4, 2, 1, 0, 1, 2, 3, 4, 0, 1, 2, 0), 20, id="awell-score zarit_12, random"),
    ],
)
def test_burden_is_the_sum_that_an_open_implementation_tests(scores: tuple[int, ...], total: int) -> None:
    assert scored("total", zbi_12=burden(*scores)).score == total


@pytest.mark.parametrize(
    ("total", "band"),
    [(12, Band.NONE), (13, Band.MODERATE), (16, Band.MODERATE), (17, Band.SEVERE), (48, Band.SEVERE)],
)
def test_burden_begins_at_thirteen_and_is_high_from_seventeen(total: int, band: Band) -> None:
    """PMC6497029: "a cut-off score of 13 points on the ZBI-12 is suggested"; 17 after Bédard 2001, not confirmed."""
    spread = [min(4, max(0, total - 4 * place)) for place in range(12)]
    assert scored("total", zbi_12=burden(*spread)).band is band


def test_one_topic_unanswered_leaves_the_burden_unknown() -> None:
    """awell-score zarit_12: "All questions should be answered in order to calculate a score"."""
    found = scored("total", zbi_12=burden(None, *(4,) * 11))
    assert (found.score, found.band, found.missing) == (None, None, ("own_time",))


@pytest.mark.parametrize("code", ["zbi_12", "distress_thermometer"])
def test_only_topics_are_named(code: str) -> None:
    instrument = INSTRUMENTS[code]
    assert not instrument.wording.free
    assert all(len(item.label.split()) <= 2 for item in instrument.items)


def test_what_is_beyond_a_scale_is_refused_by_name() -> None:
    assert refused(zbi_12={"anger": 5}) == ["zbi_12.anger: Input should be less than or equal to 4"]
    [found] = refused(distress_thermometer={"distress": 11})
    assert found.startswith("distress_thermometer.distress: ")

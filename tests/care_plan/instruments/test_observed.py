"""What staff observe and stage: PAINAD, AKPS, NYHA class, FAST stage."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import Assessments, Fast, FastStage, Nyha, Painad
from services.care_plan.domain.instruments import INSTRUMENTS, Band, results
from tests.care_plan.instruments.asking import refused, scored

BEHAVIOURS = tuple(item.code for item in INSTRUMENTS["painad"].items)


def observed(*scores: int | None) -> Painad:
    return Painad.model_validate(dict(zip(BEHAVIOURS, scores, strict=True)))


def test_observed_pain_is_the_sum_of_points() -> None:
    """medicalalgorithms.com, Warden et al.: "total score = SUM(points for all 5 parameters)", 0 to 10.

    Noisy laboured breathing 2, an occasional moan 1, grimacing 2, rigid 2, can't be consoled 2.
    """
    found = scored("total", painad=observed(2, 1, 2, 2, 2))
    assert (found.score, found.most, found.band) == (9, 10, Band.SEVERE)


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, Band.NONE), (1, Band.MILD), (3, Band.MILD), (4, Band.MODERATE), (6, Band.MODERATE), (7, Band.SEVERE)],
)
def test_observed_pain_has_its_possible_reading(total: int, band: Band) -> None:
    """Wikipedia, quoting: "A possible interpretation ...: 1-3=mild pain; 4-6=moderate pain; 7-10=severe pain"."""
    spread = [min(2, max(0, total - 2 * place)) for place in range(5)]
    assert scored("total", painad=observed(*spread)).band is band


def test_a_behaviour_not_observed_leaves_pain_unknown() -> None:
    assert scored("total", painad=observed(2, 2, 2, 2, None)).score is None


@pytest.mark.parametrize(("level", "means"), [(1, "No limitation"), (2, "Slight limitation"), (4, "Symptoms at rest")])
def test_a_class_means_what_the_new_york_heart_association_says(level: int, means: str) -> None:
    """Documentation of the R package cliot, after the Criteria Committee 1994: classes 1, 2 and 4."""
    [item] = INSTRUMENTS["nyha"].items
    assert {choice.value: choice.label for choice in item.choices}[level] == means
    assert scored("functional_class", nyha=Nyha(functional_class=level)).score == level


def test_the_fast_has_sixteen_stages() -> None:
    """Axxess on the local coverage determination: "The FAST scale is a 16-item scale"."""
    assert len(FastStage) == 16
    assert [stage.value for stage in FastStage if stage.value > "6"] == [
        *("6a", "6b", "6c", "6d", "6e"),
        *("7a", "7b", "7c", "7d", "7e", "7f"),
    ]
    assert scored("stage", fast=Fast(stage=FastStage.SEVEN_C)).answer == "7c"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"akps": 55}, "akps: Input should be a multiple of 10"),
        ({"nyha": {"functional_class": 5}}, "nyha.functional_class: Input should be less than or equal to 4"),
        ({"nyha": {"functional_class": 0}}, "nyha.functional_class: Input should be greater than or equal to 1"),
        ({"painad": {"breathing": 3}}, "painad.breathing: Input should be less than or equal to 2"),
    ],
)
def test_a_level_that_there_is_not_is_refused_by_name(answers: dict[str, object], expected: str) -> None:
    assert refused(**answers) == [expected]


@pytest.mark.parametrize("stage", ["6", "7", "6f", "7g", "0"])
def test_a_stage_that_there_is_not_is_refused_by_name(stage: str) -> None:
    [found] = refused(fast={"stage": stage})
    assert found.startswith("fast.stage: Input should be '1', '2'")


def test_performance_of_60_is_60_of_100() -> None:
    [found] = results(Assessments(akps=60))
    assert (found.score, found.most, found.band) == (60, 100, None)

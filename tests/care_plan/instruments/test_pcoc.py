"""The instruments of PCOC, by the data dictionary and the measures that AIHW publishes."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import EsasR, Pcpss, Phase, RugAdl, Sas
from services.care_plan.domain.instruments import Band
from tests.care_plan.instruments.asking import refused, scored


@pytest.mark.parametrize(
    ("scores", "band"),
    [((0,), Band.NONE), ((1, 2, 3), Band.MILD), ((4, 5, 6, 7), Band.MODERATE), ((8, 9, 10), Band.SEVERE)],
)
def test_distress_has_the_bands_of_measure_1_1_of_aihw(scores: tuple[int, ...], band: Band) -> None:
    """AIHW: "absent (0), mild (1-3), moderate (4-7) and severe (8-10) (Daveson et al. 2021)"."""
    assert {scored("pain", sas=Sas(pain=score)).band for score in scores} == {band}


def test_a_seven_is_moderate_distress_but_a_severe_symptom() -> None:
    assert scored("pain", sas=Sas(pain=7)).band is Band.MODERATE
    assert scored("pain", esas_r=EsasR(pain=7)).band is Band.SEVERE


def test_each_distress_cites_its_own_rule() -> None:
    assert "Daveson" in scored("pain", sas=Sas(pain=7)).rule
    assert "Selby" in scored("pain", esas_r=EsasR(pain=7)).rule


@pytest.mark.parametrize(
    ("score", "band"), [(0, Band.NONE), (1, Band.MILD), (2, Band.MODERATE), (3, Band.SEVERE), (None, None)]
)
def test_a_problem_has_the_levels_of_measure_1_2_of_aihw(score: int | None, band: Band | None) -> None:
    """AIHW: "The scores are 0 – absent, 1 – mild, 2 – moderate and 3 – severe (Masso et al. 2016)"."""
    found = scored("psychological_spiritual", pcpss=Pcpss(pain=0, psychological_spiritual=score))
    assert (found.score, found.band) == (score, band)


@pytest.mark.parametrize(
    ("movements", "eating", "expected"), [((1, 1, 1), 1, 4), ((5, 5, 5), 3, 18), ((3, 4, 5), 2, 14)]
)
def test_dependence_is_the_sum_that_meteor_446314_defines(
    movements: tuple[int, int, int], eating: int, expected: int
) -> None:
    """METeOR: "Scores are summed ... a minimum 4 and maximum 18"."""
    bed, toilet, transfer = movements
    answers = RugAdl.model_validate({"bed_mobility": bed, "toileting": toilet, "transfer": transfer, "eating": eating})
    assert scored("total", rug_adl=answers).score == expected


def test_a_missing_activity_leaves_dependence_unknown_and_does_not_count_as_0() -> None:
    """Some copies of the RUG-ADL say "treated as a zero score in the total"; that would make somebody independent."""
    answers = RugAdl.model_validate({"bed_mobility": 5, "toileting": 5, "transfer": 5})
    found = scored("total", rug_adl=answers)
    assert (found.score, found.missing) == (None, ("eating",))


@pytest.mark.parametrize("movement", ["bed_mobility", "toileting", "transfer"])
@pytest.mark.parametrize("level", [0, 2, 6])
def test_a_movement_has_no_level_but_1_3_4_and_5(movement: str, level: int) -> None:
    """METeOR: "a score of 2 is not valid"."""
    assert refused(rug_adl={movement: level}) == [f"rug_adl.{movement}: Input should be 1, 3, 4 or 5"]


@pytest.mark.parametrize("level", [0, 4, 5])
def test_eating_has_levels_1_to_3(level: int) -> None:
    """METeOR: "Note: a score of 4 or 5 is not valid"."""
    [found] = refused(rug_adl={"eating": level})
    assert found.startswith("rug_adl.eating: Input should be ")


def test_a_phase_is_an_answer_without_a_number() -> None:
    found = scored("phase", phase=Phase.UNSTABLE)
    assert (found.answer, found.score, found.band) == ("unstable", None, None)


@pytest.mark.parametrize("answers", [{"sas": {"pain": 11}}, {"sas": {"bowels": -1}}, {"pcpss": {"pain": 4}}])
def test_what_is_beyond_a_scale_is_refused_by_name(answers: dict[str, dict[str, int]]) -> None:
    [(instrument, items)] = answers.items()
    [found] = refused(**answers)
    assert found.startswith(f"{instrument}.{next(iter(items))}: Input should be ")

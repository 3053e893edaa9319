"""The PHQ-9 and PHQ-2, by published papers and by examples of implementation guides."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import Assessments, Phq9
from services.care_plan.domain.instruments import INSTRUMENTS, Band, Change, compared
from tests.care_plan.instruments.asking import refused, scored

ITEMS = tuple(item.code for item in INSTRUMENTS["phq_9"].items)


def answered(*scores: int | None) -> Phq9:
    return Phq9.model_validate(dict(zip(ITEMS, scores, strict=True)))


@pytest.mark.parametrize(
    ("scores", "total", "band"),
    [
        pytest.param((1, 1, 2, 1, 0, 1, 1, 0, 0), 7, Band.MILD, id="PACIO sample-data-fsh, PHQ9Example1"),
        pytest.param((1, 1, 1, 1, 0, 1, 1, 0, 0), 6, Band.MILD, id="PACIO sample-data-fsh, PHQ9Example2"),
        pytest.param((1, 0, 2, 0, 1, 0, 0, 0, 0), 4, Band.NONE, id="learn8.cc, question 4LLWDg679x"),
    ],
)
def test_published_answers_come_to_their_published_sum(scores: tuple[int, ...], total: int, band: Band) -> None:
    found = scored("phq_9", phq_9=answered(*scores))
    assert (found.score, found.band) == (total, band)


@pytest.mark.parametrize(
    ("first", "last", "band"),
    [
        (0, 4, Band.NONE),
        (5, 9, Band.MILD),
        (10, 14, Band.MODERATE),
        (15, 19, Band.MODERATELY_SEVERE),
        (20, 27, Band.SEVERE),
    ],
)
def test_severity_has_the_bands_of_kroenke_2001(first: int, last: int, band: Band) -> None:
    for total in (first, last):
        spread = [min(3, max(0, total - 3 * place)) for place in range(len(ITEMS))]
        assert scored("phq_9", phq_9=answered(*spread)).band is band


@pytest.mark.parametrize(
    ("first", "second", "band"), [(1, 1, Band.NEGATIVE), (3, 0, Band.POSITIVE), (3, 3, Band.POSITIVE)]
)
def test_the_first_two_screen_positive_from_three(first: int, second: int, band: Band) -> None:
    """Kroenke et al. 2003: "a PHQ-2 score of 3 as the optimal cutpoint for screening purposes"."""
    assert scored("phq_2", phq_9=Phq9(interest=first, feeling_down=second)).band is band


def test_a_phq_2_alone_has_no_phq_9() -> None:
    found = scored("phq_9", phq_9=Phq9(interest=3, feeling_down=3))
    assert (found.score, found.band, len(found.missing)) == (None, None, 7)


@pytest.mark.parametrize(
    ("now", "expected"), [(5, Change.BETTER), (6, Change.SAME), (14, Change.SAME), (15, Change.WORSE)]
)
def test_a_change_matters_from_five_points(now: int, expected: Change) -> None:
    """Löwe et al. 2004: its minimal clinically important difference "was 5 points on the 0 to 27 point PHQ-9 scale"."""
    then, later = (
        Assessments(phq_9=answered(*(min(3, max(0, total - 3 * place)) for place in range(9)))) for total in (10, now)
    )
    found = next(each for each in compared(then, later) if each.now.scale == "phq_9")
    assert found.change is expected
    assert found.rule is not None
    assert "Löwe" in found.rule


def test_its_own_words_are_shown_with_their_notice() -> None:
    instrument = INSTRUMENTS["phq_9"]
    assert instrument.wording.free
    assert "No permission required" in instrument.wording.notice
    assert all(item.wording for item in instrument.items)
    assert [choice.label for choice in instrument.items[0].choices][-1] == "Nearly every day"


def test_a_four_is_refused_by_name() -> None:
    assert refused(phq_9={"sleep": 4}) == ["phq_9.sleep: Input should be less than or equal to 3"]

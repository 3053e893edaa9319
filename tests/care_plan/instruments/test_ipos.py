"""The IPOS, by the pages "How to score" and "How to interpret" of pos-pal.org."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import Ipos
from services.care_plan.domain.instruments import INSTRUMENTS, Band
from services.care_plan.domain.instruments.ipos import COMMUNICATION, EMOTIONAL, PHYSICAL
from tests.care_plan.instruments.asking import refused, scored

ITEMS = (*PHYSICAL, *EMOTIONAL, *COMMUNICATION)


def all_at(score: int) -> Ipos:
    return Ipos.model_validate(dict.fromkeys(ITEMS, score))


def test_it_has_ten_questions_with_seventeen_scored_items() -> None:
    assert len(ITEMS) == 17
    assert set(ITEMS) == Ipos.model_fields.keys() - {"respondent"}


@pytest.mark.parametrize(("scale", "most"), [("physical", 40), ("emotional", 16), ("communication", 12), ("total", 68)])
def test_its_sums_go_up_to_the_published_ends(scale: str, most: int) -> None:
    assert scored(scale, ipos=all_at(0)).score == 0
    assert scored(scale, ipos=all_at(4)).score == scored(scale, ipos=all_at(4)).most == most


@pytest.mark.parametrize(
    ("score", "band"), [(0, Band.NONE), (1, Band.MILD), (2, Band.MODERATE), (3, Band.SEVERE), (4, Band.SEVERE)]
)
def test_three_or_four_asks_for_a_timely_response(score: int, band: Band) -> None:
    """Pos-pal: "A timely clinical response is required when items are scored with a three or four"."""
    assert scored("pain", ipos=Ipos(pain=score)).band is band


def test_what_staff_cannot_assess_is_missing_from_its_sums_only() -> None:
    answers = all_at(2).model_copy(update={"peace": None})
    assert scored("emotional", ipos=answers).score is None
    assert scored("total", ipos=answers).missing == ("peace",)
    assert scored("physical", ipos=answers).score == 20


def test_its_wording_is_not_shown() -> None:
    instrument = INSTRUMENTS["ipos"]
    assert not instrument.wording.free
    assert {choice.label for item in instrument.items for choice in item.choices} == {None}


def test_a_five_is_refused_by_name() -> None:
    assert refused(ipos={"vomiting": 5}) == ["ipos.vomiting: Input should be less than or equal to 4"]

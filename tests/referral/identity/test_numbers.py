"""Member numbers as they tell people apart: what a suffix is, and when a number proves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus import folding
from services.referral.domain.matching import Grade, Known, Traits, Verdict, match, place
from services.referral.domain.matching.blocking import keys

MANY = 100_000
A, B, C = (UUID(int=n) for n in (1, 2, 3))
MARY = Traits(given="mary", family="smith", born="19410506", member="12345", plan="plan a")
ELSEWHERE = replace(MARY, family="jones", street="9 oak ave", postal_code="01060", city="northampton")


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("12345-01", "12345-01"), ("12345 01", "12345-01"), ("12345/1", "12345-1"), ("12345-A", "12345-a"),
        ("W1234 56789 02", "w123456789-02"), ("12345 (2)", "12345-2"),
        ("12 34 56 78", "12345678"), ("123-45-6789", "123456789"), ("1EG4-TE5-MK73", "1eg4te5mk73"),
        ("H-778", "h778"), ("ABCDE-1", "abcde1"), ("12345-123", "12345123"), ("12345A", "12345a"),
        ("1234501", "1234501"),         ("none", ""), ("N/A", ""), ("00000-00", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_suffix_is_what_stands_after_a_number_and_a_mark(written: str | None, means: str) -> None:
    assert folding.number(written) == means


@pytest.mark.parametrize(("one", "other"), [("12345", "12345-01"), ("12345-01", "12345-1"), ("12345-01", "1234501")])
def test_with_and_without_its_suffix_it_is_one_number(one: str, other: str) -> None:
    a, b = replace(MARY, member=one), replace(ELSEWHERE, member=other)
    assert match(a, b, MANY).combination == "OWN-1"
    assert match(a, b, MANY).grade is Grade.CERTAIN
    assert set(keys(a)) & set(keys(b))


def test_two_suffixes_are_two_people() -> None:
    subscriber, dependant = (replace(MARY, member=f"12345-{n}", phone="3305550177") for n in ("01", "02"))
    found = match(subscriber, dependant, MANY)
    assert found.combination != "OWN-1"
    assert found.grade is Grade.PROBABLE


@pytest.mark.parametrize(
    ("other", "linked"),
    [
        ({"given": "carlos"}, False), ({"born": "19390711"}, False), ({"given": "rosa"}, False),
        ({"member": "12345-02", "given": "carlos"}, False), ({"given": "mary ann"}, True), ({"given": "m"}, True),
        ({"born": "19410605"}, False), ({"given": "marya"}, False), ({"given": "carlos", "plan": "plan b"}, True),
        ({"given": "carlos", "member": "54321"}, True),
    ],
)  # fmt: skip
def test_a_number_known_for_another_name_or_birth_date_proves_nothing(other: dict[str, Any], linked: bool) -> None:
    beside = replace(ELSEWHERE, family="brown", street="1 elm st", **other)
    for known in ([Known(A, MARY), Known(B, beside)], [Known(B, beside), Known(A, MARY)]):
        placed = place(ELSEWHERE, known, MANY)
        certain = [each.patient_id for each in placed.candidates if each.match.grade is Grade.CERTAIN]
        assert certain == ([A] if linked else [])
        assert placed.verdict is (Verdict.AUTO_LINKED if linked else Verdict.REVIEW)


def test_a_number_that_one_patient_had_under_two_names_proves_nothing() -> None:
    known = [Known(A, MARY), Known(A, replace(MARY, given="carlos", born="19390711"))]
    assert place(ELSEWHERE, known, MANY).verdict is Verdict.REVIEW


def test_what_the_number_does_not_prove_other_fields_may() -> None:
    known = [Known(A, replace(MARY, phone="3305550177")), Known(B, replace(MARY, given="carlos", born="19390711"))]
    assert place(replace(MARY, phone="3305550177"), known, MANY).patient_id == A


_holders = st.lists(
    st.builds(
        Traits,
        given=st.sampled_from(["mary", "carlos", "rosa"]),
        family=st.sampled_from(["smith", "jones"]),
        born=st.sampled_from(["19410506", "19390711"]),
        member=st.sampled_from(["12345", "12345-01", "12345-02"]),
    ),
    min_size=2,
    max_size=4,
)


@given(_holders)
def test_a_number_of_two_people_never_links_by_itself(holders: list[Traits]) -> None:
    stated, known = holders[0], [Known(UUID(int=n), each) for n, each in enumerate(holders[1:])]
    placed = place(stated, known, MANY)
    if len({(each.given, each.born) for each in holders}) > 1 and all("-" not in each.member for each in holders):
        assert placed.verdict is not Verdict.AUTO_LINKED

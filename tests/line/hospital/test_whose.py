"""Whose a message is: certain by rules that can be told, otherwise a question for a person, or nobody's."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from carebus.contracts.referral import HospitalNumber
from services.line.domain.hospital.keys import Keys, numbers_of
from services.line.domain.hospital.whose import Grade, Verdict, grade, whose

KNOWN = Keys(
    families=("nunez",),
    givens=("jose",),
    birth_date=date(1941, 2, 3),
    sex="m",
    phones=("6175550101",),
    street="12 elm st",
    postal_code="02118",
    member_numbers=("w123456789",),
    hospital_numbers=("general|777",),
)
NAMED = Keys(families=("nunez",), givens=("jose",), birth_date=date(1941, 2, 3))
ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (Keys(hospital_numbers=("general|777",)), Grade.CERTAIN),
        (Keys(hospital_numbers=("other|777",)), Grade.NO),
        (
            Keys(hospital_numbers=("general|777",), families=("smith",), birth_date=date(1980, 1, 1)),
            Grade.POSSIBLE,
        ),
        (
            Keys(hospital_numbers=("general|777",), families=("nunez",), givens=("rosa",), birth_date=date(1944, 1, 1)),
            Grade.POSSIBLE,
        ),
        (
            Keys(hospital_numbers=("general|777",), families=("nunez",), givens=("jose",), birth_date=date(1914, 2, 3)),
            Grade.CERTAIN,
        ),
        (Keys(hospital_numbers=("general|777",), birth_date=date(1944, 1, 1)), Grade.CERTAIN),
        (NAMED, Grade.POSSIBLE),
        (NAMED.model_copy(update={"phones": ("6175550101",)}), Grade.CERTAIN),
        (NAMED.model_copy(update={"street": "12 elm st", "postal_code": "02118"}), Grade.CERTAIN),
        (NAMED.model_copy(update={"phones": ("6175550101",), "sex": "f"}), Grade.POSSIBLE),
        (NAMED.model_copy(update={"phones": ("6175550101",), "member_numbers": ("x9",)}), Grade.POSSIBLE),
        (NAMED.model_copy(update={"phones": ("6175550101",), "birth_date": None}), Grade.POSSIBLE),
        (NAMED.model_copy(update={"givens": ("pepe",)}), Grade.POSSIBLE),
        (Keys(phones=("6175550101",), families=("smith",)), Grade.NO),
        (Keys(), Grade.NO),
    ],
)
def test_how_well_somebody_fits(said: Keys, found: Grade) -> None:
    assert grade(said, KNOWN) is found


def test_two_who_both_certainly_fit_are_a_question() -> None:
    said = NAMED.model_copy(update={"phones": ("6175550101",)})
    assert whose(said, {ONE: [KNOWN]}) == Verdict(ONE)
    assert whose(said, {OTHER: [KNOWN], ONE: [KNOWN]}) == Verdict(candidates=(ONE, OTHER))
    assert whose(said, {}) == Verdict()


def test_a_merged_record_counts_for_the_one_that_goes_on() -> None:
    assert whose(Keys(hospital_numbers=("general|777",)), {ONE: [Keys(), KNOWN]}) == Verdict(ONE)


@pytest.mark.parametrize(
    "number", ["0", "000000", "99999999", "1234567890", "UNKNOWN", "N/A", "None", "TBD", "-", "U.N.K."]
)
def test_what_fills_the_box_of_a_number_is_no_number(number: str) -> None:
    assert numbers_of((HospitalNumber(assigner="GENERAL", number=number),)) == ()


@pytest.mark.parametrize("number", ["7", "777", "00777", "12-34", "A1"])
def test_a_short_number_is_one(number: str) -> None:
    assert len(numbers_of((HospitalNumber(assigner="GENERAL", number=number),))) == 1

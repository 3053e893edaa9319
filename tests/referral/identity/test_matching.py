"""Whether two statements about a person are about the same one: what is written differently, and what must differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus import folding
from carebus.contracts.people import Address, Payer, PayerKind, Person
from services.referral.domain.matching import Grade, Known, Traits, Verdict, match, place
from services.referral.domain.matching.blocking import keys, proving
from services.referral.domain.matching.combinations import COMBINATIONS
from services.referral.domain.matching.comparing import FIELDS, agreement
from services.referral.domain.matching.levels import Level
from services.referral.domain.matching.weights import model

MANY = 100_000
A, B, C = (UUID(int=n) for n in (1, 2, 3))
ROSA = Traits(
    given="rosa maria",
    family="delgado",
    born="19410302",
    phone="5550100123",
    email="rosa@example.org",
    street="12 n elm st",
    postal_code="02139",
    city="cambridge",
    mbi="1eg4te5mk73",
)


def person(**stated: object) -> Traits:
    known = {"given_name": "Rosa", "family_name": "Delgado", "birth_date": date(1941, 3, 2), **stated}
    return Traits.of(Person.model_validate(known))


@pytest.mark.parametrize(
    ("written", "means"),
    [("José", "jose"), ("O’Brien", "obrien"), ("O'BRIEN", "obrien"), ("de la Cruz", "de la cruz"),
     ("Smith-Jones", "smith jones"),
     ("Miller, Jr.", "miller"), ("King III", "king"), ("unknown", ""), ("V", "v"), ("Müller", "muller")],
)  # fmt: skip
def test_a_name_is_the_same_however_it_is_written(written: str, means: str) -> None:
    assert folding.name(written) == means


@pytest.mark.parametrize(
    ("written", "means"),
    [("(555) 010-0123", "5550100123"), ("+1 555 010 0123", "5550100123"), ("555.010.0123 ext. 4", "5550100123"),
     ("555-010-0123x22", "5550100123"), ("000-000-0000", ""), (None, ""), ("+44 20 7946 0018", "442079460018")],
)  # fmt: skip
def test_a_phone_number_is_its_digits(written: str | None, means: str) -> None:
    assert folding.phone(written) == means


@pytest.mark.parametrize(
    ("one", "other"),
    [("12 North Elm Street", "12 N. Elm St"), ("5 Oak Ave., Apt 3", "5 oak avenue apartment 3"),
     ("1 St Mary's Rd", "1 Saint Marys Road")],
)  # fmt: skip
def test_a_street_is_the_same_in_its_short_form(one: str, other: str) -> None:
    assert folding.street(one) == folding.street(other)


def test_a_generation_is_read_from_where_it_was_written() -> None:
    assert person(family_name="Delgado Jr.").suffix == "jr"
    assert person(given_name="Rosa II").suffix == "ii"
    assert person(family_name="V").suffix == ""  # a name of its own


def test_a_medicare_number_is_told_from_a_plans() -> None:
    def numbers(kind: PayerKind, number: str) -> tuple[str, str]:
        payer = Payer(name="Plan", kind=kind, member_id=number)
        at = Person(given_name="A", family_name="B", birth_date=date(1941, 3, 2), address=Address())
        traits = Traits.of(at, payer)
        return traits.mbi, traits.member

    assert numbers(PayerKind.MEDICARE, "1EG4-TE5-MK73") == ("1eg4te5mk73", "")
    assert numbers(PayerKind.COMMERCIAL, "1EG4-TE5-MK73") == ("", "1eg4te5mk73")
    assert numbers(PayerKind.MEDICARE, "H-778") == ("", "h778")


@pytest.mark.parametrize(
    ("change", "grade", "combination"),
    [
        ({}, Grade.CERTAIN, "CMS-01"),
        ({"street": "9 oak ave"}, Grade.CERTAIN, "CMS-02"),
        ({"street": "9 oak ave", "phone": ""}, Grade.CERTAIN, "CMS-03"),
        ({"street": "", "phone": "", "email": "", "family": "ramirez"}, Grade.CERTAIN, "CMS-08"),
        ({"family": "delgada", "street": "9 oak ave"}, Grade.CERTAIN, "CMS-02"),
        ({"family": "delgada", "street": "12 n elms st", "phone": "", "email": "", "mbi": ""}, Grade.PROBABLE, None),
        ({"born": "19410203"}, Grade.PROBABLE, None),
        ({"born": "19410203", "given": "rosa", "family": "delgada"}, Grade.PROBABLE, None),
        ({"given": "carlos", "born": "19390711"}, Grade.CERTAINLY_NOT, "CMS-21"),
    ],
)
def test_what_agrees_decides(change: dict[str, Any], grade: Grade, combination: str | None) -> None:
    found = match(ROSA, replace(ROSA, **change), MANY)
    assert found.grade is grade
    if grade is not Grade.CERTAINLY_NOT:
        assert found.combination == combination


def test_no_combination_allows_two_slips() -> None:
    exact = dict.fromkeys(FIELDS, Level.EXACT)
    for combination in COMBINATIONS:
        assert combination.holds(exact)
        for one in combination.fields:
            slipped = exact | {one: Level.FUZZY}
            assert combination.holds(slipped) is (one in combination.may_slip)
            for two in set(combination.fields) - {one}:
                assert not combination.holds(slipped | {two: Level.FUZZY})


def test_short_values_never_slip() -> None:
    assert agreement(replace(ROSA, family="cruz"), replace(ROSA, family="crux"))["family"] is not Level.FUZZY


def test_a_nickname_is_one_slip() -> None:
    bill, william = replace(ROSA, given="bill"), replace(ROSA, given="william")
    assert agreement(bill, william)["given"] is Level.FUZZY
    assert match(bill, william, MANY).combination == "CMS-01"


@pytest.mark.parametrize(("one", "other"), [("marian", "marion"), ("donald", "ronald"), ("frances", "francis")])
@pytest.mark.parametrize(("mbi", "theirs"), [("1eg4te5mk73", "1eg4te5mk74"), ("", "")])
def test_twins_are_for_a_person_to_judge(one: str, other: str, mbi: str, theirs: str) -> None:
    a, b = replace(ROSA, given=one, mbi=mbi), replace(ROSA, given=other, mbi=theirs)
    assert match(a, b, MANY).grade is Grade.PROBABLE
    assert match(a, replace(b, mbi=mbi or "1eg4te5mk73"), MANY).grade is (Grade.CERTAIN if mbi else Grade.PROBABLE)


def test_two_medicare_numbers_are_never_certainly_one_person() -> None:
    assert match(ROSA, replace(ROSA, mbi="2ab5cd6ef78"), MANY).grade is Grade.PROBABLE


def test_digits_that_are_counted_are_no_phone_number() -> None:
    assert folding.phone("123-456-7890") == ""


def test_another_house_number_is_another_house() -> None:
    assert agreement(ROSA, replace(ROSA, street="13 n elm st"))["street"] is Level.LIKE


def test_father_and_son_are_two() -> None:
    father, son = replace(ROSA, suffix="sr"), replace(ROSA, suffix="jr")
    assert match(father, son, MANY).grade is Grade.CERTAINLY_NOT
    assert match(father, ROSA, MANY).grade is Grade.CERTAIN


def test_a_couple_that_shares_everything_else_is_two() -> None:
    husband = replace(ROSA, given="carlos", born="19390711", mbi="2ab5cd6ef78")
    assert match(ROSA, husband, MANY).grade is Grade.CERTAINLY_NOT


def test_names_in_each_others_boxes_are_noticed() -> None:
    turned = replace(ROSA, given=ROSA.family, family=ROSA.given)
    assert agreement(ROSA, turned)["family"] is Level.SWAPPED
    assert match(ROSA, turned, MANY).grade is not Grade.CERTAINLY_NOT


def test_exactly_one_certain_candidate_is_linked() -> None:
    cousin = replace(ROSA, given="rosario", born="19410302", phone="", email="", street="", mbi="")
    placed = place(ROSA, [Known(A, ROSA), Known(B, cousin)], MANY)
    assert (placed.verdict, placed.patient_id) == (Verdict.AUTO_LINKED, A)


def test_two_certain_candidates_are_for_a_person_to_judge() -> None:
    placed = place(ROSA, [Known(A, ROSA), Known(B, replace(ROSA, phone=""))], MANY)
    assert placed.verdict is Verdict.REVIEW
    assert {each.patient_id for each in placed.candidates} == {A, B}


def test_two_statements_of_one_patient_are_one_candidate() -> None:
    placed = place(ROSA, [Known(A, ROSA), Known(A, replace(ROSA, phone=""))], MANY)
    assert (placed.verdict, len(placed.candidates)) == (Verdict.AUTO_LINKED, 1)


def test_a_candidate_who_has_died_is_for_a_person_to_judge() -> None:
    died = Known(A, replace(ROSA, given="someone", family="else", born="", deceased=True))
    assert place(ROSA, [Known(A, ROSA), died], MANY).verdict is Verdict.REVIEW


def test_a_block_too_full_to_look_at_leaves_a_person_to_judge() -> None:
    assert place(ROSA, [Known(A, ROSA)], MANY, proven=False).verdict is Verdict.REVIEW


def test_somebody_nobody_knows_is_new() -> None:
    stranger = Traits(given="ann", family="lee", born="19520101", street="3 oak ave", postal_code="10001", city="york")
    assert place(stranger, [Known(A, ROSA)], MANY).verdict is Verdict.NEW_PERSON
    assert place(stranger, [], MANY).verdict is Verdict.NEW_PERSON


def test_more_people_take_more_to_be_told_apart() -> None:
    moved = replace(ROSA, phone="", email="", mbi="", street="9 oak ave", postal_code="10001", city="york")
    moved = replace(moved, given="rosa")
    assert match(ROSA, moved, 100).grade is Grade.PROBABLE
    assert match(ROSA, moved, 100_000_000).grade is Grade.CERTAINLY_NOT


_values = st.sampled_from(
    ["", "rosa", "delgado", "delgada", "19410302", "19410203", "5550100123", "12 n elm st", "02139"]
)
_born = st.sampled_from(["", "19410302", "19410203", "19390711"])
_traits = st.builds(
    Traits,
    born=_born,
    **dict.fromkeys(("given", "family", "phone", "email", "street", "postal_code", "city", "mbi"), _values),
)


@given(_traits, _traits)
def test_it_does_not_matter_which_of_two_came_first(a: Traits, b: Traits) -> None:
    one, other = match(a, b, MANY), match(b, a, MANY)
    assert (one.grade, one.combination, one.agreed) == (other.grade, other.combination, other.agreed)


@given(_traits)
def test_whoever_certainly_matches_by_names_and_birth_date_shares_a_proving_key(a: Traits) -> None:
    for b in (replace(a, family="delgadp"), replace(a, given="rosaa"), replace(a, street="12 n elm sr")):
        if a.given and a.family and match(a, b, MANY).grade is Grade.CERTAIN:
            assert set(proving(a)) & set(keys(b))


def test_the_parts_add_up_to_the_weight() -> None:
    found = match(ROSA, replace(ROSA, phone="5550100199", email=""), MANY)
    assert found.weight == pytest.approx(sum(found.parts.values()))
    assert found.parts["email"] == 0
    assert found.parts["phone"] < 0 < found.parts["family"]


def test_every_level_that_can_be_found_has_a_weight() -> None:
    use = model()
    assert set(use.weights) == set(FIELDS)
    for field, levels in use.weights.items():
        assert {Level.EXACT, Level.DIFFERENT} <= set(levels), field

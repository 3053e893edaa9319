"""Names as they tell people apart: given names word by word, family names with parts and former ones, and no names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from carebus import folding
from services.referral.domain.matching import GRADES, Grade, Match, Traits, match
from services.referral.domain.matching.blocking import keys, proving
from services.referral.domain.matching.levels import Level, joined
from services.referral.domain.matching.names import (
    compare_family_names,
    compare_given_names,
    is_another_name,
)

MANY = 100_000
HOME = Traits(
    family="nosohafude", born="19410506", phone="3305550177", street="12 elm st", postal_code="44301", city="akron"
)
MBI = "1eg4te5mk73"
ONE, TWO = "one person", "for a person to judge"


def judged(one: Traits, other: Traits) -> Grade:
    found, turned = match(one, other, MANY), match(other, one, MANY)
    assert found.grade is turned.grade
    return found.grade


@pytest.mark.parametrize(
    ("one", "other", "means"),
    [
        ("mary", "mary ann", ONE), ("mary a", "mary ann", ONE), ("m ann", "mary ann", ONE), ("bill", "william", ONE),
        ("bill j", "william james", ONE), ("maryann", "mary ann", ONE), ("maryann lee", "mary ann", TWO),
        ("mary ann", "ann", ONE), ("mary", "mary ann lee", ONE), ("mary lee", "mary ann lee", ONE),
        ("mary ann", "mary jo", TWO), ("maria a", "maria b", TWO), ("ana maria", "marta", TWO),
        ("mary a", "mary b", TWO), ("ana a", "ana b", TWO),
        ("marian", "marion", TWO), ("mary anne", "mary ann", TWO), ("j", "john", TWO),
        ("mary a", "ann m", TWO), ("ann mary", "mary ann", TWO), ("jo ann", "ann jo", TWO), ("rosa", "carmen", TWO),
    ],
)  # fmt: skip
def test_given_names_agree_word_by_word(one: str, other: str, means: str) -> None:
    grade = judged(replace(HOME, given=one), replace(HOME, given=other))
    assert grade is (Grade.CERTAIN if means == ONE else Grade.PROBABLE)


@pytest.mark.parametrize(("one", "other"), [("Maria I", "Maria V"), ("Maria A.", "Maria V."), ("Maria I", "Maria B")])
def test_an_initial_is_no_generation(one: str, other: str) -> None:
    a, b = (replace(HOME, given=folding.given_name(name), suffix=folding.suffix("", "", name)) for name in (one, other))
    assert judged(a, b) is Grade.PROBABLE


def test_words_unpaired_on_both_sides_are_one_person_with_one_medicare_number() -> None:
    one, other = (replace(HOME, given=name, mbi=MBI) for name in ("mary ann", "mary jo"))
    assert judged(one, other) is Grade.CERTAIN


@pytest.mark.parametrize("reached", ["phone", "email"])
@pytest.mark.parametrize(
    ("family", "grade"),
    [
        ("garcia lopez", Grade.CERTAIN), ("lopez", Grade.PROBABLE), ("garcia", Grade.CERTAIN),
        ("gracia", Grade.CERTAIN), ("de garcia", Grade.CERTAIN), ("gomez", Grade.PROBABLE),
    ],
)  # fmt: skip
def test_a_phone_or_an_address_needs_the_family_name_too(reached: str, family: str, grade: Grade) -> None:
    ana = Traits(given="ana", family="garcia", born="19410506", postal_code="44301", city="akron")
    ana = replace(ana, email="ana@example.org") if reached == "email" else replace(ana, phone="3305550177")
    assert judged(ana, replace(ana, family=family)) is grade


@pytest.mark.parametrize("family", ["de la", "la", "san"])
def test_a_particle_is_no_part_of_a_name(family: str) -> None:
    assert compare_family_names(family, f"{family} rosa") is Level.LIKE


@pytest.mark.parametrize("agreeing", ["phone", "email", "street"])
def test_a_former_name_that_is_stated_is_the_same_name(agreeing: str) -> None:
    agrees: dict[str, Any] = {agreeing: "12 elm st"}
    ruiz = replace(Traits(given="ana", family="ruiz", born="19410506"), **agrees)
    assert judged(ruiz, replace(ruiz, family="gomez", former="ruiz")) is Grade.CERTAIN
    assert judged(ruiz, replace(ruiz, family="gomez", former="lopez/ruiz")) is Grade.CERTAIN
    assert judged(ruiz, replace(ruiz, family="gomez")) is not Grade.CERTAIN


def test_a_maiden_name_is_certain_by_number() -> None:
    ruiz = Traits(given="ana", family="ruiz", born="19410506", mbi=MBI)
    assert judged(ruiz, replace(ruiz, family="gomez")) is Grade.CERTAIN


@pytest.mark.parametrize(
    "name",
    ["Baby Boy", "BABY GIRL A", "Newborn", "New Born", "Infant", "Twin A", "Baby Boy of Mary", "BabyGirl", "Boy", "BB",
     "Male Infant", "Unknown", "Test", "Refused", "Unknown Male", "N/A", "Test Patient", "Not known"],
)  # fmt: skip
@pytest.mark.parametrize("mbi", ["", MBI])
def test_who_has_no_name_yet_is_at_most_probable(name: str, mbi: str) -> None:
    unnamed = replace(HOME, given=folding.given_name(name), mbi=mbi)
    assert judged(unnamed, unnamed) is Grade.PROBABLE
    assert judged(unnamed, replace(unnamed, given="liam")) is Grade.PROBABLE


@pytest.mark.parametrize("name", ["Na", "None", "Baby Kumari", "Infante", "Boyd", "Tester"])
def test_what_looks_like_no_name_may_be_one(name: str) -> None:
    named = replace(HOME, given=folding.given_name(name))
    assert named.given == name.lower()
    assert judged(named, named) is Grade.CERTAIN


@pytest.mark.parametrize(
    ("born", "grade"),
    [("19410506", Grade.POSSIBLE), ("19410605", Grade.POSSIBLE), ("19420506", Grade.POSSIBLE),
     ("19410516", Grade.POSSIBLE), ("19420517", Grade.CERTAINLY_NOT)],
)  # fmt: skip
@pytest.mark.parametrize("people", [100_000, 300_000_000])
def test_the_same_names_and_nearly_the_same_day_are_seen_wherever_they_live(
    born: str, grade: Grade, people: int
) -> None:
    then = Traits("mary", "smith", "", "19410506", "3305550177", "m@b.org", "12 elm st", "44301", "akron")
    now = Traits("mary", "smith", "", born, "4135550142", "n@c.org", "9 oak ave", "01060", "northampton")
    found = match(then, now, people)
    assert GRADES.index(found.grade) <= GRADES.index(grade)
    assert found.grade is not Grade.CERTAIN
    assert set(keys(then)) & set(keys(now)) or grade is Grade.CERTAINLY_NOT


def test_a_name_that_everybody_has_is_found_by_its_year_or_its_day() -> None:
    smith = Traits(given="mary", family="smith", born="19410506")
    everybody = set(keys(replace(smith, born="19790224")))
    for born in ("19410605", "19410516", "19420506", "19510506"):
        assert set(keys(smith)) & set(keys(replace(smith, born=born))) - everybody


@pytest.mark.parametrize(
    ("written", "means"),
    [("Ørsted", "orsted"), ("Łukasz", "lukasz"), ("Đặng", "dang"), ("Ærø", "aero"), ("Þór", "thor"),
     ("Strauß", "strauss"),
     ("STRAUẞ", "strauss"), ("Œuvre", "oeuvre"), ("Guðrún", "gudrun"), ("Işık", "isik"), ("Ǿ", "o"), ("李", "李")],
)  # fmt: skip
def test_letters_that_others_lack_are_written_as_they_type_them(written: str, means: str) -> None:
    assert folding.folded(written) == means


_words = st.sampled_from(
    ["mary", "maria", "ann", "anne", "jo", "rose", "rosemary", "a", "m", "bill", "william", "smith"]
)
_names = st.lists(_words, max_size=3).map(" ".join)
_families = st.sampled_from(["", "smith", "smyth", "smith jones", "jones", "mary", "de la cruz"])
_traits = st.builds(
    Traits,
    given=_names,
    family=_families,
    former=st.sampled_from(["", "smith", "jones/smith"]),
    suffix=st.sampled_from(["", "jr", "sr"]),
    born=st.sampled_from(["19410506", "19410605", "19390711"]),
    phone=st.sampled_from(["", "3305550177", "4135550142"]),
    email=st.sampled_from(["", "m@b.org"]),
    street=st.sampled_from(["", "12 elm st", "12 elms st"]),
    postal_code=st.sampled_from(["", "44301"]),
    member=st.sampled_from(["", "12345", "12345-01", "12345-02", "1234501"]),
    plan=st.just("plan"),
    mbi=st.sampled_from(["", MBI, "2ab5cd6ef78"]),
)


def surer(one: Match, other: Match) -> bool:
    return GRADES.index(one.grade) < GRADES.index(other.grade)


@given(_traits, _traits, st.booleans())
def test_the_grade_does_not_depend_on_which_statement_came_first(a: Traits, b: Traits, shared: bool) -> None:
    one, other = match(a, b, MANY, shared=shared), match(b, a, MANY, shared=shared)
    assert (one.grade, one.combination, one.agreed) == (other.grade, other.combination, other.agreed)


@given(_traits, _traits, st.booleans())
@example(replace(HOME, given="mary"), replace(HOME, given="mary"), True)
def test_a_differing_word_in_both_given_names_never_makes_a_pair_surer(a: Traits, b: Traits, first: bool) -> None:
    def more(of: Traits, word: str) -> Traits:
        return replace(of, given=f"{word} {of.given}" if first else f"{of.given} {word}")

    assume(a.given and b.given)
    assert not surer(match(more(a, "xuqq"), more(b, "hiltz"), MANY), match(a, b, MANY))


@given(_names.filter(bool), _names.filter(bool), _words, _words, st.booleans())
def test_a_differing_word_unpairs_two_names_whatever_else_is_in_them(
    a: str, b: str, x: str, y: str, first: bool
) -> None:
    assume(is_another_name(x, y) and is_another_name(a, b))
    one, other = (f"{x} {a}", f"{y} {b}") if first else (f"{a} {x}", f"{b} {y}")
    assert is_another_name(one, other) or joined(one) == joined(other)


@given(_traits, _traits)
def test_nobody_with_two_medicare_numbers_is_certain(a: Traits, b: Traits) -> None:
    assert match(replace(a, mbi=MBI), replace(b, mbi="2ab5cd6ef78"), MANY).grade is not Grade.CERTAIN


@given(_traits, _traits)
def test_whoever_certainly_matches_shares_a_key_that_proves_it(a: Traits, b: Traits) -> None:
    if match(a, b, MANY).grade is Grade.CERTAIN:
        assert set(proving(a)) & set(proving(b))


@given(_names, _names)
def test_given_names_agree_both_ways(a: str, b: str) -> None:
    assert compare_given_names(a, b) is compare_given_names(b, a)

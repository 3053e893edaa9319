"""Invented households, the same each time: people who share a home, a phone, a birth date, a number or half a name.

No public set has them. Each case is one statement and everybody known beside it: somebody known who is stated
otherwise, or somebody nobody knows yet among those whom they resemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bench.matching.invented import FIRST, FORMS, GIVEN, SHORT, People, at_home
from services.referral.domain.matching import Traits

SEED = 16
RESIDENTS = 40
"""People of one care home who are known: one address and one phone for all."""
A_WARD = 3
"""Newborns of a ward who are known."""


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, and who is known beside it; `right` is which of them it is about, None if nobody."""

    stated: Traits
    known: tuple[Traits, ...]
    right: int | None = None


Make = Callable[[People], Case]


def _twins(names: Callable[[People], tuple[str, str]]) -> Make:
    """A twin whom nobody knows, where the other twin and their brother are known."""

    def made(of: People) -> Case:
        one, other = names(of)
        known = of.person(given=one, **(of.number() if of.at_times() else {}))
        return Case(replace(known, given=other), (known, of.relative(known)))

    return made


def _any_two(of: People) -> tuple[str, str]:
    one, other = of.chance.sample(GIVEN, 2)
    return one, other


def _two_initials(of: People) -> tuple[str, str]:
    first, (one, other) = of.chance.choice(FIRST), of.chance.sample("abcdefgh", 2)
    return f"{first} {one}", f"{first} {other}"


def _two_forms(of: People) -> tuple[str, str]:
    one, other = of.chance.choice(FORMS)
    return (one, other) if of.at_times() else (other, one)


def _two_newborns(of: People) -> tuple[str, str]:
    return "baby boy a", of.chance.choice(("baby boy b", "baby boy", "baby girl"))


def _neighbours(of: People) -> Case:
    home = of.person()
    *known, new = (at_home(of.person(), home) for _ in range(RESIDENTS + 1))
    return Case(new, tuple(known))


def _neighbours_of_one_day(of: People) -> Case:
    case = _neighbours(of)
    like, family = case.known[0], of.another_family(case.known[0])
    return replace(case, stated=replace(case.stated, given=like.given, born=like.born, family=family))


def _one_number(of: People) -> Case:
    known = of.person(**of.number())
    return Case(replace(of.relative(known), given=known.given), (known, of.relative(known)))


def _two_suffixes(of: People) -> Case:
    known = of.person(**of.number())
    one, other = (replace(known, member=f"{known.member}-{suffix}") for suffix in ("01", "02"))
    return Case(replace(of.moved(other), phone=known.phone), (one,))


def _number_of_two_families(of: People) -> Case:
    known = of.person(**of.number())
    return Case(replace(of.moved(known), family=of.another_family(known)), (known,))


def _number_of_a_third(of: People) -> Case:
    case = _number_of_two_families(of)
    return replace(case, known=(*case.known, of.relative(case.known[0])))


def _newborns(of: People) -> Case:
    ward = of.person(given=of.chance.choice(("baby boy", "baby girl", "newborn")))
    *known, new = (replace(ward, family=of.another_family(ward)) for _ in range(A_WARD + 1))
    return Case(new, tuple(known))


def _juniors(of: People) -> Case:
    senior = of.person(**(of.number() if of.at_times() else {}))
    marks = ("sr", "jr") if of.at_times() else ("", of.chance.choice(("", "jr")))
    born = of.another_digit(senior.born, of.chance.choice((2, 3)))
    known = (replace(senior, suffix=marks[0]), of.relative(senior))
    return Case(replace(senior, suffix=marks[1], born=born), known)


def _strangers(of: People) -> Case:
    one = of.person()
    return Case(of.person(given=one.given, family=one.family), (one,))


def _again(change: Callable[[People, Traits], Traits], **stated: str) -> Make:
    """Somebody known, stated otherwise; a relative is known too."""

    def made(of: People) -> Case:
        known = of.person(**stated)
        return Case(change(of, known), (known, of.relative(known)), 0)

    return made


def _exchanged(one: Traits) -> Traits:
    return replace(one, born=one.born[:4] + one.born[6:] + one.born[4:6])


def _renamed(of: People, one: Traits) -> Traits:
    return replace(one, family=of.another_family(one))


def _formerly(of: People, one: Traits) -> Traits:
    return replace(_renamed(of, one), former=one.family)


def _own_number(of: People) -> Case:
    known = of.person(**of.number())
    stated = replace(of.moved(known), member=f"{known.member}-{of.chance.choice(('00', '01', '1'))}")
    return Case(stated, (known, of.person()), 0)


def _family_number(of: People) -> Case:
    known = of.person(**of.number())
    return Case(replace(of.moved(known), member=known.member), (known, of.relative(known)), 0)


def _short(of: People) -> Case:
    name, short = of.chance.choice(SHORT)
    return _again(lambda _, one: replace(one, given=short), given=name)(of)


def _second_left_out(of: People) -> Case:
    name, _ = of.double()
    return _again(lambda _, one: replace(one, given=name.split()[0]), given=name)(of)


FORMS_OF_ONE_NAME = "twins named forms of one name (Mary, Maria; Rose, Rosemary)"
ONE_NUMBER_TWO_FAMILIES = "one member number under two family names"
ACCEPTED = frozenset({FORMS_OF_ONE_NAME, ONE_NUMBER_TWO_FAMILIES})
"""The kinds of which a wrong link is accepted: as much agrees for one person who is called by a short form, or who
married. To ask each time would hold back very many right ones for very few wrong."""

OTHERS: Mapping[str, Make] = {
    "twins": _twins(_any_two),
    "twins with double names (Mary Ann, Mary Jo)": _twins(People.double),
    "twins told apart by an initial (Maria A, Maria B)": _twins(_two_initials),
    FORMS_OF_ONE_NAME: _twins(_two_forms),
    "newborn twins": _twins(_two_newborns),
    "newborns of one ward": _newborns,
    "neighbours in a care home": _neighbours,
    "neighbours in a care home, first name and birth date the same": _neighbours_of_one_day,
    "a family under one member number, the first name the same": _one_number,
    "one member number with two suffixes, names and birth date the same": _two_suffixes,
    ONE_NUMBER_TWO_FAMILIES: _number_of_two_families,
    "one member number under two family names, and known for a third person": _number_of_a_third,
    "father and son, a digit of the year apart": _juniors,
    "strangers with the same names": _strangers,
}
"""Somebody nobody knows, among people who are somebody else."""

AGAIN: Mapping[str, Make] = {
    "another phone": _again(lambda of, one: replace(one, phone=of.person().phone)),
    "a short form of the first name": _short,
    "the second first name left out": _second_left_out,
    "a letter of the family name mistyped": _again(lambda of, one: replace(one, family=of.slip(one.family))),
    "a letter of the first name mistyped": _again(lambda of, one: replace(one, given=of.slip(one.given))),
    "day and month exchanged": _again(lambda _, one: _exchanged(one), born="19410506"),
    "another home and phone": _again(People.moved),
    "another home, the phone kept": _again(lambda of, one: replace(of.moved(one), phone=one.phone)),
    "another home and phone, day and month exchanged": _again(
        lambda of, one: _exchanged(of.moved(one)), born="19410506"
    ),
    "another home and phone, a digit of the birth date mistyped": _again(
        lambda of, one: replace(of.moved(one), born=of.another_digit(one.born, 3))
    ),
    "another family name, the former one stated": _again(_formerly),
    "another family name, the former one not stated": _again(_renamed),
    "another home, phone and family name, the former one stated": _again(lambda of, one: _formerly(of, of.moved(one))),
    "another home and phone, a number of one's own with its suffix": _own_number,
    "another home and phone, the family's number": _family_number,
    "a name, for a newborn": _again(lambda of, one: replace(one, given=of.chance.choice(GIVEN)), given="baby girl"),
}
"""Somebody known, stated otherwise."""


def cases(kind: str, many: int) -> Iterator[Case]:
    """So many cases of a kind."""
    of, make = People(f"{SEED} {kind}"), {**OTHERS, **AGAIN}[kind]
    return (make(of) for _ in range(many))

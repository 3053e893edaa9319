"""How far two statements agree in one field: the same levels for the combinations and for the weight."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from services.referral.domain.matching.normal import NICKNAMES
from services.referral.domain.matching.traits import Traits

FUZZY_FROM: Final = 5
"""Characters that a value needs before one edit may be taken for a slip."""
ALIKE: Final = 0.85
"""The Jaro-Winkler likeness from which two differing values count as alike."""


class Level(IntEnum):
    """How far two values agree. FUZZY is what a combination may allow once; LIKE and SWAPPED count for the weight only.

    SWAPPED: a given name that stands as the other's family name, and the other way round.
    """

    UNKNOWN = -1
    DIFFERENT = 0
    LIKE = 1
    SWAPPED = 2
    FUZZY = 3
    EXACT = 4


def one_edit(a: str, b: str) -> bool:
    """Whether one slip of a finger (insertion, deletion, substitution, swap) lies between two values long enough."""
    if min(len(a), len(b)) < FUZZY_FROM or abs(len(a) - len(b)) > 1:
        return False
    return DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1


def compare_given(a: str, b: str) -> Level:
    """First names, of `given/family`; a nickname, or a first name without the middle one, counts as one slip."""
    return _both_names(a, b)[0]


def compare_family(a: str, b: str) -> Level:
    """Family names, of `given/family`; one part of a double name is alike."""
    return _both_names(a, b)[1]


@lru_cache(maxsize=16_384)
def _both_names(a: str, b: str) -> tuple[Level, Level]:
    (given_a, _, family_a), (given_b, _, family_b) = a.partition("/"), b.partition("/")
    straight = _name(given_a, given_b, forms=True), _name(family_a, family_b, forms=False)
    if max(straight) < Level.SWAPPED:
        crossed = _name(given_a, family_b, forms=False), _name(family_a, given_b, forms=False)
        if max(crossed) >= Level.FUZZY and Level.DIFFERENT not in crossed:
            return Level.SWAPPED, Level.SWAPPED
    return straight


@lru_cache(maxsize=131_072)
def _name(a: str, b: str, *, forms: bool) -> Level:
    if not a or not b:
        return Level.UNKNOWN
    joined_a, joined_b = a.replace(" ", ""), b.replace(" ", "")
    if joined_a == joined_b:
        return Level.EXACT
    if one_edit(joined_a, joined_b) or (forms and forms_of_one(a, b)):
        return Level.FUZZY
    shares_a_word = not forms and not set(a.split()).isdisjoint(b.split())
    alike = shares_a_word or JaroWinkler.similarity(joined_a, joined_b) >= ALIKE
    return Level.LIKE if alike or (forms and _initial(_first(a), _first(b))) else Level.DIFFERENT


def forms_of_one(a: str, b: str) -> bool:
    """Whether two given names begin with one name: the same, or its short form."""
    a, b = _first(a), _first(b)
    same_group = not NICKNAMES.get(a, frozenset()).isdisjoint(NICKNAMES.get(b, frozenset()))
    return same_group or (a == b and len(a) > 1)


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0]


def _initial(a: str, b: str) -> bool:
    return min(len(a), len(b)) == 1 and a[0] == b[0]


def compare_born(a: str, b: str) -> Level:
    """Dates of birth; a slip is one digit, two neighbouring digits swapped, or day and month swapped."""
    if not a or not b:
        return Level.UNKNOWN
    if a == b:
        return Level.EXACT
    turned = a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]
    return Level.FUZZY if turned or DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1 else Level.DIFFERENT


def compare_same(a: str, b: str) -> Level:
    """Values that are the same or not: phone numbers, e-mail addresses, Medicare numbers."""
    if not a or not b:
        return Level.UNKNOWN
    return Level.EXACT if a == b else Level.DIFFERENT


@lru_cache(maxsize=16_384)
def compare_street(a: str, b: str) -> Level:
    """Street lines; another house number is another house, so a slip may be in the letters only."""
    if not a or not b:
        return Level.UNKNOWN
    if a == b:
        return Level.EXACT
    same_house = [w for w in a.split() if w[0].isdigit()] == [w for w in b.split() if w[0].isdigit()]
    joined_a, joined_b = a.replace(" ", ""), b.replace(" ", "")
    if same_house and (joined_a == joined_b or one_edit(joined_a, joined_b)):
        return Level.FUZZY
    return Level.LIKE if JaroWinkler.similarity(joined_a, joined_b) >= ALIKE else Level.DIFFERENT


def compare_place(a: str, b: str) -> Level:
    """Postal code and city, as `code/city`: one field, since the one nearly follows from the other."""
    code_a, _, city_a = a.partition("/")
    code_b, _, city_b = b.partition("/")
    if not (code_a and code_b) and not (city_a and city_b):
        return Level.UNKNOWN
    same_code, same_city = bool(code_a) and code_a == code_b, bool(city_a) and city_a == city_b
    if same_code or same_city:
        return Level.EXACT if same_code else Level.FUZZY
    return Level.LIKE if one_edit(code_a, code_b) or one_edit(city_a, city_b) else Level.DIFFERENT


def compare_member(a: str, b: str) -> Level:
    """Member numbers, as `number/plan`: numbers of two plans say nothing of each other."""
    number_a, _, plan_a = a.partition("/")
    number_b, _, plan_b = b.partition("/")
    if not number_a or not number_b:
        return Level.UNKNOWN
    if plan_a != plan_b:
        return Level.UNKNOWN
    return Level.EXACT if number_a == number_b else Level.FUZZY if one_edit(number_a, number_b) else Level.DIFFERENT


FIELDS: Final[Mapping[str, tuple[Callable[[Traits], str], Callable[[str, str], Level]]]] = {
    "given": (lambda t: f"{t.given}/{t.family}", compare_given),
    "family": (lambda t: f"{t.given}/{t.family}", compare_family),
    "born": (lambda t: t.born, compare_born),
    "phone": (lambda t: t.phone, compare_same),
    "email": (lambda t: t.email, compare_same),
    "street": (lambda t: t.street, compare_street),
    "place": (lambda t: f"{t.postal_code}/{t.city}", compare_place),
    "member": (lambda t: f"{t.member}/{t.plan}", compare_member),
    "mbi": (lambda t: t.mbi, compare_same),
}
"""Every field that is compared: where it is found, and how."""

Agreement = Mapping[str, Level]


def agreement(a: Traits, b: Traits) -> dict[str, Level]:
    """How far two statements agree, field by field."""
    return {field: compare(read(a), read(b)) for field, (read, compare) in FIELDS.items()}


def generations_conflict(a: Traits, b: Traits) -> bool:
    """Whether both say a generation, and not the same: father and son, then."""
    return bool(a.suffix and b.suffix and a.suffix != b.suffix)

"""How far two statements agree in one field: the same levels for the combinations and for the weight."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from carebus.folding import base, two_suffixes, unparted
from services.referral.domain.matching.levels import Level, alike, joined, one_edit
from services.referral.domain.matching.names import compare_family_names, compare_given_names, compare_plainly
from services.referral.domain.matching.traits import Traits


def compare_given(a: str, b: str) -> Level:
    """Given names, of `given/family/former names`."""
    return _both_names(a, b)[0]


def compare_family(a: str, b: str) -> Level:
    """Family names, of `given/family/former names`."""
    return _both_names(a, b)[1]


@lru_cache(maxsize=16_384)
def _both_names(a: str, b: str) -> tuple[Level, Level]:
    given_a, family_a, former_a = f"{a}//".split("/", 2)
    given_b, family_b, former_b = f"{b}//".split("/", 2)
    straight = (
        compare_given_names(given_a, given_b),
        compare_family_names(family_a, family_b, former_a, former_b),
    )
    if max(straight) < Level.SWAPPED:
        crossed = compare_plainly(given_a, family_b), compare_plainly(family_a, given_b)
        if max(crossed) >= Level.FUZZY and Level.DIFFERENT not in crossed:
            return Level.SWAPPED, Level.SWAPPED
    return straight


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
    if same_house and (joined(a) == joined(b) or one_edit(joined(a), joined(b))):
        return Level.FUZZY
    return Level.LIKE if alike(joined(a), joined(b)) else Level.DIFFERENT


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
    """Member numbers, as `number-suffix/plan`: numbers of two plans say nothing of each other.

    With and without its suffix it is one number; two suffixes are two people, the subscriber and a dependant.
    """
    number_a, _, plan_a = a.partition("/")
    number_b, _, plan_b = b.partition("/")
    if not number_a or not number_b or plan_a != plan_b:
        return Level.UNKNOWN
    base_a, base_b = base(number_a), base(number_b)
    if two_suffixes(number_a, number_b):
        return Level.DIFFERENT
    if base_a == base_b or unparted(number_a) == unparted(number_b):
        return Level.EXACT
    return Level.FUZZY if one_edit(base_a, base_b) else Level.DIFFERENT


FIELDS: Final[Mapping[str, tuple[Callable[[Traits], str], Callable[[str, str], Level]]]] = {
    "given": (lambda t: f"{t.given}/{t.family}/{t.former}", compare_given),
    "family": (lambda t: f"{t.given}/{t.family}/{t.former}", compare_family),
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

"""How far two people's names agree: given names word by word, family names also by a part or a former name."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from carebus.folding import NICKNAMES, is_unnamed
from services.referral.domain.matching.levels import Level, alike, joined, one_edit

PARTICLES = frozenset(
    {"al", "d", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la", "las",
     "le", "los", "mac", "mc", "o", "san", "st", "van", "von"}
)  # fmt: skip
"""Words of family names that many share: alone they are no part by which two names are one."""


@lru_cache(maxsize=131_072)
def compare_given_names(a: str, b: str) -> Level:
    """Given names as their words.

    Every word pairs with one of the other name, or the other name has no word left: `mary` is `mary ann`, `m ann`
    too. A word unpaired on both sides tells two people apart: `mary ann`, `mary jo`.
    """
    if is_unnamed(a) or is_unnamed(b):
        return Level.UNKNOWN
    if joined(a) == joined(b):
        return Level.EXACT
    paired = _pairs(a, b)
    if paired.all or one_edit(joined(a), joined(b)):
        return Level.FUZZY
    return Level.LIKE if paired.some or alike(joined(a), joined(b)) else Level.DIFFERENT


def words_pair(a: str, b: str) -> bool:
    """Whether no word is unpaired on both sides, where one pair at least is more than an initial."""
    paired = _pairs(a, b)
    return paired.all and paired.beyond_initials


def is_another_name(a: str, b: str) -> bool:
    """Whether a given name, known on both sides, is another: no short form, initial or part of the other."""
    return not (is_unnamed(a) or is_unnamed(b) or joined(a) == joined(b) or _pairs(a, b).all)


class _Pairs(NamedTuple):
    all: bool
    some: bool
    beyond_initials: bool


@lru_cache(maxsize=131_072)
def _pairs(a: str, b: str) -> _Pairs:
    one, other = a.split(), b.split()
    many, same = _most_pairs(one, other)
    return _Pairs(many == min(len(one), len(other)) > 0, many > 0, same > 0)


def _same_or_form(a: str, b: str) -> bool:
    if a == b:
        return len(a) > 1
    return not NICKNAMES.get(a, frozenset()).isdisjoint(NICKNAMES.get(b, frozenset()))


def _most_pairs(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """The most words that pair in their order, and how many of them are more than an initial.

    In another order it may be a sister's name: Mary Ann, Ann Mary.
    """
    before = [(0, 0)] * (len(other) + 1)
    for word in one:
        now = [(0, 0)]
        for n, theirs in enumerate(other):
            many, same = before[n]
            paired = (many + _may_be_one(word, theirs), same + _same_or_form(word, theirs))
            now.append(max(paired, before[n + 1], now[n]))
        before = now
    return before[-1]


def _may_be_one(a: str, b: str) -> bool:
    return _same_or_form(a, b) or (min(len(a), len(b)) == 1 and a[0] == b[0])


@lru_cache(maxsize=131_072)
def compare_family_names(a: str, b: str, former_a: str = "", former_b: str = "") -> Level:
    """Family names, with those borne before (a stroke between two)."""
    plain = compare_plainly(a, b)
    if plain in {Level.UNKNOWN, Level.EXACT, Level.FUZZY}:
        return plain
    if not _ever(a, former_a).isdisjoint(_ever(b, former_b)):
        return Level.FORMER
    if _is_part(a.split(), b.split()) or _is_part(b.split(), a.split()):
        return Level.PART
    return plain


def compare_plainly(a: str, b: str) -> Level:
    """Two names by their letters and words alone."""
    if not a or not b:
        return Level.UNKNOWN
    if joined(a) == joined(b):
        return Level.EXACT
    if one_edit(joined(a), joined(b)):
        return Level.FUZZY
    shares_a_word = not set(a.split()).isdisjoint(b.split())
    return Level.LIKE if shares_a_word or alike(joined(a), joined(b)) else Level.DIFFERENT


def _ever(family: str, former: str) -> set[str]:
    return {joined(name) for name in (family, *former.split("/")) if name}


def _is_part(a: Sequence[str], b: Sequence[str]) -> bool:
    return set(a) <= set(b) and not set(a) <= PARTICLES

"""How far two values agree, in steps; and what is a slip of a finger."""

from enum import IntEnum
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

FUZZY_FROM: Final = 5
"""Characters that a value needs before one edit may be taken for a slip."""
ALIKE: Final = 0.85
"""The Jaro-Winkler likeness from which two differing values count as alike."""


class Level(IntEnum):
    """How far two values agree. LIKE and SWAPPED count for the weight only; a combination may allow one of the others.

    PART: a family name that is one part of the other.
    SWAPPED: a given name that stands as the other's family name, and the other way round.
    FORMER: a family name that the other statement gives as borne before.
    FUZZY: one slip of a finger, or a given name whose words pair without being the same.
    """

    UNKNOWN = -1
    DIFFERENT = 0
    LIKE = 1
    PART = 2
    SWAPPED = 3
    FORMER = 4
    FUZZY = 5
    EXACT = 6


def one_edit(a: str, b: str) -> bool:
    """Whether one slip of a finger (insertion, deletion, substitution, swap) lies between two values long enough."""
    if min(len(a), len(b)) < FUZZY_FROM or abs(len(a) - len(b)) > 1:
        return False
    return DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1


def alike(a: str, b: str) -> bool:
    """Whether two values look like each other."""
    return JaroWinkler.similarity(a, b) >= ALIKE


def joined(words: str) -> str:
    """A name as one word: `mary ann` is `maryann`."""
    return words.replace(" ", "")

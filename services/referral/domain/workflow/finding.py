"""What somebody types to find a referral: names, a birth date, a phone or member number; and how well that fits."""

import re
from calendar import month_name
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein

from carebus import folding

MOST_WORDS = 6
LONGEST_WORD = 40
FEWEST_DIGITS = 7
"""Of a phone number, as it is read out without its area."""
ONE_TYPO_FROM, ALONE_FROM = 3, 4
"""Letters that a word needs to be sought with a typing error: beside something else, and when nothing else is said."""

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_US = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_WORDS = re.compile(r"\b(\d{1,2})\.? ([A-Za-z]{3})[a-z]*\.? (\d{4})\b")
_MONTHS = {month[:3].lower(): n for n, month in enumerate(month_name) if n}
"""A date as the pages show it: 13 Nov 1949."""
_NUMBER = re.compile(r"(?<!\w)\+?(?=[\w().\s-]*\d)[\w(][\d().\s-]{5,}\d(?!\w)|\b(?=[\w-]*\d)[\w-]{2,30}\b")
"""What may be a phone number, written in groups, or a member number in one piece."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought: all of it has to fit. Names and organizations are words in one form; nothing typed is empty.

    phone, number, order: what may be a number, as a phone's, as a member's and as a sender's own for its order, since
    nobody says which it is; `instead` are its words, where it may be a name with digits, as made-up people have.
    """

    words: tuple[str, ...] = ()
    born: str = ""
    phone: str = ""
    number: str = ""
    order: str = ""
    instead: tuple[str, ...] = ()

    @property
    def as_words(self) -> "Sought | None":
        """The same with words only, if a number may be a name."""
        return Sought((*self.instead, *self.words), self.born) if self.instead else None

    @property
    def mistyped(self) -> tuple[int, ...]:
        """Which of the words may hold the one typing error."""
        alone = len(self.words) == 1 and not (self.born or self.phone or self.number)
        fewest = ALONE_FROM if alone else ONE_TYPO_FROM
        return tuple(n for n, word in enumerate(self.words) if len(word) >= fewest)

    @property
    def nothing(self) -> bool:
        """Whether nothing that can be sought was typed."""
        return not (self.words or self.born or self.phone or self.number)


def read_sought(text: str) -> Sought:
    """What somebody typed, part by part."""
    born, rest = _born(text)
    found = _NUMBER.search(rest)
    phone, number = ("", "") if found is None else (folding.phone(found[0]), folding.number(found[0]))
    if phone or number:
        rest = rest.replace(found[0] if found else "", " ", 1)
    instead = _words(found[0]) if found else ()
    order = found[0].strip() if found else ""
    return Sought(_words(rest), born, phone if len(phone) >= FEWEST_DIGITS else "", number, order, instead)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word[:LONGEST_WORD] for word in folding.words(text))[:MOST_WORDS]


def distance(words: Iterable[str], names: Iterable[str]) -> int | None:
    """How many typing errors lie between these words and the names: each is the beginning of one, or one error away.

    None where a word fits no name.
    """
    known = list(names)
    found = [_nearest(word, known) for word in words]
    return None if None in found else sum(each or 0 for each in found)


def _nearest(word: str, names: list[str]) -> int | None:
    if any(name.startswith(word) for name in names):
        return 0
    near = (DamerauLevenshtein.distance(word, name, score_cutoff=1) <= 1 for name in names)
    return 1 if len(word) >= ONE_TYPO_FROM and any(near) else None


def _born(text: str) -> tuple[str, str]:
    if found := _WORDS.search(text):
        text = text.replace(found[0], f"{found[3]}-{_MONTHS.get(found[2].lower(), 0)}-{found[1]}", 1)
    for pattern, order in ((_ISO, (0, 1, 2)), (_US, (2, 0, 1))):
        if found := pattern.search(text):
            year, month, day = (int(found.groups()[n]) for n in order)
            try:
                return f"{date(year, month, day):%Y%m%d}", pattern.sub(" ", text, count=1)
            except ValueError:
                continue
    return "", text

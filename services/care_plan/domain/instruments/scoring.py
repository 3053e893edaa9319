"""The words every instrument is described and scored in: items, scales, bands, differences that matter, rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from carebus.contracts.care_plan import Respondent


class Band(StrEnum):
    """How strong something is; of a screen, whether to look closer."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    MODERATELY_SEVERE = "moderately_severe"
    SEVERE = "severe"
    NEGATIVE = "negative"
    POSITIVE = "positive"


class Change(StrEnum):
    """Whether a score changed by as much as matters to the patient."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a score, a band or a change goes by: in plain words, and who published it."""

    says: str
    source: str

    def __str__(self) -> str:
        return f"{self.says} {self.source}"


@dataclass(frozen=True, slots=True)
class Bands:
    """From which score each band begins, lowest first."""

    starts: tuple[tuple[int, Band], ...]
    rule: Rule

    def of(self, score: int | None) -> Band | None:
        """The band of a score; None when it is not known."""
        return None if score is None else [band for start, band in self.starts if start <= score][-1]

    def span(self, band: Band, most: int) -> str:
        """The scores of a band in words, such as "4 to 6", of a scale that goes up to `most`."""
        first = next(start for start, each in self.starts if each is band)
        last = min((start - 1 for start, _ in self.starts if start > first), default=most)
        return str(first) if first == last else f"{first} to {last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One item as it was answered, or the sum of several; known only when all of its items are.

    least, most: its ends, of which `most` is the worst; both 0 when the answer is a code and not a number.
    better_from, worse_from: the fall and the rise from which a change matters; None where none is published.
    change_rule: who published these.
    """

    code: str
    name: str
    items: tuple[str, ...]
    most: int
    rule: Rule
    least: int = 0
    bands: Bands | None = None
    better_from: int | None = None
    worse_from: int | None = None
    change_rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that an item can have; its words, where they are ours or free to be shown."""

    value: int | str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an instrument.

    label: what it is about, which is no instrument's own wording.
    wording: the instrument's own words, where they are free to be shown.
    """

    code: str
    label: str
    choices: tuple[Choice, ...]
    wording: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """Whether an instrument's own words are recorded as free to be shown, and the sentence that goes with them.

    notice: the acknowledgement or licence to be shown with it; where not free, why only topics are named.
    """

    free: bool
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An instrument: all that a form, a list or a comparison needs to know of it.

    code: the field of Assessments that holds its answers.
    answered_by: who may answer it, the usual respondent first.
    asks: the sentence before its items, where its wording is free.
    """

    code: str
    name: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    answered_by: tuple[Respondent, ...]
    wording: Wording
    asks: str | None = None


ANYBODY = tuple(Respondent)
STAFF = (Respondent.STAFF,)


def numbered(least: int, most: int, labels: dict[int, str] | None = None) -> tuple[Choice, ...]:
    """All whole numbers from one to another as choices, with words for some of them."""
    return tuple(Choice(value, (labels or {}).get(value)) for value in range(least, most + 1))


def summed(answers: Iterable[int | str | None]) -> int | None:
    """The sum of numbers; None when one of them is missing, or is a code."""
    given = list(answers)
    numbers = [answer for answer in given if isinstance(answer, int)]
    return sum(numbers) if len(numbers) == len(given) else None


def total(answers: BaseModel | None, scale: Scale) -> int | None:
    """The sum of a scale's items; None unless all of them were answered."""
    return summed(getattr(answers, item, None) for item in scale.items)


def change(before: int | None, now: int | None, scale: Scale) -> Change | None:
    """Whether a score changed by as much as matters; None when either, or what matters, is not known."""
    if before is None or now is None or scale.better_from is None or scale.worse_from is None:
        return None
    if before - now >= scale.better_from:
        return Change.BETTER
    return Change.WORSE if now - before >= scale.worse_from else Change.SAME

"""The letter of condolence: plain words as data, in the language of whoever reads it, with nothing of the illness."""

from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Self

from pydantic import Field, model_validator

from carebus.errors import BrokenRule
from carebus.reasoning.parts import Part
from services.care_plan.domain.bereavement.state import Bereaved
from services.care_plan.domain.care import Care

PLACES = frozenset({"to", "called"})
OF_A_DATE = frozenset({"day", "month", "year"})


class LetterText(Part):
    """The letter in one language."""

    language: str = Field(pattern=r"^[a-z]{2}$")
    name: str
    dated: str
    months: tuple[str, ...] = Field(min_length=12, max_length=12)
    salutation: str
    paragraphs: tuple[str, ...] = Field(min_length=1)
    closing: str

    @model_validator(mode="after")
    def _has_known_places(self) -> Self:
        for text in (self.salutation, *self.paragraphs, self.closing):
            if unknown := sorted(_places(text) - PLACES):
                raise BrokenRule(f"{self.language}: nothing is put in the place of {unknown[0]!r}")
        if _places(self.dated) != OF_A_DATE:
            raise BrokenRule(f"{self.language}: a date has a day, a month and a year")
        return self


class LetterTexts(Part):
    """A version of the letter, in every language that it is written in; the first is for all others."""

    id: str
    version: int = Field(ge=1)
    title: str
    texts: tuple[LetterText, ...] = Field(min_length=1)

    def text_for(self, person: Bereaved, asked: str = "") -> LetterText:
        """In the language that is asked for, else in the person's own, else in the first."""
        by_language = {one.language: one for one in self.texts}
        wanted = (asked, person.language.partition("-")[0])
        return next((by_language[one] for one in wanted if one in by_language), self.texts[0])


@dataclass(frozen=True, slots=True)
class CondolenceLetter:
    """What stands on the paper, from the date to those who sign."""

    language: str
    dated: str
    salutation: str
    paragraphs: tuple[str, ...]
    closing: str
    signed: tuple[str, ...]


def letter_to(person: Bereaved, care: Care, text: LetterText, on: date) -> CondolenceLetter:
    """The letter to one person."""
    assert care.patient is not None, "somebody died whom we know"
    put = {"to": person.full_name, "called": care.patient.given_name}
    return CondolenceLetter(
        language=text.language,
        dated=text.dated.format(day=on.day, month=text.months[on.month - 1], year=on.year),
        salutation=text.salutation.format(**put),
        paragraphs=tuple(one.format(**put) for one in text.paragraphs),
        closing=text.closing,
        signed=tuple(one.name for one in care.team or care.former_team),
    )


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)

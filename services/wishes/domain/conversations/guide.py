"""A guide for serious-illness conversations: data in English and Spanish, in our own words."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from carebus.contracts.wishes import CHOICES, Choice, WishTopic
from carebus.errors import BrokenRule

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Language(StrEnum):
    """The languages a guide is written in."""

    ENGLISH = "en"
    SPANISH = "es"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Part):
    """Words in every language of the guide."""

    en: Annotated[str, Field(min_length=1, max_length=600)]
    es: Annotated[str, Field(min_length=1, max_length=600)]

    def in_(self, language: Language | str) -> str:
        """In this language; in English where the guide has no other."""
        return self.es if language == Language.SPANISH else self.en


class Option(_Part):
    """A choice, in words that a patient understands."""

    choice: Choice
    says: Said


class Question(_Part):
    """One question. say: the words to the patient.  tip: for whoever leads.  topic: what it settles, with its options.

    lines: how tall its field is, for an answer in the patient's own words.
    """

    id: Id
    say: Said
    tip: Said | None = None
    topic: WishTopic | None = None
    options: tuple[Option, ...] = ()
    lines: int = Field(3, ge=1, le=8)

    @model_validator(mode="after")
    def _offers_all(self) -> Self:
        offered = {one.choice for one in self.options}
        if self.topic and offered != set(CHOICES[self.topic]):
            raise BrokenRule(f"{self.id} must offer every choice of {self.topic}, and no other.")
        if not self.topic and self.options:
            raise BrokenRule(f"{self.id} offers choices and names no topic.")
        return self


class Step(_Part):
    """A part of the conversation, after which it can be stopped."""

    id: Id
    title: Said
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Guide(_Part):
    """A guide. matters, worries: which questions' answers stand in its summary under those heads."""

    guide: Id
    version: int = Field(ge=1)
    title: Said
    matters: Id
    worries: Id
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [one.id for one in self.questions()]
        if len(ids) != len(set(ids)):
            raise BrokenRule("A question stands in the guide twice.")
        if {self.matters, self.worries} - set(ids):
            raise BrokenRule("What matters most, and worries, are questions of the guide.")
        topics = [one.topic for one in self.questions() if one.topic]
        if sorted(topics) != sorted(WishTopic):
            raise BrokenRule("Each topic has one question.")
        return self

    def questions(self) -> Iterator[Question]:
        """All of them, in order."""
        for step in self.steps:
            yield from step.questions

    def step(self, step_id: str) -> Step | None:
        """The step of this id."""
        return next((one for one in self.steps if one.id == step_id), None)

    def after(self, step_id: str) -> Step | None:
        """The step that follows."""
        ids = [one.id for one in self.steps]
        at = ids.index(step_id) + 1
        return self.steps[at] if at < len(ids) else None

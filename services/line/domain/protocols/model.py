"""A protocol as data: questions with red flags first, steps from the most urgent down, words in two languages."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from carebus.contracts.line import Disposition
from carebus.errors import BrokenRule
from carebus.reasoning.facts import Fact, FactValue, Vocabulary
from carebus.reasoning.language import Compare, Diagnosed, Predicate, inside
from carebus.reasoning.parts import Part

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=400)]
URGENCY = list(Disposition)
"""The dispositions, the most urgent first."""
APPROVERS = 2
MOST_QUESTIONS, MOST_STEPS = 20, 20


class Language(StrEnum):
    """In which language the caller is asked."""

    ENGLISH = "en"
    SPANISH = "es"


class KnownFrom(StrEnum):
    """What a sheet may say already: it is offered as the answer, and the nurse asks all the same."""

    WANTS_TO_STAY_HOME = "wants_to_stay_home"
    IN_LAST_DAYS = "in_last_days"


class Said(Part):
    """Our own words, in both languages."""

    en: Words
    es: Words

    def in_(self, language: Language) -> str:
        """The words in this language."""
        return self.en if language is Language.ENGLISH else self.es


class Approver(Part):
    """Who stands for a version."""

    name: Words
    profession: Words
    approved_on: date


class Choice(Said):
    """One of several answers."""

    id: Name


class Scale(Part):
    """Whole numbers from the lowest to the highest."""

    lowest: int = Field(ge=0)
    highest: int = Field(le=200)


class Question(Part):
    """What is asked. Without choices or a scale it is answered with yes or no.

    red_flag: yes alone may call for help at once.  hint: what the nurse listens for, in English.
    """

    id: Name
    ask: Said
    red_flag: bool = False
    hint: Annotated[str, Field(max_length=400)] = ""
    choices: tuple[Choice, ...] = Field((), max_length=8)
    scale: Scale | None = None
    known_from: KnownFrom | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if self.choices and self.scale:
            raise BrokenRule(f"the question {self.id} has choices or a scale, not both")
        if (self.red_flag or self.known_from) and (self.choices or self.scale):
            raise BrokenRule(
                f"the question {self.id} is answered with yes or no, as red flags and what a sheet knows are"
            )
        if self.scale and self.scale.lowest >= self.scale.highest:
            raise BrokenRule(f"the scale of {self.id} begins above its end")
        return self

    @property
    def fact(self) -> Fact:
        """The fact that the answer is, as rules compare it."""
        kind = str if self.choices else float if self.scale else bool
        return Fact(kind, self.ask.en, one_of=tuple(one.id for one in self.choices))

    @property
    def answers(self) -> tuple[FactValue, ...]:
        """Every answer there is."""
        if self.scale:
            return tuple(float(n) for n in range(self.scale.lowest, self.scale.highest + 1))
        return tuple(one.id for one in self.choices) or (False, True)


class Step(Part):
    """A rule, and the disposition that it proposes. tell: what the nurse tells the caller then."""

    id: Name
    when: Predicate
    disposition: Disposition
    because: Words
    tell: tuple[Said, ...] = Field((), max_length=8)


class Otherwise(Part):
    """What is proposed once every question that could call for more is answered, and none does."""

    disposition: Disposition
    tell: tuple[Said, ...] = Field((), max_length=8)


class Example(Part):
    """A case with the answers that a caller gives, and what is to come of it. step: none where nothing is proposed."""

    about: Words
    answers: Mapping[str, bool | float | str]
    step: str | None = None
    disposition: Disposition | None = None


class Protocol(Part):
    """A version of a protocol. until: the last day on which it is in force."""

    id: Name
    version: int = Field(ge=1)
    title: Said
    about: Annotated[str, Field(max_length=2000)] = ""
    in_force_from: date
    until: date | None = None
    approved_by: tuple[Approver, ...]
    questions: tuple[Question, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)
    otherwise: Otherwise
    comfort: tuple[Said, ...] = Field((), max_length=12)
    examples: tuple[Example, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_approved(self) -> Self:
        if len({one.name.casefold() for one in self.approved_by}) < APPROVERS:
            raise BrokenRule("`approved_by` wants two people who stand for this version")
        if self.until and self.until < self.in_force_from:
            raise BrokenRule("`until` is before `in_force_from`")
        return self

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> Self:
        for kind, ids in (("questions", self._ids(self.questions)), ("steps", self._ids(self.steps))):
            if twice := sorted({name for name in ids if ids.count(name) > 1}):
                raise BrokenRule(f"two {kind} are called {twice[0]}")
        if OTHERWISE in self._ids(self.steps):
            raise BrokenRule(f"no step is called {OTHERWISE}: that is what comes after all of them")
        return self

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        flags = [one.red_flag for one in self.questions]
        if late := [one.id for one, before in zip(self.questions[1:], flags, strict=False) if one.red_flag > before]:
            raise BrokenRule(f"the red flag {late[0]} stands before every question that is none")
        ranks = [URGENCY.index(one.disposition) for one in self.steps]
        if late := [
            one.id for one, rank, before in zip(self.steps[1:], ranks[1:], ranks, strict=False) if rank < before
        ]:
            raise BrokenRule(f"the step {late[0]} is more urgent than the one before it: the most urgent stand first")
        if ranks[-1] >= URGENCY.index(self.otherwise.disposition):
            raise BrokenRule(f"the step {self.steps[-1].id} is no more urgent than `otherwise`")
        return self

    @model_validator(mode="after")
    def _steps_rest_on_its_questions(self) -> Self:
        for step in self.steps:
            for rule in inside(step.when):
                if isinstance(rule, Diagnosed):
                    raise BrokenRule(
                        f"the step {step.id} looks for a diagnosis: a protocol rests on its questions alone"
                    )
                if isinstance(rule, Compare) and (why := rule.misuse(self.vocabulary)):
                    raise BrokenRule(f"the step {step.id}: {why.replace('fact', 'question')}")
        return self

    @staticmethod
    def _ids(parts: tuple[Question, ...] | tuple[Step, ...]) -> list[str]:
        return [one.id for one in parts]

    @property
    def name(self) -> str:
        """Its id and version."""
        return f"{self.id}/{self.version}"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What its rules may ask for: its questions."""
        return {one.id: one.fact for one in self.questions}

    @cached_property
    def document(self) -> str:
        """Its text in one form, whatever the file looks like: what a call goes on with."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @cached_property
    def digest(self) -> str:
        """It changes with any change of the text."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    def question(self, name: str) -> Question | None:
        """The question with this id."""
        return next((one for one in self.questions if one.id == name), None)

    def step(self, name: str) -> Step | Otherwise | None:
        """The step with this id, or what comes after all."""
        return self.otherwise if name == OTHERWISE else next((one for one in self.steps if one.id == name), None)

    def is_in_force(self, today: date) -> bool:
        """Whether calls begin with it on this day."""
        return self.in_force_from <= today and (self.until is None or today <= self.until)


OTHERWISE = "otherwise"
"""The step after all steps."""

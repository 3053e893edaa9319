"""When to talk about hospice, as data: rules in three values over phase, function, stays in hospital and wishes."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from carebus.contracts.care_plan import Phase
from carebus.contracts.wishes import CHOICES, WishTopic
from carebus.errors import BrokenRule
from carebus.reasoning.facts import Fact, FactValue, Vocabulary
from carebus.reasoning.findings import MET, Judgement
from carebus.reasoning.language import Predicate, Situation
from carebus.reasoning.parts import Part
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.state import Hospice

MONTHS_COUNTED = timedelta(days=183)
"""Stays in hospital are counted over the last six months."""

VOCABULARY: Vocabulary = {
    "phase": Fact(str, "the palliative care phase", one_of=tuple(Phase)),
    "akps": Fact(float, "performance (AKPS)", unit="%"),
    "hospital_stays_6m": Fact(float, "stays in hospital in the last six months"),
    **{
        f"wish.{topic}": Fact(str, f"what is wished of {topic.replace('_', ' ')}", one_of=tuple(CHOICES[topic]))
        for topic in WishTopic
    },
}
"""What a rule may ask for. A wish that is contested is not known; so are stays of which no hospital told."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]


class PromptRule(Part):
    """A reason to talk about hospice: when the rule is met, a clinician is prompted with what it says."""

    id: Name
    says: Words
    source: Words
    rule: Predicate


class PromptRules(Part):
    """A version of the rules. again_after_days: a prompt that was dismissed may come again then, on other evidence."""

    id: Name
    version: int = Field(ge=1)
    title: Words
    again_after_days: int = Field(ge=0)
    prompts: tuple[PromptRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [one.id for one in self.prompts]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise BrokenRule(f"two rules are called {twice[0]}")
        return self

    @property
    def name(self) -> str:
        """Its id and version, as prompts name it."""
        return f"{self.id}/{self.version}"


def facts_of(care: Care, hospice: Hospice, today: date) -> Mapping[str, FactValue]:
    """What is known of somebody: a fact that is absent is not known."""
    stays = [one for one in hospice.stays if one.on > today - MONTHS_COUNTED]
    known: dict[str, FactValue | None] = {
        "phase": care.phase.value if care.phase else None,
        "akps": float(care.akps) if care.akps is not None else None,
        "hospital_stays_6m": float(len(stays)) if stays else None,
    }
    for topic in hospice.wishes:
        choices = {one.statement.choice for one in topic.known}
        known[f"wish.{topic.topic}"] = None if topic.contested or len(choices) != 1 else choices.pop().value
    return {name: value for name, value in known.items() if value is not None}


def found(rules: PromptRules, known: Mapping[str, FactValue]) -> dict[str, Judgement]:
    """What each rule finds, by its name."""
    situation = Situation(known, VOCABULARY)
    return {one.id: one.rule.find(situation) for one in rules.prompts}


def met(rules: PromptRules, known: Mapping[str, FactValue]) -> dict[str, tuple[PromptRule, Judgement]]:
    """The rules that are met, with their evidence."""
    judged = found(rules, known)
    return {one.id: (one, judged[one.id]) for one in rules.prompts if judged[one.id].value is MET}

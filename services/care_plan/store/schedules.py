"""Data that decisions about hospice and bereavement go by: each in the newest version that lies with the service."""

from functools import cache
from typing import TypeVar

from carebus.errors import BrokenRule
from carebus.reasoning.facts import Vocabulary
from carebus.reasoning.files import read, require_name
from services.care_plan.domain.bereavement.letter import LetterTexts
from services.care_plan.domain.bereavement.schedule import Schedule
from services.care_plan.domain.hospice import benefits, rules
from services.care_plan.domain.hospice.benefits import BenefitRules
from services.care_plan.domain.hospice.rules import PromptRules
from services.care_plan.store.rulesets import OWN, RulesetUnreadable

R = TypeVar("R", PromptRules, BenefitRules, Schedule, LetterTexts)


@cache
def hospice_prompts() -> PromptRules:
    """When to talk about hospice. Raises RulesetUnreadable."""
    return _newest("hospice_prompts", PromptRules, rules.VOCABULARY)


@cache
def hospice_benefits() -> BenefitRules:
    """Which benefit ends when. Raises RulesetUnreadable."""
    return _newest("hospice_benefits", BenefitRules, benefits.VOCABULARY)


@cache
def bereavement_schedule() -> Schedule:
    """When those who stay are contacted. Raises RulesetUnreadable."""
    return _newest("bereavement", Schedule, None)


@cache
def condolence_letter() -> LetterTexts:
    """The letter of condolence. Raises RulesetUnreadable."""
    return _newest("condolence", LetterTexts, None)


def _newest(name: str, kind: type[R], vocabulary: Vocabulary | None) -> R:
    found = []
    for file in sorted(OWN.glob(f"{name}-*.yaml")):
        try:
            found.append(read(file, kind, vocabulary))
            require_name(file, found[-1].id, found[-1].version)
        except BrokenRule as why:
            raise RulesetUnreadable(file=file.name, why=str(why)) from None
    if not found:
        raise RulesetUnreadable(file=f"{name}-1.yaml", why="there is no such file")
    return max(found, key=lambda each: each.version)

"""A rule set: its criteria, what follows from each, for whom it holds; and the book of all rule sets."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from carebus.contracts.people import Condition
from carebus.contracts.referral import CriterionValue, DeclineReason
from carebus.errors import BrokenRule
from carebus.reasoning.codes import CodeList, CodeLists
from carebus.reasoning.language import Diagnosed, Predicate, inside
from carebus.reasoning.parts import Part
from services.referral.domain.eligibility.facts import Facts, situation
from services.referral.domain.referring.conditions import ICD_EXCEPT, ICD_PREFIXES, SNOMED_CODES

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]

_TITLES = {
    Condition.HEART_FAILURE: "heart failure",
    Condition.COPD: "COPD",
    Condition.CANCER: "cancer",
    Condition.DEMENTIA: "dementia",
    Condition.PARKINSONS: "Parkinson's disease",
}

CONDITIONS: CodeLists = {
    condition.value: CodeList(
        title=_TITLES[condition],
        icd_10_cm=tuple(prefix for prefix, (named, _) in ICD_PREFIXES.items() if named is condition),
        icd_10_cm_except=ICD_EXCEPT,
        snomed_ct=tuple(code for code, (named, _) in SNOMED_CODES.items() if named is condition),
    )
    for condition in Condition
}
"""The code lists that every rule set may name: one for each of the serious illnesses."""


class Stated(Part):
    """One criterion: a rule, and what follows from it.

    Without `when_not_met` it only informs. `when_unknown: ask` holds the decision until somebody has answered;
    `pass` lets it go on, and names what is missing.
    """

    id: Name
    title: Words
    rule: Predicate
    when_not_met: DeclineReason | None = None
    when_unknown: Literal["ask", "pass"] = "pass"
    says: Annotated[str, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def _follows(self) -> Self:
        if self.when_not_met is DeclineReason.OTHER:
            raise BrokenRule(f"{self.id} needs a reason of its own: `other` wants a text that a rule can't write")
        if self.when_not_met is None and self.when_unknown == "ask":
            raise BrokenRule(f"{self.id} decides nothing, so it can't hold a decision")
        if (self.when_not_met is None) is bool(self.says):
            raise BrokenRule(f"{self.id} wants `says` if it has `when_not_met`, and only then")
        return self

    @property
    def decides(self) -> bool:
        """Whether anything follows from it."""
        return self.when_not_met is not None


class RuleSet(Part):
    """A version of a rule set. Without `applies_when` it holds for everybody for whom no other does."""

    id: Name
    version: int = Field(ge=1)
    title: Words
    about: Annotated[str, Field(max_length=4000)] = ""
    effective_from: date = date.min
    applies_when: Predicate | None = None
    precedence: int = 0
    code_lists: Mapping[str, CodeList] = {}
    criteria: tuple[Stated, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        ids = [each.id for each in self.criteria]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise BrokenRule(f"two criteria are called {twice[0]}")
        if taken := sorted(self.code_lists.keys() & CONDITIONS.keys()):
            raise BrokenRule(f"the code list {taken[0]} is built in: give yours another name")
        rules = [each.rule for each in self.criteria] + ([self.applies_when] if self.applies_when else [])
        used = {name for rule in rules for one in inside(rule) if isinstance(one, Diagnosed) for name in one.diagnosed}
        if unknown := sorted(used - self.lists.keys()):
            raise BrokenRule(f"no code list is called {unknown[0]}")
        return self

    @property
    def name(self) -> str:
        """Its id and version, as assessments name it."""
        return f"{self.id}/{self.version}"

    @cached_property
    def lists(self) -> CodeLists:
        """Every code list that its rules may name."""
        return {**CONDITIONS, **self.code_lists}

    @cached_property
    def digest(self) -> str:
        """Twelve digits that change with any change of its text."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def holds_for(self, facts: Facts) -> bool:
        """Whether it is known to be the one for this referral."""
        if self.applies_when is None:
            return True
        return self.applies_when.find(situation(facts, self.lists)).value is CriterionValue.MET


def _id(rules: RuleSet) -> str:
    return rules.id


@dataclass(frozen=True)
class RuleBook:
    """All rule sets in all their versions. `of` refuses a book that would leave a referral without one."""

    sets: tuple[RuleSet, ...]

    @classmethod
    def of(cls, sets: Iterable[RuleSet]) -> Self:
        """The book of these. Raises BrokenRule."""
        ordered = sorted(sets, key=lambda each: (-each.precedence, each.id, -each.version))
        for name, alike in groupby(sorted(each.name for each in ordered)):
            if len(list(alike)) > 1:
                raise BrokenRule(f"there are two rule sets {name}: raise the version of one")
        by_id = [list(versions) for _, versions in groupby(sorted(ordered, key=_id), key=_id)]
        general = [versions for versions in by_id if any(each.applies_when is None for each in versions)]
        if len(general) != 1 or any(each.applies_when for each in general[0]):
            raise BrokenRule(
                "exactly one rule set is to hold for everybody else: without `applies_when`, in all versions"
            )
        if all(each.effective_from > date.min for each in general[0]):
            raise BrokenRule(f"the first version of {general[0][0].id} holds from the beginning: no `effective_from`")
        precedences = [{each.precedence for each in versions} for versions in by_id if versions is not general[0]]
        if sum(map(len, precedences)) > len(set().union(*precedences)):
            raise BrokenRule("two rule sets have the same `precedence`, so it is open which goes first")
        return cls(tuple(ordered))

    def current(self, today: date) -> list[RuleSet]:
        """The newest version of each that is in force by now, in the order in which they are tried."""
        in_force = [each for each in self.sets if each.effective_from <= today]
        newest = {each.id: each for each in sorted(in_force, key=lambda each: each.version)}
        return sorted(newest.values(), key=lambda each: (each.applies_when is None, -each.precedence))

    def choose(self, facts: Facts, today: date) -> RuleSet:
        """The rule set for a referral: the first in force that is known to hold for it."""
        return next(each for each in self.current(today) if each.holds_for(facts))

    def named(self, name: str) -> RuleSet | None:
        """A rule set by its id and version."""
        return next((each for each in self.sets if each.name == name), None)

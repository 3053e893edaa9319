"""The rule language: a fact compared, a diagnosis looked for, and all, any and not of such rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from carebus.contracts.people import Diagnosis
from carebus.errors import BrokenRule
from services.referral.domain.eligibility.facts import DIAGNOSES, FACTS, Facts, Known, asked_by
from services.referral.domain.eligibility.findings import MET, NOT_MET, UNKNOWN, Finding, all_of, any_of, opposite
from services.referral.domain.referring.conditions import ICD_10_CM, SNOMED_CT, is_readable

NO_CODE = "no_code_of_a_serious_illness"
UNREADABLE = "code_system_not_known"
SORTS = {bool: "true or false", float: "numbers", str: "words (in quotes)"}
"""What a fact of each kind is compared with."""


class Part(BaseModel):
    """A part of a rule set: immutable, closed to keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class CodeList(Part):
    """Codes that name one illness. Those of ICD-10-CM are beginnings, without dots; SNOMED CT's are whole."""

    title: str
    icd_10_cm: tuple[str, ...] = ()
    icd_10_cm_except: tuple[str, ...] = ()
    snomed_ct: tuple[str, ...] = ()

    def names(self, diagnosis: Diagnosis) -> bool:
        """Whether this diagnosis is one of the list's."""
        code = diagnosis.code.replace(".", "").upper()
        if diagnosis.system == SNOMED_CT:
            return diagnosis.code in self.snomed_ct
        found = diagnosis.system == ICD_10_CM and code.startswith(self.icd_10_cm)
        return found and not code.startswith(self.icd_10_cm_except)


Lists = Mapping[str, CodeList]


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule is applied to: the facts, and the code lists of its rule set."""

    facts: Facts
    lists: Lists


_HOLDS = {"at_least": ge, "above": gt, "at_most": le, "below": lt}


class Compare(Part):
    """One fact compared with one bound, one value or a list of values."""

    KEY: ClassVar = "fact"
    fact: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    equals: bool | float | str | None = Field(None, alias="is")
    one_of: tuple[bool | float | str, ...] | None = Field(None, alias="in")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.fact not in FACTS:
            raise BrokenRule(f"no fact is called {self.fact!r}")
        if len(self.said) != 1:
            raise BrokenRule(f"{self.fact} wants one comparison: at_least, above, at_most, below, is or in")
        kind = FACTS[self.fact].kind
        if any(_kind_of_value(value) is not kind for value in self._values):
            raise BrokenRule(f"{self.fact} is compared with {SORTS[kind]}")
        return self

    def find(self, given: Given) -> Finding:
        """What is found; unknown if the fact is."""
        value = given.facts.known.get(self.fact)
        if value is None:
            return Finding(UNKNOWN, (), (asked_by(self.fact),))
        holds = self._holds(value)
        return Finding(MET if holds else NOT_MET, (_evidence(self.fact, value, holds=holds),))

    @property
    def said(self) -> dict[str, Any]:
        """The comparison: how, and with what."""
        return {name: said for name, said in self if name != "fact" and said is not None}

    @property
    def _values(self) -> Sequence[Any]:
        (said,) = self.said.values()
        return said if isinstance(said, tuple) else (said,)

    def _holds(self, value: Known) -> bool:
        ((name, bound),) = self.said.items()
        if name in {"equals", "one_of"}:
            return _plain(value) in {_plain(each) for each in self._values}
        return bool(_HOLDS[name](float(value), bound))


class Diagnosed(Part):
    """A diagnosis of one of these lists. Codes that can't be read leave it open, as does having none."""

    KEY: ClassVar = "diagnosed"
    diagnosed: tuple[str, ...] = Field(min_length=1)

    def find(self, given: Given) -> Finding:
        """What is found, resting on the codes."""
        lists = [given.lists[name] for name in self.diagnosed]
        stated = given.facts.diagnoses
        named = tuple(f"{each.system}:{each.code}" for each in stated if any(one.names(each) for one in lists))
        if named:
            return Finding(MET, named)
        if not stated:
            return Finding(UNKNOWN, (), (DIAGNOSES,))
        if all(is_readable(each) for each in stated):
            return Finding(NOT_MET, (NO_CODE,))
        return Finding(UNKNOWN, (UNREADABLE,), (DIAGNOSES,))


class AllOf(Part):
    """All of these rules."""

    KEY: ClassVar = "all"
    rules: tuple["Rule", ...] = Field(alias="all", min_length=1)

    def find(self, given: Given) -> Finding:
        """What is found."""
        return all_of([each.find(given) for each in self.rules])


class AnyOf(Part):
    """Any of these rules."""

    KEY: ClassVar = "any"
    rules: tuple["Rule", ...] = Field(alias="any", min_length=1)

    def find(self, given: Given) -> Finding:
        """What is found."""
        return any_of([each.find(given) for each in self.rules])


class NotSo(Part):
    """The opposite of a rule."""

    KEY: ClassVar = "not"
    rule: "Rule" = Field(alias="not")

    def find(self, given: Given) -> Finding:
        """What is found."""
        return opposite(self.rule.find(given))


_KINDS = (Compare, Diagnosed, AllOf, AnyOf, NotSo)


def _kind_of(stated: Any) -> str | None:
    if isinstance(stated, _KINDS):
        return stated.KEY
    named = [kind.KEY for kind in _KINDS if isinstance(stated, dict) and kind.KEY in stated]
    return named[0] if len(named) == 1 else None


Rule = Annotated[
    Annotated[Compare, Tag("fact")]
    | Annotated[Diagnosed, Tag("diagnosed")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotSo, Tag("not")],
    Discriminator(
        _kind_of,
        custom_error_type="rule_kind",
        custom_error_message="a rule has one of the keys fact, diagnosed, all, any, not",
    ),
]
"""Any rule: told apart by its one key."""

for _nested in (AllOf, AnyOf, NotSo):
    _nested.model_rebuild()


def inside(rule: Rule) -> Iterator[Rule]:
    """A rule and all rules in it."""
    yield rule
    for each in rule.rules if isinstance(rule, AllOf | AnyOf) else [rule.rule] if isinstance(rule, NotSo) else []:
        yield from inside(each)


def _kind_of_value(value: Known) -> type[bool] | type[float] | type[str]:
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float


def _plain(value: Known) -> Known:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _evidence(name: str, value: Known, *, holds: bool) -> str:
    fact = FACTS[name]
    if not fact.shown:
        return f"{name}:{'fits' if holds else 'differs'}"
    said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return fact.codes.get(value) or f"{name}={said if isinstance(said, str) else format(said, 'g')}"

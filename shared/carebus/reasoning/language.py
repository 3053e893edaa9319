"""The rule language: a fact compared, a diagnosis looked for, and all, any and not of such rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ge, gt, le, lt
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag, ValidationInfo, model_validator

from carebus.contracts.people import Diagnosis
from carebus.errors import BrokenRule
from carebus.reasoning.codes import CodeLists, is_readable
from carebus.reasoning.facts import FactValue, Vocabulary, evidence, kind_of, plain
from carebus.reasoning.findings import MET, NOT_MET, UNKNOWN, Judgement, all_of, any_of, opposite
from carebus.reasoning.parts import Part

NO_CODE = "no_code_of_a_serious_illness"
UNREADABLE = "code_system_not_known"
DIAGNOSES = "diagnoses"
SORTS = {bool: "true or false", float: "numbers", str: "words (in quotes)"}
"""What a fact of each kind is compared with."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule is applied to: a fact that is absent is not known. lists: the code lists that it may name."""

    values: Mapping[str, FactValue]
    vocabulary: Vocabulary
    diagnoses: tuple[Diagnosis, ...] = ()
    lists: CodeLists = field(default_factory=dict)


_HOLDS = {"at_least": ge, "above": gt, "at_most": le, "below": lt}


class Compare(Part):
    """One fact compared with one bound, one value or a list of values.

    Read with a vocabulary as its context, a comparison that this does not allow is refused.
    """

    KEY: ClassVar = "fact"
    fact: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    equals: bool | float | str | None = Field(None, alias="is")
    one_of: tuple[bool | float | str, ...] | None = Field(None, alias="in")

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        why = self.misuse(info.context) if info.context is not None else ""
        if why or len(self.said) != 1:
            raise BrokenRule(why or _ONE_COMPARISON.format(fact=self.fact))
        return self

    def misuse(self, vocabulary: Vocabulary) -> str:
        """What this vocabulary does not allow of it, in a sentence; empty if it is right."""
        if self.fact not in vocabulary:
            return f"no fact is called {self.fact!r}"
        if len(self.said) != 1:
            return _ONE_COMPARISON.format(fact=self.fact)
        fact = vocabulary[self.fact]
        if any(kind_of(value) is not fact.kind for value in self.values):
            return f"{self.fact} is compared with {SORTS[fact.kind]}"
        unheard = [value for value in self.values if fact.one_of and value not in fact.one_of]
        return f"{self.fact} is never {unheard[0]!r}" if unheard else ""

    def find(self, known: Situation) -> Judgement:
        """What is found; unknown if the fact is."""
        value, fact = known.values.get(self.fact), known.vocabulary[self.fact]
        if value is None:
            return Judgement(UNKNOWN, (), (fact.asked_by or self.fact,))
        holds = self._holds(value)
        return Judgement(MET if holds else NOT_MET, (evidence(self.fact, fact, value, holds=holds),))

    @property
    def said(self) -> dict[str, Any]:
        """The comparison: how, and with what."""
        return {name: said for name, said in self if name != "fact" and said is not None}

    @property
    def values(self) -> Sequence[Any]:
        """What it is compared with."""
        (said,) = self.said.values()
        return said if isinstance(said, tuple) else (said,)

    def _holds(self, value: FactValue) -> bool:
        ((name, bound),) = self.said.items()
        if name in {"equals", "one_of"}:
            return plain(value) in {plain(each) for each in self.values}
        return bool(_HOLDS[name](float(value), bound))


_ONE_COMPARISON = "{fact} wants one comparison: at_least, above, at_most, below, is or in"


class Diagnosed(Part):
    """A diagnosis of one of these lists. Codes that can't be read leave it open, as does having none."""

    KEY: ClassVar = "diagnosed"
    diagnosed: tuple[str, ...] = Field(min_length=1)

    def find(self, known: Situation) -> Judgement:
        """What is found, resting on the codes."""
        lists, stated = [known.lists[name] for name in self.diagnosed], known.diagnoses
        named = tuple(f"{each.system}:{each.code}" for each in stated if any(one.names(each) for one in lists))
        if named:
            return Judgement(MET, named)
        if not stated:
            return Judgement(UNKNOWN, (), (DIAGNOSES,))
        if all(is_readable(each) for each in stated):
            return Judgement(NOT_MET, (NO_CODE,))
        return Judgement(UNKNOWN, (UNREADABLE,), (DIAGNOSES,))


class AllOf(Part):
    """All of these rules."""

    KEY: ClassVar = "all"
    rules: tuple["Predicate", ...] = Field(alias="all", min_length=1)

    def find(self, known: Situation) -> Judgement:
        """What is found."""
        return all_of([each.find(known) for each in self.rules])


class AnyOf(Part):
    """Any of these rules."""

    KEY: ClassVar = "any"
    rules: tuple["Predicate", ...] = Field(alias="any", min_length=1)

    def find(self, known: Situation) -> Judgement:
        """What is found."""
        return any_of([each.find(known) for each in self.rules])


class NotSo(Part):
    """The opposite of a rule."""

    KEY: ClassVar = "not"
    rule: "Predicate" = Field(alias="not")

    def find(self, known: Situation) -> Judgement:
        """What is found."""
        return opposite(self.rule.find(known))


_KINDS = (Compare, Diagnosed, AllOf, AnyOf, NotSo)


def _kind_of(stated: Any) -> str | None:
    if isinstance(stated, _KINDS):
        return stated.KEY
    named = [kind.KEY for kind in _KINDS if isinstance(stated, dict) and kind.KEY in stated]
    return named[0] if len(named) == 1 else None


Predicate = Annotated[
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


def inside(rule: Predicate) -> Iterator[Predicate]:
    """A rule and all rules in it."""
    yield rule
    for each in rule.rules if isinstance(rule, AllOf | AnyOf) else [rule.rule] if isinstance(rule, NotSo) else []:
        yield from inside(each)

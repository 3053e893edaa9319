"""The whole table of a protocol: every combination of answers, with each question also left open, as bits of numbers.

A set of combinations is one whole number, so that and, or and not of a rule are one operation each, for all of them at
once. Nothing is sampled: what is shown of a table is shown of every combination.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import and_, or_

from carebus.contracts.criteria import CriterionValue
from carebus.errors import BrokenRule
from carebus.reasoning.facts import FactValue
from carebus.reasoning.findings import MET, NOT_MET
from carebus.reasoning.language import AllOf, AnyOf, Compare, Diagnosed, NotSo, Predicate, Situation, inside
from services.line.domain.protocols.model import Protocol

MOST = 5_000_000
"""So many combinations are proved at most: fourteen questions of yes and no, each with its blank, are 4,782,969."""
Cell = tuple[str, FactValue | None]
Reading = Callable[[Protocol, Compare, FactValue | None], CriterionValue]


class TooManyAnswers(BrokenRule):
    """A protocol that is too large to be proved."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One question in the table. Its first value is no answer. Answers that no rule tells apart stand as one."""

    question: str
    values: tuple[FactValue | None, ...]
    stride: int

    @property
    def period(self) -> int:
        """After so many combinations its values come again."""
        return self.stride * len(self.values)


@dataclass(frozen=True, slots=True)
class Space:
    """All combinations of answers to some questions."""

    axes: tuple[Axis, ...]
    size: int

    @property
    def all(self) -> int:
        """The set of all combinations."""
        return (1 << self.size) - 1

    def where(self, axis: Axis, nth: int) -> int:
        """The combinations in which this question has its nth value."""
        made, width = ((1 << axis.stride) - 1) << (nth * axis.stride), axis.period
        while width < self.size:
            made, width = made | made << width, width * 2
        return made & self.all

    def complete(self) -> int:
        """The combinations in which every question is answered."""
        return reduce(lambda left, axis: left & ~self.where(axis, 0), self.axes, self.all)

    def first(self, of: int) -> dict[str, FactValue]:
        """The answers of the first combination of a set that is not empty."""
        nth = (of & -of).bit_length() - 1
        found = {axis.question: axis.values[nth // axis.stride % len(axis.values)] for axis in self.axes}
        return {name: value for name, value in found.items() if value is not None}


def space_of(*protocols: Protocol) -> Space:
    """The combinations of all questions of these protocols. Raises TooManyAnswers."""
    axes, size = list[Axis](), 1
    for name in dict.fromkeys(one.id for protocol in protocols for one in protocol.questions):
        axes.append(Axis(name, (None, *_told_apart(name, protocols)), size))
        size = axes[-1].period
    if size > MOST:
        raise TooManyAnswers(f"{size:,} combinations of answers are too many to prove (at most {MOST:,}): split it")
    return Space(tuple(axes), size)


def read_as_judged(protocol: Protocol, rule: Compare, value: FactValue | None) -> CriterionValue:
    """What a comparison finds of one answer, as calls are judged."""
    given = {} if value is None else {rule.fact: value}
    return rule.find(Situation(given, protocol.vocabulary)).value


def table_of(protocol: Protocol, space: Space, reading: Reading = read_as_judged) -> list[tuple[int, int]]:
    """For each step the combinations in which it holds, and in which it is known not to."""
    axes = {axis.question: axis for axis in space.axes}

    def of(rule: Predicate) -> tuple[int, int]:
        match rule:
            case Compare():
                return _compared(protocol, rule, space, axes[rule.fact], reading)
            case AllOf():
                parts = [of(each) for each in rule.rules]
                return reduce(and_, (met for met, _ in parts)), reduce(or_, (not_met for _, not_met in parts))
            case AnyOf():
                parts = [of(each) for each in rule.rules]
                return reduce(or_, (met for met, _ in parts)), reduce(and_, (not_met for _, not_met in parts))
            case NotSo():
                met, not_met = of(rule.rule)
                return not_met, met
            case Diagnosed():
                raise AssertionError("a protocol rests on its questions alone")

    return [of(step.when) for step in protocol.steps]


def _compared(protocol: Protocol, rule: Compare, space: Space, axis: Axis, reading: Reading) -> tuple[int, int]:
    found = {MET: 0, NOT_MET: 0, CriterionValue.UNKNOWN: 0}
    for nth, value in enumerate(axis.values):
        found[reading(protocol, rule, value)] |= space.where(axis, nth)
    return found[MET], found[NOT_MET]


def _told_apart(name: str, protocols: Iterable[Protocol]) -> tuple[FactValue, ...]:
    """The answers to a question; neighbours on a scale that every rule finds alike stand as one."""
    asked = [(protocol, one) for protocol in protocols if (one := protocol.question(name))]
    answers = tuple(dict.fromkeys(value for _, one in asked for value in one.answers))
    if not all(one.scale for _, one in asked):
        return answers
    rules = [(protocol, rule) for protocol, _ in asked for rule in _comparisons(protocol, name)]
    alike: Mapping[FactValue, tuple[CriterionValue, ...]] = {
        value: tuple(read_as_judged(protocol, rule, value) for protocol, rule in rules) for value in answers
    }
    return tuple(next(values) for _, values in groupby(answers, key=lambda value: alike[value]))


def _comparisons(protocol: Protocol, name: str) -> list[Compare]:
    rules = [rule for step in protocol.steps for rule in inside(step.when)]
    return [rule for rule in rules if isinstance(rule, Compare) and rule.fact == name]

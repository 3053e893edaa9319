"""Starting plans: what a plan for somebody with certain illnesses is likely to say, before the patient was asked."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Self
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from carebus.contracts.care_plan import InterventionKind
from carebus.contracts.event import Value
from carebus.contracts.people import Condition, Role
from carebus.errors import BrokenRule


class LikelyIntervention(Value):
    """What is often done. role: whose profession it is."""

    code: str
    kind: InterventionKind
    text: str
    often: str = ""
    equipment_code: str = ""
    role: Role


class LikelyProblem(Value):
    """What often troubles, what the team then aims at, and what it does. The patient's own words can't be in here."""

    code: str
    text: str
    goal: str
    aim: str
    interventions: tuple[LikelyIntervention, ...] = ()


class StartingPlans(Value):
    """The starting plans of one version, by illness, and when plans are reviewed.

    review_days: after an approval, unless another day is chosen.  review_days_at_most: the latest that may be chosen.
    """

    version: int
    review_days: Annotated[int, Field(ge=1)]
    review_days_at_most: Annotated[int, Field(ge=1)]
    conditions: dict[Condition, tuple[LikelyProblem, ...]]
    everybody: tuple[LikelyProblem, ...] = ()

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if missing := [condition for condition in Condition if condition not in self.conditions]:
            raise BrokenRule(f"There is no starting plan for {', '.join(missing)}.")
        if self.review_days > self.review_days_at_most:
            raise BrokenRule("review_days is at most review_days_at_most.")
        return self

    def likely(self, conditions: Iterable[Condition]) -> tuple[LikelyProblem, ...]:
        """What is likely with these illnesses: a problem of several illnesses once, with what is done for each."""
        merged: dict[str, LikelyProblem] = {}
        for problem in self._of(conditions):
            known = merged.get(problem.code)
            merged[problem.code] = problem if known is None else _both(known, problem)
        return tuple(merged.values())

    def _of(self, conditions: Iterable[Condition]) -> Iterator[LikelyProblem]:
        for condition in conditions:
            yield from self.conditions[condition]
        yield from self.everybody


def id_in(plan_id: UUID, part: str, code: str) -> UUID:
    """The id that a part of a starting plan has in somebody's plan: the same each time the form is opened."""
    return uuid5(plan_id, f"{part}/{code}")


def _both(known: LikelyProblem, other: LikelyProblem) -> LikelyProblem:
    codes = {each.code for each in known.interventions}
    more = (each for each in other.interventions if each.code not in codes)
    return known.model_copy(update={"interventions": (*known.interventions, *more)})

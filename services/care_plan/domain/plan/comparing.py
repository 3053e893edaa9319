"""What is otherwise in one version of a plan than in another: part by part, by the ids of what stands in it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from carebus.contracts.care_plan import PlanOfCare
from carebus.contracts.event import Value

PARTS = {
    "goals": ("goal_id", "words"),
    "problems": ("problem_id", "text"),
    "interventions": ("intervention_id", "text"),
    "needs": ("domain", "note"),
    "elsewhere": ("item_id", "text"),
}
"""Each part of a plan: what names an item of it, and what it says first of all."""


class PlanDifference(NamedTuple):
    """An item that is new, gone or otherwise. was, now: what it said and says; alike where something else changed."""

    part: str
    name: str
    was: str | None
    now: str | None


def differences(before: PlanOfCare, after: PlanOfCare) -> list[PlanDifference]:
    """What changed from one version to the other, in the order of the parts; what is gone comes last in each."""
    return [found for part in PARTS for found in _of(part, before, after)]


def _of(part: str, before: PlanOfCare, after: PlanOfCare) -> Iterator[PlanDifference]:
    _, text = PARTS[part]
    old, new = _by_name(part, before), _by_name(part, after)
    for name, item in new.items():
        if name not in old:
            yield PlanDifference(part, name, None, getattr(item, text))
        elif item != old[name]:
            yield PlanDifference(part, name, getattr(old[name], text), getattr(item, text))
    for name in old.keys() - new.keys():
        yield PlanDifference(part, name, getattr(old[name], text), None)


def _by_name(part: str, plan: PlanOfCare) -> Mapping[str, Value]:
    name, _ = PARTS[part]
    return {str(getattr(item, name)): item for item in getattr(plan, part)}

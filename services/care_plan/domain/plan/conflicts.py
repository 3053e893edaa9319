"""Finds what conflicts in a plan, within it and with what others plan; each conflict names its rule.

The HL7 MCC eCare Plan guide (1.0.0) says of a care plan that it serves to reconcile and resolve conflicts between the
plans of different providers, and leaves to others how they are found. These rules are ours; they look at codes, owners
and kinds, and read no meaning out of texts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from carebus.contracts.care_plan import (
    ConflictSide,
    GoalStatus,
    InterventionKind,
    PlanConflict,
    PlanGoal,
    PlanIntervention,
    PlannedElsewhere,
    PlanOfCare,
    PlanOwner,
    PlanProblem,
)

NOT_SOUGHT = frozenset({GoalStatus.COMPLETED, GoalStatus.CANCELLED, GoalStatus.ENTERED_IN_ERROR, GoalStatus.REJECTED})
"""Goals that nobody pursues or may pursue again: nothing goes against them."""

Thing = PlanProblem | PlanIntervention | PlannedElsewhere
Planned = PlanIntervention | PlannedElsewhere


class ConflictRule(NamedTuple):
    """A rule: its name, its sentence, where it comes from, and who settles such a conflict how."""

    name: str
    says: str
    source: str
    settled: str


TWO_OWNERS = ConflictRule(
    "two_owners",
    "What is done for one thing has one owner. Here more than one is named.",
    "A rule of our own. HL7 MCC eCare Plan 1.0.0 names one custodian, for a plan as a whole.",
    "A doctor or advanced practice provider agrees with the others who goes on, and writes down what was agreed.",
)
DUPLICATE_EQUIPMENT = ConflictRule(
    "duplicate_equipment",
    "The same equipment is asked for by more than one. It would be delivered, and billed, twice.",
    "A rule of our own; we know of no published one.",
    "A doctor or advanced practice provider agrees who orders it; the others withdraw their request.",
)
HOME_AGAINST_HOSPITAL = ConflictRule(
    "home_against_hospital",
    "The patient wants comfort or to stay at home, and something planned leads to the emergency room or the hospital.",
    "A rule of our own; we know of no published one.",
    "A doctor or advanced practice provider asks the patient, or whoever decides for them, which is to stand.",
)
RULES = {rule.name: rule for rule in (TWO_OWNERS, DUPLICATE_EQUIPMENT, HOME_AGAINST_HOSPITAL)}


def conflicts_in(plan_id: UUID, says: PlanOfCare) -> tuple[PlanConflict, ...]:
    """Every conflict of what a plan says, in the same order for the same plan."""
    return (
        *_of_more_owners(plan_id, TWO_OWNERS, _things(says), _matter),
        *_of_more_owners(plan_id, DUPLICATE_EQUIPMENT, _planned(says), _equipment),
        *_against_home(plan_id, says),
    )


def _of_more_owners(
    plan_id: UUID, rule: ConflictRule, things: Iterable[Thing], same: Callable[[Thing], str]
) -> Iterator[PlanConflict]:
    together: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        if key := same(thing):
            together[key].append(thing)
    for found in together.values():
        if len({_owner_key(thing.owner) for thing in found}) > 1:
            yield _conflict(plan_id, rule, [_side(thing) for thing in found])


def _against_home(plan_id: UUID, says: PlanOfCare) -> Iterator[PlanConflict]:
    wished = [goal for goal in says.goals if goal.at_home and goal.status not in NOT_SOUGHT]
    for thing in _planned(says):
        if wished and thing.kind is InterventionKind.HOSPITAL:
            sides = [*map(_wish, wished), _side(thing)]
            yield _conflict(plan_id, HOME_AGAINST_HOSPITAL, sides)


def _things(says: PlanOfCare) -> Iterator[Thing]:
    yield from says.problems
    yield from _planned(says)


def _planned(says: PlanOfCare) -> Iterator[Planned]:
    yield from says.interventions
    yield from says.elsewhere


def _matter(thing: Thing) -> str:
    """What makes two things one: their code, or the very same words. Equipment has a rule of its own."""
    return "" if _equipment(thing) else thing.code or " ".join(thing.text.casefold().split())


def _equipment(thing: Thing) -> str:
    return "" if isinstance(thing, PlanProblem) else thing.equipment_code.upper()


def _owner_key(owner: PlanOwner) -> str:
    return str(owner.clinician_id or " ".join(owner.name.casefold().split()))


def _side(thing: Thing) -> ConflictSide:
    plan_of = thing.plan_of if isinstance(thing, PlannedElsewhere) else ""
    return ConflictSide(item_id=_id(thing), text=thing.text, owner=thing.owner, plan_of=plan_of)


def _wish(goal: PlanGoal) -> ConflictSide:
    return ConflictSide(item_id=goal.goal_id, text=goal.words, owner=goal.owner)


def _id(thing: Thing) -> UUID:
    if isinstance(thing, PlanProblem):
        return thing.problem_id
    return thing.intervention_id if isinstance(thing, PlanIntervention) else thing.item_id


def _conflict(plan_id: UUID, rule: ConflictRule, sides: Sequence[ConflictSide]) -> PlanConflict:
    """The same things with the same owners are the same conflict in every version, so what was settled stays so."""
    key = "/".join(sorted(f"{side.item_id}:{_owner_key(side.owner)}" for side in sides))
    conflict_id = uuid5(plan_id, f"{rule.name}/{key}")
    return PlanConflict(conflict_id=conflict_id, rule=rule.name, says=rule.says, sides=tuple(sides))

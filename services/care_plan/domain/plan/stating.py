"""What somebody states of a plan when they write it: the whole plan at once, with who owns what."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from carebus.contracts.care_plan import InterventionKind, NeedDomain, PlanOfCare, PlanOwner, Respondent, WhyNotAssessed
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.errors import BrokenRule

LONGEST = 1000
"""Characters of one text of a plan: a plan is read at night on a phone."""
Said = Annotated[str, Phi.TEXT, Field(min_length=1, max_length=LONGEST)]
Note = Annotated[str, Phi.TEXT, Field(max_length=LONGEST)]
Somebody = Annotated[str, Phi.NAME, Field(max_length=200)]
Code = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_]*$")]
EquipmentCode = Annotated[str, Field(max_length=20, pattern=r"^[A-Za-z0-9.-]*$")]
Day = Annotated[date | None, Phi.DATE]


class Stated(Value):
    """A part of what somebody states. What it does not know is refused, since it would be lost."""

    model_config = ConfigDict(extra="forbid")


class OwnerStated(Stated):
    """Who owns something: somebody of the team by id, or somebody outside by name. Never both, never neither."""

    clinician_id: UUID | None = None
    name: Somebody = ""
    profession: Note = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.clinician_id is None) == (not self.name.strip()):
            raise BrokenRule("Name one owner: somebody of the care team, or somebody outside it.")
        return self


class ProblemStated(Stated):
    """A problem; without an owner it is the one's who leads the team."""

    problem_id: UUID
    code: Code = ""
    text: Said
    owner: OwnerStated | None = None


class GoalStated(Stated):
    """A goal, in the patient's words first; without an owner it is the one's who leads the team."""

    goal_id: UUID
    code: Code = ""
    words: Said
    said_by: Respondent = Respondent.PATIENT
    aim: Note = ""
    problem_ids: tuple[UUID, ...] = ()
    at_home: bool = False
    due_on: Day = None
    owner: OwnerStated | None = None


class InterventionStated(Stated):
    """What is done, by its one owner."""

    intervention_id: UUID
    code: Code = ""
    kind: InterventionKind
    text: Said
    often: Note = ""
    equipment_code: EquipmentCode = ""
    problem_ids: tuple[UUID, ...] = ()
    goal_ids: tuple[UUID, ...] = ()
    owner: OwnerStated


class ElsewhereStated(Stated):
    """What somebody outside plans; without an owner it is theirs whose plan it is."""

    item_id: UUID
    plan_of: Annotated[str, Phi.NAME, Field(min_length=1, max_length=200)]
    stated_on: Day = None
    code: Code = ""
    kind: InterventionKind
    text: Said
    equipment_code: EquipmentCode = ""
    owner: OwnerStated | None = None


class NeedStated(Stated):
    """Needs of one kind: the day they were assessed, or why they were not."""

    domain: NeedDomain
    assessed_on: Day = None
    why_not: WhyNotAssessed | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _assessed_or_not(self) -> Self:
        if (self.assessed_on is None) == (self.why_not is None):
            raise BrokenRule("Give the day of the assessment, or say why there was none.")
        if self.why_not is WhyNotAssessed.OTHER and not self.note.strip():
            raise BrokenRule("Say in words why there was none.")
        return self


class PlanStated(Stated):
    """A whole plan as it is to stand. Ids are chosen by whoever writes it; what keeps its id is the same thing."""

    problems: Annotated[tuple[ProblemStated, ...], Field(max_length=30)] = ()
    goals: Annotated[tuple[GoalStated, ...], Field(max_length=30)] = ()
    interventions: Annotated[tuple[InterventionStated, ...], Field(max_length=60)] = ()
    needs: Annotated[tuple[NeedStated, ...], Field(max_length=len(NeedDomain))] = ()
    elsewhere: Annotated[tuple[ElsewhereStated, ...], Field(max_length=60)] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        ids = list(self._ids())
        if len(set(ids)) < len(ids):
            raise BrokenRule("Two parts of the plan have the same id. Give each its own.")
        if len({need.domain for need in self.needs}) < len(self.needs):
            raise BrokenRule("Needs of one kind are stated twice. State them once.")
        if not set(self._named()) <= set(ids):
            raise BrokenRule("Something names a problem or goal that is not in the plan. Choose one that is.")
        return self

    def _ids(self) -> Iterator[UUID]:
        yield from (problem.problem_id for problem in self.problems)
        yield from (goal.goal_id for goal in self.goals)
        yield from (intervention.intervention_id for intervention in self.interventions)
        yield from (item.item_id for item in self.elsewhere)

    def _named(self) -> Iterator[UUID]:
        for goal in self.goals:
            yield from goal.problem_ids
        for intervention in self.interventions:
            yield from (*intervention.problem_ids, *intervention.goal_ids)


PARTS: dict[str, type[Stated]] = {
    "problems": ProblemStated,
    "goals": GoalStated,
    "interventions": InterventionStated,
    "needs": NeedStated,
    "elsewhere": ElsewhereStated,
}
"""The parts of a plan, as they are stated."""


def restated(says: PlanOfCare) -> PlanStated:
    """The plan that stands, as somebody would state it who changes nothing: what a form begins with."""
    return PlanStated.model_validate(
        {part: [_restated(item, kind) for item in getattr(says, part)] for part, kind in PARTS.items()}
    )


def _restated(item: Value, kind: type[Stated]) -> dict[str, object]:
    """Without what is not stated anew, such as how far a goal is."""
    owner: PlanOwner | None = getattr(item, "owner", None)
    stated = item.model_dump(include=set(kind.model_fields))
    return {**stated, "owner": _owner(owner)} if owner else stated


def _owner(owner: PlanOwner) -> dict[str, object]:
    if owner.clinician_id is not None:
        return {"clinician_id": owner.clinician_id}
    return owner.model_dump(exclude={"clinician_id"})

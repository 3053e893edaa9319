"""Conflicts of a plan are kept until they are settled: by agreement of all sides, or by revising the plan."""

from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from carebus.contracts.care_plan import ConflictSettlement, PlanConflict, PlanConflictDetected, PlanConflictSettled
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.care import Care, Plan, episode_of
from services.care_plan.domain.care.plan import Agreed
from services.care_plan.domain.plan.conflicts import conflicts_in

KEPT = 20
"""So many agreements stay with a plan."""


class NoPlanYet(CarebusError):
    """Nothing is planned for this person yet."""

    status = HTTPStatus.NOT_FOUND


class ConflictUnknown(CarebusError):
    """There is no such conflict: it was settled, or the plan was revised since."""

    status = HTTPStatus.NOT_FOUND


class SettlePlanConflict(Value, Command):
    """It is agreed whose side of a conflict stands. agreed: what, and with whom."""

    conflict_id: UUID
    how: ConflictSettlement
    agreed: Annotated[str, Phi.TEXT, Field(min_length=3, max_length=1000)]

    @model_validator(mode="after")
    def _by_agreement(self) -> Self:
        if self.how is ConflictSettlement.REVISED:
            raise BrokenRule("Revise the plan: what no longer conflicts is settled by that.")
        return self


def settle_conflict(care: Care, settles: SettlePlanConflict, cause: Cause) -> Decision:
    """The conflict is settled knowingly: it is not raised again while the same things stand with the same owners.

    Raises NotInCare, CareEnded, CareOnHold, NoPlanYet, ConflictUnknown.
    """
    plan = plan_of(care)
    conflict = next((each for each in plan.conflicts if each.conflict_id == settles.conflict_id), None)
    if conflict is None:
        raise ConflictUnknown
    after = plan.model_copy(
        update={
            "conflicts": tuple(each for each in plan.conflicts if each is not conflict),
            "settled": (*plan.settled, conflict.conflict_id),
            "agreements": (*plan.agreements, _agreed(conflict, settles, cause))[-KEPT:],
        }
    )
    told = _settled(care, after, conflict, settles.how, cause, agreed=settles.agreed)
    return changed(care.but(plan=after)).tells(told).part_of(care.journey_id)


def with_conflicts(care: Care, plan: Plan, cause: Cause) -> Decision:
    """This plan stands from now on: what newly conflicts is told, and what conflicts no more is settled."""
    found = conflicts_in(plan.plan_id, plan.says) if plan.says is not None else ()
    ids = {conflict.conflict_id for conflict in found}
    known = {conflict.conflict_id for conflict in plan.conflicts}
    kept = tuple(each for each in found if each.conflict_id not in plan.settled)
    settled = tuple(each for each in plan.settled if each in ids)
    after = plan.model_copy(update={"conflicts": kept, "settled": settled})
    gone = [each for each in plan.conflicts if each.conflict_id not in ids]
    told = [
        *(_detected(care, after, each, cause) for each in kept if each.conflict_id not in known),
        *(_settled(care, after, each, ConflictSettlement.REVISED, cause) for each in gone),
    ]
    return changed(care.but(plan=after)).tells(*told).part_of(care.journey_id)


def plan_of(care: Care) -> Plan:
    """The plan of somebody in care. Raises NotInCare, CareEnded, CareOnHold, NoPlanYet."""
    plan = care.require_open().plan
    if plan is None:
        raise NoPlanYet
    return plan


def _agreed(conflict: PlanConflict, settles: SettlePlanConflict, cause: Cause) -> Agreed:
    return Agreed(conflict=conflict, how=settles.how, agreed=settles.agreed, by=cause.by, at=cause.now)


def _detected(care: Care, plan: Plan, conflict: PlanConflict, cause: Cause) -> PlanConflictDetected:
    return PlanConflictDetected(
        plan_id=plan.plan_id,
        episode_id=episode_of(care),
        version=plan.version,
        conflict=conflict,
        detected_at=cause.now,
    )


def _settled(
    care: Care, plan: Plan, conflict: PlanConflict, how: ConflictSettlement, cause: Cause, *, agreed: str = ""
) -> PlanConflictSettled:
    return PlanConflictSettled(
        plan_id=plan.plan_id,
        episode_id=episode_of(care),
        version=plan.version,
        conflict_id=conflict.conflict_id,
        rule=conflict.rule,
        how=how,
        agreed=agreed,
        settled_at=cause.now,
    )

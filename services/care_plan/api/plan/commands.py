"""The commands about a plan as JSON, and the plan as it stands."""

from uuid import UUID

from fastapi import APIRouter

from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.care_plan.api.acts import Act, act, known_patient
from services.care_plan.api.routes import add_acts
from services.care_plan.domain.care import Care, Plan
from services.care_plan.domain.plan import approving, goals, revising, settling
from services.care_plan.domain.plan.approving import ApprovePlan
from services.care_plan.domain.plan.goals import SetGoalStatus
from services.care_plan.domain.plan.revising import RevisePlan
from services.care_plan.domain.plan.settling import NoPlanYet, SettlePlanConflict
from services.care_plan.store.rulesets import starting_plans

router = APIRouter(prefix="/api", route_class=LimitedRoute)

ACTS: dict[str, Act] = {
    "revise": act(RevisePlan, on(Care, revising.revise_plan)),
    "approve": act(ApprovePlan, on(Care, approving.approving(starting_plans()))),
    "goal": act(SetGoalStatus, on(Care, goals.set_goal_status)),
    "settle-conflict": act(SettlePlanConflict, on(Care, settling.settle_conflict)),
}
"""What is done with a plan, by the last part of its address."""

add_acts(router, "plan", ACTS)


@router.get("/patients/{patient_id}/plan")
async def plan(patient_id: UUID, parts: PartsOf) -> Plan:
    care = await known_patient(parts, patient_id)
    if care.plan is None:
        raise NoPlanYet
    return care.plan

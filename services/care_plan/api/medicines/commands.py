"""The command about medicines as JSON, and the list as it stands with what checks find in it."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from carebus.contracts.care_plan import MedicineDisagreement, MedicineFinding
from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.care_plan.api.acts import Act, act, known_patient
from services.care_plan.api.routes import add_acts
from services.care_plan.domain.care import Care, Medicines
from services.care_plan.domain.medicines.checking import NOT_ASKED, NOT_CHECKED, checked
from services.care_plan.domain.medicines.reconciling import ReconcileMedicines, reconciling
from services.care_plan.store.rulesets import medicine_rules

router = APIRouter(prefix="/api", route_class=LimitedRoute)

ACTS: dict[str, Act] = {"reconcile": act(ReconcileMedicines, on(Care, reconciling(medicine_rules())))}
"""What is done with the list, by the last part of its address."""

add_acts(router, "medicines", ACTS)


class MedicinesShown(BaseModel):
    """The list, None before anybody reconciled it, with what was found by which rules, and what nobody checks."""

    medicines: Medicines | None
    findings: tuple[MedicineFinding, ...] = ()
    disagreements: tuple[MedicineDisagreement, ...] = ()
    not_checked: tuple[str, ...] = (NOT_ASKED, *NOT_CHECKED)
    ruleset: str


@router.get("/patients/{patient_id}/medicines")
async def medicines(patient_id: UUID, parts: PartsOf) -> MedicinesShown:
    return shown((await known_patient(parts, patient_id)).medicines)


def shown(listed: Medicines | None) -> MedicinesShown:
    """The list as it is looked at: checked now, by the newest rules."""
    rules = medicine_rules()
    found = checked(listed, rules)._asdict() if listed is not None else {}
    return MedicinesShown(medicines=listed, ruleset=rules.name, **found)

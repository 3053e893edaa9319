"""The commands about those who stay as JSON, and how it stands."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.care_plan.api.acts import Act, act, known_patient
from services.care_plan.api.routes import add_acts
from services.care_plan.domain.bereavement import beginning, contacting
from services.care_plan.domain.bereavement.beginning import Beginning, RecordDeathInHospice, WithdrawBereavement
from services.care_plan.domain.bereavement.contacting import (
    AddBereaved,
    ChangeBereaved,
    Contacting,
    RecordContact,
    StopBereavement,
    TakeOutBereaved,
    WithdrawContact,
    WithdrawLetter,
    WriteLetter,
)
from services.care_plan.domain.bereavement.state import Bereavement
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.state import Hospice
from services.care_plan.store import bereavement as store
from services.care_plan.store.schedules import bereavement_schedule

router = APIRouter(prefix="/api", route_class=LimitedRoute)
_beginning, _contacting = Beginning(bereavement_schedule()), Contacting(bereavement_schedule())

CONFIRM_DEATH = on(Care, Hospice, Bereavement, _beginning.confirm_death)
"""A death that is confirmed ends care, and those who stay are looked after."""

ACTS: dict[str, Act] = {
    "died-in-hospice": act(RecordDeathInHospice, on(Care, Hospice, Bereavement, _beginning.record_death)),
    "withdraw": act(WithdrawBereavement, on(Care, Bereavement, beginning.withdraw_bereavement)),
    "add": act(AddBereaved, on(Care, Bereavement, _contacting.add)),
    "change": act(ChangeBereaved, on(Care, Bereavement, _contacting.change)),
    "stop": act(StopBereavement, on(Care, Bereavement, _contacting.stop)),
    "take-out": act(TakeOutBereaved, on(Care, Bereavement, contacting.take_out)),
    "contact": act(RecordContact, on(Care, Bereavement, _contacting.record_contact)),
    "withdraw-contact": act(WithdrawContact, on(Care, Bereavement, _contacting.withdraw_contact)),
    "letter": act(WriteLetter, on(Care, Bereavement, contacting.write_letter)),
    "withdraw-letter": act(WithdrawLetter, on(Care, Bereavement, contacting.withdraw_letter)),
}
"""What is done for them, by the last part of its address."""

add_acts(router, "bereavement", ACTS)


@router.get("/patients/{patient_id}/bereavement")
async def bereavement(patient_id: UUID, parts: PartsOf) -> dict[str, Any]:
    await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        found = await store.bereavement_of(db, patient_id)
    return {"patient_id": patient_id, **found.model_dump(mode="json")}

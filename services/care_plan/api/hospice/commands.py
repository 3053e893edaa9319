"""The commands about somebody's way to hospice as JSON, and how it stands."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.care_plan.api.acts import Act, act, known_patient
from services.care_plan.api.routes import add_acts
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice import deciding, electing, handing_over, leaving, prompting
from services.care_plan.domain.hospice.asked import (
    CorrectElection,
    RecordDecline,
    RecordDischarge,
    RecordDiscussion,
    RecordElection,
    RecordNotice,
    RecordReceipt,
    RecordRevocation,
    ReferToHospice,
    SendPackage,
    WithdrawEntry,
)
from services.care_plan.domain.hospice.electing import Electing
from services.care_plan.domain.hospice.prompting import ConfirmHospicePrompt, DismissHospicePrompt
from services.care_plan.domain.hospice.state import Hospice, way_in
from services.care_plan.store import hospice as store
from services.care_plan.store.schedules import hospice_benefits

router = APIRouter(prefix="/api", route_class=LimitedRoute)
_electing = Electing(hospice_benefits())

ACTS: dict[str, Act] = {
    "confirm-prompt": act(ConfirmHospicePrompt, on(Care, Hospice, prompting.confirm_prompt)),
    "dismiss-prompt": act(DismissHospicePrompt, on(Care, Hospice, prompting.dismiss_prompt)),
    "discuss": act(RecordDiscussion, on(Care, Hospice, deciding.record_discussion)),
    "refer": act(ReferToHospice, on(Care, Hospice, deciding.refer)),
    "decline": act(RecordDecline, on(Care, Hospice, deciding.decline)),
    "elect": act(RecordElection, on(Care, Hospice, _electing.record)),
    "correct-election": act(CorrectElection, on(Care, Hospice, _electing.correct)),
    "notice": act(RecordNotice, on(Care, Hospice, electing.record_notice)),
    "revoke": act(RecordRevocation, on(Care, Hospice, leaving.revoke)),
    "discharge": act(RecordDischarge, on(Care, Hospice, leaving.discharge)),
    "withdraw": act(WithdrawEntry, on(Care, Hospice, leaving.withdraw)),
    "send-package": act(SendPackage, on(Care, Hospice, handing_over.send_package)),
    "receipt": act(RecordReceipt, on(Care, Hospice, handing_over.record_receipt)),
}
"""What is done on the way, by the last part of its address."""
ACKNOWLEDGE = on(Care, Hospice, handing_over.acknowledge_package)

add_acts(router, "hospice", ACTS)


@router.get("/patients/{patient_id}/hospice")
async def hospice(patient_id: UUID, parts: PartsOf) -> dict[str, Any]:
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        way = way_in(care, await store.hospice_of(db, patient_id))
    return {"patient_id": patient_id, "stage": way.stage, **way.model_dump(mode="json", exclude={"stays", "wishes"})}

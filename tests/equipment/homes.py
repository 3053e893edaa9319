"""Patients, suppliers and things at home for the tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.care_plan import EpisodeOpened
from carebus.contracts.event import patient_stream
from carebus.contracts.people import FamilyContact, Person
from carebus.contracts.referral import ReferralAccepted
from carebus.testing import START, Bench
from services.equipment.settings import KnownSupplier
from tests.examples import example

SECRET = "a secret of thirty-two characters and more"
SUPPLIERS = (
    KnownSupplier(id="acme", name="Acme Medical", email="orders@acme.example", phone="800-555-0101"),
    KnownSupplier(id="bay", name="Bay Oxygen"),
)
BED, CONCENTRATOR, WALKER = "E0260", "E1390", "E0143"
TODAY = START.date()


async def taken_on(equipment: Bench, patient: UUID | None = None, **person: Any) -> UUID:
    """Somebody in care, as the service hears of it."""
    patient_id = patient or uuid4()
    known = example(ReferralAccepted).patient.model_dump() | {
        "given_name": "José",
        "family_name": "Núñez",
        "birth_date": date(1940, 5, 1),
        **person,
    }
    contact = FamilyContact(contact_id=uuid4(), full_name="Ana Núñez", relationship="daughter", consented=True)
    accepted = example(ReferralAccepted, patient=Person.model_validate(known), contact=contact)
    await equipment.hears(accepted, stream=patient_stream(patient_id))
    await equipment.hears(example(EpisodeOpened), stream=patient_stream(patient_id))
    return patient_id


async def done(equipment: Bench, patient: UUID, act: str, **body: Any) -> dict[str, Any]:
    """An act, which is taken; gives what it made."""
    answer = await equipment.command(f"/api/patients/{patient}/{act}", body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["made"]
    return made


async def refused(equipment: Bench, patient: UUID, act: str, **body: Any) -> tuple[int, str]:
    """An act, which is not taken: its status and code."""
    answer = await equipment.command(f"/api/patients/{patient}/{act}", body)
    return answer.status_code, answer.json()["code"]


async def stands(equipment: Bench, patient: UUID) -> dict[str, Any]:
    """What stands of somebody's equipment."""
    answer = await equipment.http.get(f"/api/patients/{patient}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def asked_for(equipment: Bench, patient: UUID, item: str = BED, units: int = 1) -> str:
    """A request."""
    made = await done(equipment, patient, "request", item_code=item, units=units, justification="Can't turn in bed.")
    return str(made["request_id"])


async def approved(equipment: Bench, patient: UUID, item: str = BED, units: int = 1, days: int = 60) -> str:
    """A request that the payer pays for."""
    request = await asked_for(equipment, patient, item, units)
    await done(equipment, patient, "ask-payer", request_id=request)
    await done(
        equipment, patient, "approved", request_id=request, units=units, number="A-17", **lasting(equipment, days)
    )
    return request


def lasting(equipment: Bench, days: int) -> dict[str, str]:
    """From today on, for so many days."""
    today = equipment.now().date()
    return {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=days)).isoformat()}


async def ordered(equipment: Bench, patient: UUID, item: str = BED, units: int = 1, supplier: str = "acme") -> str:
    """An order of what the payer pays for."""
    request = await approved(equipment, patient, item, units)
    due_on = (equipment.now().date() + timedelta(days=2)).isoformat()
    said = {"request_id": request, "supplier_id": supplier, "units": units, "due_on": due_on}
    return str((await done(equipment, patient, "order", **said))["order_id"])


async def at_home(equipment: Bench, patient: UUID, item: str = BED, serial: str = "", supplier: str = "acme") -> str:
    """Something delivered."""
    order = await ordered(equipment, patient, item, supplier=supplier)
    return str((await done(equipment, patient, "delivered", order_id=order, serial=serial))["loan_id"])


def loan_of(told: dict[str, Any], loan: str) -> dict[str, Any]:
    """One loan among what stands."""
    found: dict[str, Any] = next(one for one in told["loans"] if one["loan_id"] == loan)
    return found

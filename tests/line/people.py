"""Patients and calls for the tests of the line."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.care_plan import CareTeamAssigned, EpisodeOpened
from carebus.contracts.event import patient_stream
from carebus.contracts.people import FamilyContact, Payer, PayerKind, Person
from carebus.contracts.referral import ReferralAccepted
from carebus.testing import Bench
from tests.examples import example

DAUGHTER = "(617) 555-0142"


async def taken_on(line: Bench, patient: UUID | None = None, **person: Any) -> UUID:
    """Somebody in care, as the line hears of it: each event twice."""
    patient_id = patient or uuid4()
    known = example(ReferralAccepted).patient.model_dump() | {
        "given_name": "José",
        "family_name": "Núñez",
        "phone": "+1 617 555 0101",
        **person,
    }
    accepted = example(
        ReferralAccepted,
        patient=Person.model_validate(known),
        payer=Payer(name="Elm Street Health Plan", kind=PayerKind.MEDICARE, member_id="W1234 56789"),
        contact=FamilyContact(
            contact_id=uuid4(), full_name="Ana Núñez", relationship="daughter", phone=DAUGHTER, consented=True
        ),
    )
    stream = patient_stream(patient_id)
    await line.hears(accepted, stream=stream)
    await line.hears(example(EpisodeOpened), stream=stream)
    await line.hears(example(CareTeamAssigned), stream=stream)
    return patient_id


async def on_the_phone(line: Bench, number: str = "") -> str:
    """A call that a nurse wrote down."""
    answer = await line.command("/api/calls", {"from_number": number})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["call_id"])

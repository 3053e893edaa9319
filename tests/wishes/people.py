"""Patients, papers and wishes for the tests."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.care_plan import EpisodeOpened
from carebus.contracts.event import patient_stream
from carebus.contracts.people import FamilyContact, Person
from carebus.contracts.referral import ReferralAccepted
from carebus.testing import Bench
from tests.examples import example
from tests.wishes.papers import pdf

KEYS = f"k1:{base64.b64encode(b'0' * 32).decode()}"


async def taken_on(
    wishes: Bench, patient: UUID | None = None, told: dict[str, Any] | None = None, **person: Any
) -> UUID:
    """Somebody in care, as the service hears of it. told: of their contact, whom they agreed to."""
    patient_id = patient or uuid4()
    known = example(ReferralAccepted).patient.model_dump() | {
        "given_name": "José",
        "family_name": "Núñez",
        "birth_date": date(1940, 5, 1),
        **person,
    }
    daughter = {"contact_id": uuid4(), "full_name": "Ana Núñez", "relationship": "daughter", "consented": True}
    contact = FamilyContact.model_validate(daughter | (told or {}))
    accepted = example(ReferralAccepted, patient=Person.model_validate(known), contact=contact)
    await wishes.hears(accepted, stream=patient_stream(patient_id))
    await wishes.hears(example(EpisodeOpened), stream=patient_stream(patient_id))
    return patient_id


async def filed(
    wishes: Bench, patient: UUID, *, content: bytes | None = None, says: dict[str, str] | None = None, **fields: Any
) -> Any:
    """A document of the patient, sent as a program does; gives the answer."""
    said = {f"says.{topic}": choice for topic, choice in (says or {}).items()}
    form = {"kind": "portable_order", "status": "final", "signed_on": "2026-02-01", **said, **fields}
    sent = {name: text for name, text in form.items() if text}
    files = {"file": ("paper.pdf", pdf() if content is None else content, "application/octet-stream")}
    headers = {"Idempotency-Key": str(uuid4())}
    return await wishes.http.post(f"/api/patients/{patient}/documents", data=sent, files=files, headers=headers)


async def filed_one(wishes: Bench, patient: UUID, **given: Any) -> dict[str, Any]:
    """The same, where it is taken: the document as it stands."""
    answer = await filed(wishes, patient, **given)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = (await stands(wishes, patient))["documents"][-1]
    return document | {"answer": answer.json()}


async def stands(wishes: Bench, patient: UUID) -> dict[str, Any]:
    """What stands of somebody's wishes."""
    answer = await wishes.http.get(f"/api/patients/{patient}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def done(wishes: Bench, patient: UUID, act: str, **body: Any) -> Any:
    """An act, which is taken."""
    answer = await wishes.command(f"/api/patients/{patient}/{act}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()

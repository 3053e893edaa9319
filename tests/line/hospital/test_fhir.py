"""Notifications by FHIR come to the same as messages by MLLP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carebus.contracts.line import AdmissionNotified, AdmissionWithdrawn, DischargeNotified, HospitalSource
from carebus.testing import Bench, assert_published
from tests.line.hospital.messages import stated
from tests.line.people import taken_on

FHIR = {"Content-Type": "application/fhir+json"}


def notification(event: str = "notification-admit", **encounter: Any) -> dict[str, Any]:
    """A Da Vinci notification."""
    stay = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "in-progress",
        "class": {"code": "IMP"},
        "identifier": [{"value": "1001"}],
        "period": {"start": "2026-03-02T07:30:00-05:00"},
        **encounter,
    }
    person = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": "urn:oid:1.2.3", "value": "777", "type": {"coding": [{"code": "MR"}]}}],
        "name": [{"family": "Núñez", "given": ["José"]}],
        "birthDate": "1941-02-03",
        "telecom": [{"system": "phone", "value": "617-555-0101"}],
    }
    header = {
        "resourceType": "MessageHeader",
        "id": event,
        "eventCoding": {"code": event},
        "source": {"endpoint": "https://general.example/fhir"},
        "focus": [{"reference": "Encounter/e"}],
    }
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": one} for n, one in enumerate((header, stay, person))]
    return {"resourceType": "Bundle", "type": "message", "timestamp": "2026-03-02T08:00:00-05:00", "entry": entries}


async def send(line: Bench, bundle: Any, scope: str = "hospital") -> tuple[int, dict[str, Any]]:
    async with line.as_(scope=scope) as http:
        answer = await http.post("/fhir/$process-message", content=json.dumps(bundle), headers=FHIR)
    return answer.status_code, answer.json()


async def test_an_admission_and_a_discharge_are_told_as_by_mllp(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    for _ in range(2):
        status, answer = await send(line, notification())
        assert (status, answer["entry"][0]["resource"]["response"]["code"]) == (200, "ok")
    (told,) = await assert_published(line, AdmissionNotified, patient=patient)
    assert told.source is HospitalSource.FHIR
    period = {"start": "2026-03-02T07:30:00-05:00", "end": "2026-03-02T08:30:00-05:00"}
    await send(line, notification("notification-discharge", period=period, status="finished"))
    await assert_published(line, DischargeNotified, patient=patient)


async def test_an_encounter_entered_in_error_never_was(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    await send(line, notification())
    await send(line, notification("notification-update", status="entered-in-error"))
    await assert_published(line, AdmissionWithdrawn, patient=patient)


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda bundle: bundle.update(type="collection"), 400),
        (lambda bundle: bundle["entry"].pop(0), 422),
        (lambda bundle: bundle["entry"].pop(2), 422),
        (lambda bundle: bundle.pop("timestamp"), 422),
        (lambda bundle: bundle["entry"][1]["resource"]["period"].update(start="yesterday"), 422),
        (lambda bundle: bundle["entry"][1]["resource"]["period"].update(start="0001-01-01T00:00:00+14:00"), 422),
        (lambda bundle: bundle.update(timestamp="0001-01-01T00:00:00+14:00"), 422),
        (lambda bundle: bundle["entry"][2]["resource"].update(birthDate="0001-02-03"), 422),
        (lambda bundle: bundle["entry"][2]["resource"].update(birthDate="\x00941-02-03"), 422),
        (lambda bundle: bundle["entry"][2].clear(), 422),
        (lambda bundle: bundle["entry"][0]["resource"]["source"].update(endpoint="https://other.example"), 403),
        (lambda bundle: bundle.update(entry="nothing"), 422),
    ],
)
async def test_what_is_wrong_is_told_as_an_operation_outcome(line: Bench, spoil: Any, status: int) -> None:
    bundle = notification()
    spoil(bundle)
    found, answer = await send(line, bundle)
    assert (found, answer["resourceType"]) == (status, "OperationOutcome")
    assert "Núñez" not in json.dumps(answer, ensure_ascii=False)


async def test_only_a_hospitals_program_may(line: Bench) -> None:
    assert (await send(line, notification(), scope="telephone"))[0] == 403


async def test_other_events_are_taken_and_say_nothing(line: Bench) -> None:
    assert (await send(line, notification("other-event")))[0] == 200
    await assert_published(line, AdmissionNotified, times=0)

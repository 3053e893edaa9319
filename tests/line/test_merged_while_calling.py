"""A record that is merged while somebody is on the phone about it: nothing is said on it that nobody reads."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from carebus.contracts.event import patient_stream
from carebus.contracts.line import CallTriaged, HandOverWritten
from carebus.contracts.referral import MergeReason, PatientMerged
from carebus.testing import START, Bench, assert_published
from tests.line.people import DAUGHTER, on_the_phone, taken_on

HTML = {"accept": "text/html"}


async def merged(line: Bench, retired: UUID, survivor: UUID) -> None:
    event = PatientMerged(
        merge_id=uuid4(), survivor_id=survivor, retired_id=retired, reason=MergeReason.REVIEWED, merged_at=START
    )
    for one in (retired, survivor):
        await line.hears(event, stream=patient_stream(one))


async def about(line: Bench, patient: UUID) -> str:
    call = await on_the_phone(line)
    assert (await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})).status_code == 200
    return call


@pytest.mark.parametrize(
    ("act", "body"), [("triage", {"disposition": "care_at_home"}), ("tell-team", {"words": "Pain again."})]
)
async def test_what_is_advised_is_told_of_the_record_that_goes_on(line: Bench, act: str, body: dict[str, str]) -> None:
    retired, survivor = await taken_on(line), await taken_on(line)
    call = await about(line, retired)
    await merged(line, retired, survivor)
    refused = await line.command(f"/api/calls/{call}/{act}", {"patient_id": str(retired), **body})
    assert (refused.status_code, refused.json()["code"]) == (409, "record_merged")
    page = (await line.http.get(f"/calls/{call}", headers=HTML)).text
    assert f'value="{survivor}"' in page
    assert f'value="{retired}"' in page
    moved = {"patient_id": str(survivor), "instead_of": str(retired)}
    assert (await line.command(f"/api/calls/{call}/link", moved)).status_code == 200
    said = await line.command(f"/api/calls/{call}/{act}", {"patient_id": str(survivor), **body})
    assert said.status_code == 200
    await line.passes(days=1)
    await assert_published(line, CallTriaged, patient=retired, times=0)
    await assert_published(line, HandOverWritten, patient=survivor, times=1)


async def test_nobody_links_a_call_to_a_record_that_is_retired(line: Bench) -> None:
    retired, survivor = await taken_on(line), await taken_on(line)
    await merged(line, retired, survivor)
    call = await on_the_phone(line)
    refused = await line.command(f"/api/calls/{call}/link", {"patient_id": str(retired)})
    assert (refused.status_code, refused.json()["code"]) == (409, "record_merged")


async def test_whoever_calls_by_a_number_of_the_retired_record_is_led_to_the_one_that_goes_on(line: Bench) -> None:
    retired, survivor = await taken_on(line), await taken_on(line, phone="+1 617 555 0177")
    await taken_on(line, given_name="Rosa", phone="+1 617 555 0133")
    await merged(line, retired, survivor)
    found = (await line.http.post("/api/find", json={"phone": "+1 617 555 0101"})).json()["items"]
    assert [one["patient_id"] for one in found] == [str(survivor)]
    shared = (await line.http.post("/api/find", json={"phone": DAUGHTER})).json()["items"]
    assert len(shared) == 2


async def test_a_call_linked_again_to_whom_it_is_about_keeps_its_advice(line: Bench) -> None:
    patient = await taken_on(line)
    call = await about(line, patient)
    await line.command(f"/api/calls/{call}/triage", {"patient_id": str(patient), "disposition": "care_at_home"})
    again = {"patient_id": str(patient), "instead_of": str(patient)}
    assert (await line.command(f"/api/calls/{call}/link", again)).status_code == 200
    kept = (await line.http.get(f"/api/patients/{patient}")).json()["calls"]
    assert [one["call_id"] for one in kept] == [call]

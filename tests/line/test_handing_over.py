"""By seven in the morning, where the patient lives, their team has a note of every call of the night, each once."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.line import HandOverWritten
from carebus.contracts.people import Person
from carebus.contracts.referral import ReferralAccepted
from carebus.testing import START, Bench, assert_published
from services.line.domain.sheet import Sheet
from services.line.domain.sheet.handing_over import MORNING, MOST, morning_after
from tests.examples import example
from tests.line.people import on_the_phone, taken_on

HTML = {"accept": "text/html"}


def somebody(zone: str) -> Person:
    """A patient with this clock."""
    return example(ReferralAccepted).patient.model_copy(update={"time_zone": zone})


async def advised(line: Bench, patient: object, words: str = "") -> str:
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    if words:
        told = {"patient_id": str(patient), "words": words}
        assert (await line.command(f"/api/calls/{call}/tell-team", told)).status_code == 200
    await line.command(f"/api/calls/{call}/triage", {"patient_id": str(patient), "disposition": "care_at_home"})
    return call


async def test_by_seven_the_team_has_one_note_of_all_calls(line: Bench) -> None:
    patient = await taken_on(line)
    first, second = await advised(line, patient, "Pain again."), await advised(line, patient)
    assert "Pain again." in (await line.http.get("/hand-overs", headers=HTML)).text
    await line.passes(hours=24)
    (note,) = await assert_published(line, HandOverWritten, patient=patient, times=1)
    assert [str(one.call_id) for one in note.calls] == [first, second]
    assert (note.calls[0].words, note.calls[1].words) == ("Pain again.", "")
    assert note.calls[0].disposition == "care_at_home"
    assert "Pain again." in (await line.http.get("/hand-overs", headers=HTML)).text, "read in the morning as well"
    await line.command(f"/api/calls/{first}/unlink", {"patient_id": str(patient)})
    assert "Pain again." not in (await line.http.get("/hand-overs", headers=HTML)).text
    await line.passes(days=2)
    await assert_published(line, HandOverWritten, patient=patient, times=1)


async def test_of_more_calls_than_a_note_holds_the_team_reads_of_every_one(line: Bench) -> None:
    patient = await taken_on(line)
    calls = [await advised(line, patient) for _ in range(MOST + 2)]
    (full,) = await assert_published(line, HandOverWritten, patient=patient, times=1)
    await line.passes(hours=24)
    first, second = await assert_published(line, HandOverWritten, patient=patient, times=2)
    assert first == full
    assert [str(one.call_id) for one in (*first.calls, *second.calls)] == calls


async def test_a_note_that_is_handed_over_at_once_is_not_written_again_in_the_morning(line: Bench) -> None:
    patient = await taken_on(line)
    await advised(line, patient)
    for _ in range(2):
        answer = await line.http.post(f"/patients/{patient}/hand-over", data={"idempotency_key": "one"}, headers=HTML)
        assert answer.status_code == 303
    again = await line.http.post(f"/patients/{patient}/hand-over", data={"idempotency_key": "two"}, headers=HTML)
    assert (again.status_code, "has read of every call" in again.text) == (409, True)
    await line.passes(days=2)
    await assert_published(line, HandOverWritten, patient=patient, times=1)


async def test_a_call_about_somebody_else_is_in_no_note(line: Bench) -> None:
    patient = await taken_on(line)
    call = await advised(line, patient, "Not hers.")
    assert (await line.command(f"/api/calls/{call}/unlink", {"patient_id": str(patient)})).status_code == 200
    await line.passes(days=2)
    await assert_published(line, HandOverWritten, patient=patient, times=0)


async def test_a_call_that_was_closed_without_advice_is_in_the_note_as_well(line: Bench) -> None:
    patient = await taken_on(line)
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    await line.command(f"/api/calls/{call}/describe", {"note": "She found him on the floor."})
    for _ in range(2):
        closed = await line.command(f"/api/calls/{call}/close", {"outcome": "passed_on"}, key="close")
        assert closed.status_code == 200
    await line.passes(hours=24)
    (note,) = await assert_published(line, HandOverWritten, patient=patient, times=1)
    assert [(str(one.call_id), one.words) for one in note.calls] == [(call, "She found him on the floor.")]


async def test_a_wrong_number_is_in_no_note(line: Bench) -> None:
    patient = await taken_on(line)
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    await line.command(f"/api/calls/{call}/close", {"outcome": "wrong_number"})
    await line.passes(hours=24)
    await assert_published(line, HandOverWritten, patient=patient, times=0)


async def test_only_whose_call_it_is_says_what_the_team_is_to_know(line: Bench) -> None:
    patient = await taken_on(line)
    call = await on_the_phone(line)
    unlinked = await line.command(f"/api/calls/{call}/tell-team", {"patient_id": str(patient), "words": "x"})
    assert (unlinked.status_code, unlinked.json()["code"]) == (409, "not_of_this_call")


@given(st.integers(0, 365 * 24 * 60), st.sampled_from(["America/New_York", "Pacific/Honolulu"]))
def test_the_morning_is_the_next_seven_of_that_clock_also_over_clock_changes(minutes: int, zone: str) -> None:
    sheet = Sheet(person=somebody(zone))
    now = START + timedelta(minutes=minutes)
    morning = morning_after(sheet, now)
    assert now < morning <= now + timedelta(hours=25)
    assert morning.astimezone(ZoneInfo(zone)).time() == MORNING


@pytest.mark.parametrize("zone", ["", "Nowhere/Atall"])
def test_where_the_zone_is_not_known_the_clinics_morning_counts(zone: str) -> None:
    sheet = Sheet(person=somebody(zone)) if zone else Sheet()
    assert morning_after(sheet, START).astimezone(ZoneInfo("America/New_York")).time() == MORNING

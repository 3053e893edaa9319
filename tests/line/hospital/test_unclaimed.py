"""Messages that are nobody's yet: a nurse decides, somebody is stated, or they are erased and nothing is left."""

from __future__ import annotations

import re
from uuid import uuid4

from carebus.access import AccountRole
from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.event import patient_stream
from carebus.contracts.line import (
    AdmissionNotified,
    DischargeContactMade,
    DischargeContactMissed,
    DischargeNotified,
)
from carebus.contracts.referral import MergeReason, PatientMerged
from carebus.testing import START, Bench, assert_published
from tests.examples import example
from tests.line.hospital.messages import adt, code_of, port_of, sender_at, stated
from tests.line.people import taken_on


async def send(line: Bench, *messages: str) -> None:
    async with port_of(line) as port, sender_at(port) as hospital:
        for message in messages:
            assert code_of(await hospital.send(message)) == "AA"
    await line.work()


async def kept(line: Bench) -> int:
    async with line.service.core.database.connection() as db:
        found: int = await db.fetchval("select count(*) from unclaimed")
    return found


async def places_with(line: Bench, text: str) -> list[str]:
    """Every table in which this text stands."""
    found = []
    async with line.service.core.database.connection() as db:
        named = "relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        for (name,) in await db.fetch(f"select relname from pg_class where {named}"):
            if await db.fetchval(f'select exists (select from "{name}" as t where t::text like $1)', f"%{text}%"):
                found.append(name)
    return found


async def test_a_sealed_message_is_shown_to_nobody_and_becomes_theirs_when_they_are_stated(line: Bench) -> None:
    await send(line, adt("A01"))
    page = (await line.http.get("/hospital")).text
    assert "Núñez" not in page
    assert await kept(line) == 1
    patient = await stated(line)
    await assert_published(line, AdmissionNotified, patient=patient)
    assert await kept(line) == 0


async def test_a_sealed_message_is_erased_after_72_hours(line: Bench) -> None:
    await send(line, adt("A01"))
    await line.passes(hours=71)
    assert await places_with(line, "Núñez") == ["unclaimed"]
    await line.passes(hours=2)
    assert await kept(line) == 0
    assert await places_with(line, "Núñez") == []


async def test_a_nurse_says_whose_a_message_is_and_the_next_one_is_certain(line: Bench) -> None:
    patient = await stated(line, await taken_on(line), phone="617 555 0999", given_name="Pepe")
    await send(line, adt("A01"))
    page = (await line.http.get("/hospital")).text
    assert "Whose is it?" in page
    (notice,) = re.findall(r"/hospital/([0-9a-f-]{36})/claim", page)
    other = await line.http.post(f"/hospital/{notice}/claim", data={"patient_id": str(uuid4())})
    assert other.status_code == 422
    taken = await line.http.post(f"/hospital/{notice}/claim", data={"patient_id": str(patient)})
    assert taken.status_code == 303
    await assert_published(line, AdmissionNotified, patient=patient)
    assert await kept(line) == 0
    assert (await line.http.post(f"/hospital/{notice}/claim", data={"patient_id": str(patient)})).status_code == 404
    await send(line, adt("A03", left="20260302083000"))
    await assert_published(line, DischargeNotified, patient=patient)


async def test_a_message_of_a_stranger_is_erased_at_once(line: Bench) -> None:
    await stated(line, phone="617 555 0999")
    await send(line, adt("A01"))
    page = (await line.http.get("/hospital")).text
    (notice,) = re.findall(r"/hospital/([0-9a-f-]{36})/disclaim", page)
    assert "<summary>None of our patients</summary>" in page, "not erased for good by one slip beside a name"
    assert (await line.http.post(f"/hospital/{notice}/disclaim", data={})).status_code == 303
    assert await kept(line) == 0
    await assert_published(line, AdmissionNotified, times=0)


async def test_the_worklist_is_for_whoever_answers_the_line(line: Bench) -> None:
    async with line.as_(AccountRole.FAMILY_MEMBER) as http:
        assert (await http.get("/hospital")).status_code == 403


async def test_a_merged_record_leads_to_the_one_that_goes_on(line: Bench) -> None:
    retired, survivor = await stated(line), await taken_on(line)
    merged = PatientMerged(
        merge_id=uuid4(), survivor_id=survivor, retired_id=retired, reason=MergeReason.REVIEWED, merged_at=START
    )
    await line.hears(merged, stream=patient_stream(retired))
    await send(line, adt("A01"))
    await assert_published(line, AdmissionNotified, patient=survivor)


async def test_a_hospitals_merge_teaches_the_number_that_goes_on(line: Bench) -> None:
    patient = await stated(line)
    await send(line, adt("A01"), adt("A40", mrn="888^^^GENERAL^MR", name="", born="", phone="", mrg="777^^^GENERAL^MR"))
    await send(line, adt("A01", visit="2", mrn="888^^^GENERAL^MR", name="", born="", phone=""))
    await assert_published(line, AdmissionNotified, patient=patient, times=2)


async def test_a_number_that_fills_the_box_is_not_learned_and_leads_a_stranger_to_nobody(line: Bench) -> None:
    await stated(line)
    await send(line, adt("A01", mrn="00000000^^^GENERAL^MR"))
    await assert_published(line, AdmissionNotified, times=1)
    await send(line, adt("A01", visit="2", mrn="00000000^^^GENERAL^MR", name="Doe^John", born="", phone=""))
    await assert_published(line, AdmissionNotified, times=1)


async def test_a_discharge_starts_a_contact_that_is_missed_after_two_days_and_made_by_a_person(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    await send(line, adt("A01"), adt("A03", left="20260302083000"))
    (left,) = await assert_published(line, DischargeNotified, patient=patient)
    assert left.contact_due_at
    await line.passes(days=1.9)
    await assert_published(line, DischargeContactMissed, times=0)
    await line.passes(days=0.2)
    await assert_published(line, DischargeContactMissed, patient=patient)
    assert "Late" in (await line.http.get("/hospital")).text
    made = await line.http.post(f"/patients/{patient}/contact", data={"stay_id": str(left.stay_id)})
    assert made.status_code == 303
    (told,) = await assert_published(line, DischargeContactMade, patient=patient)
    assert (told.late, told.by_visit) == (True, False)
    again = await line.http.post(f"/patients/{patient}/contact", data={"stay_id": str(left.stay_id)})
    assert again.status_code == 409


async def test_a_visit_that_took_place_is_the_contact_and_a_discharge_taken_back_needs_none(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    await send(line, adt("A01"), adt("A03", left="20260302083000"))
    await line.hears(example(VisitCompleted, completed_at=START), stream=patient_stream(patient))
    (told,) = await assert_published(line, DischargeContactMade, patient=patient)
    assert (told.late, told.by_visit) == (False, True)
    await send(line, adt("A01", visit="2"), adt("A03", visit="2", left="20260302084500"))
    await send(line, adt("A13", visit="2", at="20260302085000"))
    await line.passes(days=3)
    await assert_published(line, DischargeContactMissed, times=0)

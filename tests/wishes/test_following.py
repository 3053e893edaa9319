"""What the service hears of patients: who they are, records that are one person's, a reported death, and reviews."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from carebus.contracts.care_plan import Assessments, CareHeld, CareResumed, EpisodeEnded, Phase, VisitCompleted
from carebus.contracts.event import patient_stream
from carebus.contracts.line import AdmissionNotified
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.contracts.wishes import WishesSummarised, WishTopic
from carebus.testing import START, Bench
from tests.examples import example
from tests.wishes.people import filed_one, stands, taken_on
from tests.wishes.test_conversations import held


async def test_whoever_is_taken_on_is_to_be_asked_about_everything_within_a_month(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    told = await stands(wishes, patient)
    assert {one["topic"] for one in told["not_known"]} == set(WishTopic)
    assert told["topics"] == []
    assert await wishes.published(WishesSummarised, patient=patient) == [], "nothing stands yet"
    await wishes.passes(days=40)
    to_do = (await wishes.http.get("/")).text
    assert "José Núñez" in to_do
    assert "Late" in to_do


async def test_a_record_that_is_one_persons_with_another_leads_on_and_shows_there(wishes: Bench) -> None:
    retired, survivor = await taken_on(wishes), await taken_on(wishes)
    await filed_one(wishes, retired, says={"cpr": "no_cpr"})
    merged = example(PatientMerged, survivor_id=survivor, retired_id=retired)
    for patient in (retired, survivor):
        await wishes.hears(merged, stream=patient_stream(patient))
    page = (await wishes.http.get(f"/patients/{survivor}")).text
    assert "the record that was joined with this one" in page
    assert "No CPR" in page
    assert "the record that goes on" in (await wishes.http.get(f"/patients/{retired}")).text
    refused = await held(wishes, retired)
    assert (refused.status_code, refused.json()["code"]) == (409, "goes_on_elsewhere")
    apart = example(PatientUnmerged, survivor_id=survivor, retired_id=retired)
    for patient in (retired, survivor):
        await wishes.hears(apart, stream=patient_stream(patient))
    assert "the record that was joined" not in (await wishes.http.get(f"/patients/{survivor}")).text
    assert (await held(wishes, retired)).status_code == 200


async def test_after_a_reported_death_nobody_is_asked_and_a_dismissal_lets_everything_go_on(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    hold = example(CareHeld, hold_id=uuid4(), held_at=START)
    await wishes.hears(hold, stream=patient_stream(patient))
    refused = await held(wishes, patient)
    assert (refused.status_code, refused.json()["code"]) == (409, "on_hold")
    await wishes.passes(days=40)
    assert "José Núñez" not in (await wishes.http.get("/")).text
    resumed = example(CareResumed, hold_id=hold.hold_id, resumed_at=START + timedelta(days=40))
    await wishes.hears(resumed, stream=patient_stream(patient))
    assert "José Núñez" in (await wishes.http.get("/")).text
    assert (await held(wishes, patient)).status_code == 200


async def test_wishes_stay_when_care_ends_and_wait_for_nobody(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await filed_one(wishes, patient, says={"cpr": "no_cpr"})
    await wishes.hears(example(EpisodeEnded), stream=patient_stream(patient))
    assert (await stands(wishes, patient))["topics"]
    await wishes.passes(days=400)
    assert "José Núñez" not in (await wishes.http.get("/")).text


async def test_a_change_of_phase_and_a_stay_in_hospital_are_reasons_to_look_again(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient)
    stream = patient_stream(patient)

    async def visit(days: int, phase: Phase) -> None:
        found = Assessments(phase=phase)
        at = START + timedelta(days=days)
        await wishes.hears(example(VisitCompleted, assessments=found, completed_at=at), stream=stream)

    await visit(1, Phase.STABLE)
    a_year = (await stands(wishes, patient))["review_due_on"]
    assert a_year == (START + timedelta(days=365)).date().isoformat()
    await visit(9, Phase.DETERIORATING)
    assert (await stands(wishes, patient))["review_due_on"] == (START + timedelta(days=16)).date().isoformat()
    admitted = example(AdmissionNotified, admitted_at=START + timedelta(days=2))
    await wishes.hears(admitted, stream=stream)
    assert (await stands(wishes, patient))["review_due_on"] == (START + timedelta(days=9)).date().isoformat()
    await wishes.passes(days=10)
    assert "they were in hospital" in (await wishes.http.get("/")).text
    await held(wishes, patient)
    told = (await wishes.published(WishesSummarised, patient=patient))[-1]
    assert told.review_due_on == (START + timedelta(days=375)).date()


async def test_somebody_is_found_by_the_beginning_of_a_name(wishes: Bench) -> None:
    await taken_on(wishes, given_name="Ágnes", family_name="Szabó")
    await taken_on(wishes, given_name="Walter", family_name="Nguyen")
    page = (await wishes.http.post("/find", data={"name": "szab"})).text
    assert "Ágnes Szabó" in page
    assert "Nguyen" not in page
    assert "Nobody of this name" in (await wishes.http.post("/find", data={"name": "zzz"})).text

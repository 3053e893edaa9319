"""A call from the first word to the last: whose it is, whom it is about, what is promised, advised and paged."""

from __future__ import annotations

from uuid import UUID, uuid4

from carebus.access import AccountRole
from carebus.contracts.care_plan import CarePlanRevised, PlanGoal, PlanOfCare, PlanOwner
from carebus.contracts.event import patient_stream
from carebus.contracts.line import (
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallClosed,
    CallReceived,
    CallTriaged,
    CallTriageWithdrawn,
    ClinicianPaged,
    Disposition,
    HospitalAdvice,
    PageTaken,
    PageUnanswered,
)
from carebus.testing import Bench, assert_published
from tests.examples import example
from tests.line.people import on_the_phone, taken_on

MINUTE_DAYS = 1 / 24 / 60


async def test_a_call_written_down_is_the_nurses_who_wrote_it(line: Bench) -> None:
    call = await on_the_phone(line, "617 555 0142")
    (came,) = await assert_published(line, CallReceived)
    await assert_published(line, CallAnswered)
    assert came.by_hand
    found = (await line.http.get(f"/api/calls/{call}")).json()
    assert (found["status"], found["closed_at"]) == ("answered", None)


async def test_a_call_sent_twice_under_one_key_is_one_call(line: Bench) -> None:
    answers = [await line.command("/api/calls", {}, key="one") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    await assert_published(line, CallReceived, times=1)


async def test_a_second_nurse_is_told_who_has_the_call_and_may_take_it_over(line: Bench) -> None:
    call = await on_the_phone(line)
    async with line.as_(AccountRole.NURSE, subject="another") as http:
        refused = await http.post(f"/api/calls/{call}/take", json={}, headers={"Idempotency-Key": "a"})
        assert refused.status_code == 409
        assert "has this call" in refused.json()["detail"]
        taken = await http.post(f"/api/calls/{call}/take", json={"from_other": True}, headers={"Idempotency-Key": "b"})
        assert taken.status_code == 200
    after = await line.command(f"/api/calls/{call}/describe", {"note": "x"})
    assert after.status_code == 409


async def test_a_promise_that_nobody_keeps_is_missed_and_stays_open(line: Bench) -> None:
    call = await on_the_phone(line)
    assert (await line.command(f"/api/calls/{call}/promise", {})).status_code == 200
    (promised,) = await assert_published(line, CallbackPromised)
    await line.passes(days=29 * MINUTE_DAYS)
    await assert_published(line, CallbackMissed, times=0)
    await line.passes(days=2 * MINUTE_DAYS)
    await assert_published(line, CallbackMissed)
    assert (await line.command(f"/api/calls/{call}/close", {"outcome": "advised"})).status_code == 409
    made = await line.command(f"/api/calls/{call}/call-back", {"promise_id": str(promised.promise_id)})
    assert made.status_code == 200
    (kept,) = await assert_published(line, CallbackMade)
    assert kept.late
    assert (await line.command(f"/api/calls/{call}/close", {"outcome": "advised"})).status_code == 200
    await assert_published(line, CallClosed)


async def test_a_promise_kept_in_time_is_never_missed(line: Bench) -> None:
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/promise", {"minutes": 10})
    (promised,) = await assert_published(line, CallbackPromised)
    await line.command(f"/api/calls/{call}/call-back", {"promise_id": str(promised.promise_id)})
    await line.passes(days=1)
    await assert_published(line, CallbackMissed, times=0)


async def test_a_page_goes_from_step_to_step_and_the_last_repeats_until_somebody_has_it(line: Bench) -> None:
    call = await on_the_phone(line)
    steps = [{"name": "Dr. Ames", "phone": "617 555 0001"}, {"name": "Dr. Bell", "phone": "617 555 0002"}]
    assert (await line.command(f"/api/calls/{call}/page", {"steps": steps})).status_code == 200
    assert (await line.command(f"/api/calls/{call}/page", {"steps": steps})).status_code == 409
    for _ in range(3):
        await line.passes(days=5.1 * MINUTE_DAYS)
    asked = await line.published(ClinicianPaged)
    assert [(one.name, one.repeated) for one in asked] == [
        ("Dr. Ames", 0),
        ("Dr. Bell", 0),
        ("Dr. Bell", 1),
        ("Dr. Bell", 2),
    ]
    assert [one.last for one in await line.published(PageUnanswered)] == [False, True, True]
    taken = await line.command(f"/api/calls/{call}/take-page", {"page_id": str(asked[0].page_id)})
    assert taken.status_code == 200
    await line.passes(days=1)
    await assert_published(line, PageTaken)
    await assert_published(line, ClinicianPaged, times=4)


async def test_advice_is_told_on_the_patients_stream_and_gone_when_it_was_somebody_else(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    advice = {"patient_id": str(patient), "disposition": Disposition.CALL_BACK_TODAY}
    assert (await line.command(f"/api/calls/{call}/triage", advice)).json()["code"] == "link_first"
    assert (await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})).status_code == 200
    assert (await line.command(f"/api/calls/{call}/triage", advice)).status_code == 200
    (told,) = await assert_published(line, CallTriaged, patient=patient)
    assert (told.hospital, told.against_wishes, told.subject) == (HospitalAdvice.NONE, False, "other")
    assert [one["call_id"] for one in await _calls(line, patient)] == [call]

    assert (await line.command(f"/api/calls/{call}/unlink", {"patient_id": str(patient)})).status_code == 200
    await assert_published(line, CallTriageWithdrawn, patient=patient)
    assert await _calls(line, patient) == []


async def test_a_call_moved_to_another_person_leaves_nothing_with_the_first(line: Bench) -> None:
    one, other = await taken_on(line), await taken_on(line, given_name="Rosa")
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(one)})
    await line.command(f"/api/calls/{call}/triage", {"patient_id": str(one), "disposition": "care_at_home"})
    unaware = await line.command(f"/api/calls/{call}/link", {"patient_id": str(other)})
    assert unaware.json()["code"] == "linked_otherwise"
    moved = await line.command(f"/api/calls/{call}/link", {"patient_id": str(other), "instead_of": str(one)})
    assert moved.status_code == 200
    await assert_published(line, CallTriageWithdrawn, patient=one)
    assert await _calls(line, one) == []


async def test_a_way_to_hospital_against_a_wish_to_stay_at_home_needs_a_reason_and_is_not_blocked(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    owner = PlanOwner(name="Nurse Day")
    goal = PlanGoal(goal_id=uuid4(), words="I want to die in my own bed.", at_home=True, owner=owner)
    await line.hears(
        example(CarePlanRevised, plan=PlanOfCare(goals=(goal,)), version=2), stream=patient_stream(patient)
    )
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    advice = {"patient_id": str(patient), "disposition": Disposition.CALL_911}
    refused = await line.command(f"/api/calls/{call}/triage", advice)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_wanted")
    kept = await line.command(f"/api/calls/{call}/triage", advice | {"because": "She asks for it now."})
    assert kept.status_code == 200
    (told,) = await assert_published(line, CallTriaged, patient=patient)
    assert told.against_wishes
    assert told.hospital is HospitalAdvice.AMBULANCE


async def test_a_patient_nobody_took_on_cannot_be_linked(line: Bench) -> None:
    call = await on_the_phone(line)
    refused = await line.command(f"/api/calls/{call}/link", {"patient_id": str(UUID(int=1))})
    assert (refused.status_code, refused.json()["code"]) == (404, "patient_unknown")


async def _calls(line: Bench, patient: UUID) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await line.http.get(f"/api/patients/{patient}")).json()["calls"]
    return found


async def test_a_nurse_who_takes_their_own_call_again_takes_no_promise_from_whoever_accepted_it(line: Bench) -> None:
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/promise", {})
    (promised,) = await assert_published(line, CallbackPromised)
    promise = str(promised.promise_id)
    async with line.as_(AccountRole.NURSE, subject="morning") as http:
        body: dict[str, object] = {"promise_id": promise}
        assert (await http.post(f"/api/calls/{call}/accept-promise", json=body, headers=_key())).status_code == 200
    (accepted,) = (await line.http.get(f"/api/calls/{call}")).json()["promises"]
    async with line.as_(AccountRole.NURSE, subject="third") as http:
        body = {"from_other": True}
        assert (await http.post(f"/api/calls/{call}/take", json=body, headers=_key())).status_code == 200
    await line.command(f"/api/calls/{call}/take", {"from_other": True})
    (kept,) = (await line.http.get(f"/api/calls/{call}")).json()["promises"]
    assert kept["nurse"] == accepted["nurse"]


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}

"""What is needed is asked for, the payer answers, and only what it pays for is ordered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from carebus.contracts.equipment import (
    DmeAppealLapsed,
    DmeAuthorisationApproved,
    DmeAuthorisationExpired,
    DmeOrderCancelled,
    DmeOrdered,
    DmeRecordWithdrawn,
    DmeRequested,
)
from carebus.testing import START, Bench
from tests.equipment.homes import TODAY, approved, asked_for, done, lasting, ordered, refused, stands, taken_on


async def test_a_request_says_what_and_why_and_is_to_be_asked_of_the_payer(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    await asked_for(equipment, patient)
    (told,) = await equipment.published(DmeRequested, patient=patient)
    assert (told.item_code, told.units, told.requested_at) == ("E0260", 1, START)
    assert [one["kind"] for one in (await stands(equipment, patient))["due"]] == ["ask_payer"]


async def test_nothing_is_ordered_before_the_payer_has_answered(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    request = await asked_for(equipment, patient)
    said = {"request_id": request, "supplier_id": "acme", "due_on": TODAY.isoformat()}
    assert await refused(equipment, patient, "order", **said) == (409, "not_authorised")
    await done(equipment, patient, "not-required", request_id=request)
    await done(equipment, patient, "order", **said)
    (told,) = await equipment.published(DmeOrdered, patient=patient)
    assert (told.email, told.supplier.name, told.due_on) == ("orders@acme.example", "Acme Medical", TODAY)


async def test_no_more_is_ordered_than_is_paid_for_and_a_cancelled_order_frees_its_units(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    request = await asked_for(equipment, patient, units=3)
    await done(equipment, patient, "ask-payer", request_id=request)
    part = {"request_id": request, "number": "P-1", "because": "Two are enough.", **lasting(equipment, 30)}
    assert await refused(equipment, patient, "partly-approved", units=3, **part) == (422, "not_less")
    await done(equipment, patient, "partly-approved", units=2, **part)
    said = {"request_id": request, "supplier_id": "bay", "due_on": TODAY.isoformat()}
    order = (await done(equipment, patient, "order", units=2, **said))["order_id"]
    assert await refused(equipment, patient, "order", units=1, **said) == (422, "more_than_authorised")
    await done(equipment, patient, "cancel-order", order_id=order, because="Too late.")
    await done(equipment, patient, "order", units=2, **said)


async def test_an_authorisation_ends_with_its_last_day_where_the_patient_lives(equipment: Bench) -> None:
    patient = await taken_on(equipment, time_zone="America/Los_Angeles")
    await approved(equipment, patient, days=3)
    (given,) = await equipment.published(DmeAuthorisationApproved, patient=patient)
    await equipment.passes(days=3)
    assert await equipment.published(DmeAuthorisationExpired, patient=patient) == []
    await equipment.passes(days=1)
    (ended,) = await equipment.published(DmeAuthorisationExpired, patient=patient)
    assert ended.expired_at.isoformat().startswith((given.ends_on + timedelta(days=1)).isoformat())
    assert ended.expired_at.hour in (7, 8), "midnight in Los Angeles"
    assert (await stands(equipment, patient))["requests"][0]["status"] == "expired"


async def test_an_appeal_lapses_and_one_that_was_made_in_time_and_heard_of_late_was_in_time(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    request = await asked_for(equipment, patient)
    await done(equipment, patient, "ask-payer", request_id=request)
    until = (TODAY + timedelta(days=10)).isoformat()
    await done(equipment, patient, "denied", request_id=request, reason="documents_missing", appeal_until=until)
    await equipment.passes(days=12)
    (lapsed,) = await equipment.published(DmeAppealLapsed, patient=patient)
    late = {"request_id": request, "because": "Here they are."}
    assert (await refused(equipment, patient, "appeal", **late))[0] == 409
    await done(equipment, patient, "appeal", at=(START + timedelta(days=9)).isoformat(), **late)
    (gone,) = await equipment.published(DmeRecordWithdrawn, patient=patient)
    assert gone.corrects == lapsed.record_id
    assert (await stands(equipment, patient))["requests"][0]["status"] == "appealed"


async def test_an_answer_that_was_recorded_wrongly_is_taken_back_and_the_one_before_stands(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    request = await asked_for(equipment, patient)
    await done(equipment, patient, "ask-payer", request_id=request)
    await done(equipment, patient, "denied", request_id=request, reason="other")
    first, denied = (await stands(equipment, patient))["requests"][0]["steps"]
    wrong = {"record_id": first["record_id"], "because": "A slip."}
    assert await refused(equipment, patient, "take-back", **wrong) == (409, "take_back_later_first")
    await done(equipment, patient, "take-back", record_id=denied["record_id"], because="It was another patient's.")
    assert (await stands(equipment, patient))["requests"][0]["status"] == "requested"


async def test_what_is_not_needed_any_more_is_withdrawn_with_its_open_orders(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    await ordered(equipment, patient)
    request = (await stands(equipment, patient))["requests"][0]["request_id"]
    await done(equipment, patient, "withdraw", request_id=request, because="They walk again.")
    assert len(await equipment.published(DmeOrderCancelled, patient=patient)) == 1
    assert (await stands(equipment, patient))["due"] == []
    assert await refused(equipment, patient, "ask-payer", request_id=request) == (404, "request_unknown")


async def test_wrong_input_names_its_field_and_what_was_typed_stays(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    request = await asked_for(equipment, patient)
    await done(equipment, patient, "ask-payer", request_id=request)
    typed = {"units": "1", "starts_on": "2026-05-09", "ends_on": "2026-04-01", "number": "A-99", "about": request}
    answer = await equipment.http.post(f"/patients/{patient}/approved", data=typed)
    assert answer.status_code == 422
    assert "The last day is before the first." in answer.text
    assert 'value="A-99"' in answer.text
    for act, body in {
        "request": {"item_code": "X0000", "justification": "?"},
        "approved": {**typed, "ends_on": "9999-12-31"},
        "ask-payer": {"about": request, "at": "0001-01-01T00:00"},
        "pended": {"about": "no id", "because": "?"},
        "order": {"about": request, "supplier_id": "nobody", "due_on": "2026-03-03"},
    }.items():
        wrong = await equipment.http.post(f"/patients/{patient}/{act}", data=body)
        assert wrong.status_code in (404, 422), (act, wrong.status_code)
    assert (await equipment.http.get(f"/patients/{patient}/nothing")).status_code == 404
    assert (await equipment.http.get(f"/patients/{uuid4()}")).status_code == 404

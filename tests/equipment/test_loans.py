"""What is delivered is looked after, and ends as returned, lost, or the patient's own: nothing else, never twice."""

from __future__ import annotations

from datetime import timedelta

from carebus.contracts.equipment import (
    DmeDelivered,
    DmeDeliveryCorrected,
    DmeDeliveryOverdue,
    DmeFaultResolved,
    DmeOwnershipPassed,
    DmeRecordWithdrawn,
    DmeReplaced,
    DmeReturned,
    OxygenSafetyChecked,
    PickupOverdue,
    RentalEnded,
)
from carebus.testing import START, Bench
from tests.equipment.homes import CONCENTRATOR, WALKER, at_home, done, loan_of, ordered, refused, stands, taken_on


async def test_a_delivery_that_does_not_come_is_told_once_and_still_to_do(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    order = await ordered(equipment, patient)
    await equipment.passes(days=4)
    await equipment.passes(days=4)
    (late,) = await equipment.published(DmeDeliveryOverdue, patient=patient)
    assert late.supplier.supplier_id == "acme"
    assert "Late" in (await equipment.http.get("/?show=deliveries")).text
    await done(equipment, patient, "delivered", order_id=order, serial="SN 7")
    assert await refused(equipment, patient, "delivered", order_id=order) == (409, "all_delivered")
    assert [one["kind"] for one in (await stands(equipment, patient))["due"]] == ["set_up"]


async def test_what_is_rented_to_own_is_the_patients_after_its_months_and_oxygen_never(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed, oxygen = await at_home(equipment, patient), await at_home(equipment, patient, CONCENTRATOR)
    await equipment.passes(days=366 + 40)
    (passed,) = await equipment.published(DmeOwnershipPassed, patient=patient)
    assert (str(passed.loan_id), passed.passed_at) == (bed, START.replace(year=START.year + 1, month=START.month + 1))
    await equipment.passes(days=3 * 366)
    ended = await equipment.published(RentalEnded, patient=patient)
    assert [one.months for one in ended] == [13, 36]
    told = await stands(equipment, patient)
    assert [loan_of(told, one)["status"] for one in (bed, oxygen)] == ["owned", "in_use"]
    assert await refused(equipment, patient, "pickup", loan_id=bed) == (409, "loan_ended")


async def test_a_return_before_the_last_month_that_is_heard_of_late_undoes_the_ownership(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    await equipment.passes(days=420)
    (passed,) = await equipment.published(DmeOwnershipPassed, patient=patient)
    await done(equipment, patient, "returned", loan_id=bed, at=(START + timedelta(days=30)).isoformat())
    withdrawn = await equipment.published(DmeRecordWithdrawn, patient=patient)
    assert passed.record_id in {one.corrects for one in withdrawn}
    (back,) = await equipment.published(DmeReturned, patient=patient)
    assert back.returned_at == START + timedelta(days=30)
    assert loan_of(await stands(equipment, patient), bed)["status"] == "returned"


async def test_what_is_bought_is_the_patients_own_as_it_comes(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    walker = await at_home(equipment, patient, WALKER)
    assert loan_of(await stands(equipment, patient), walker)["status"] == "owned"
    await done(equipment, patient, "training", loan_id=walker, trained="The patient")


async def test_a_fault_is_to_be_mended_until_it_is_and_a_replacement_ends_it(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient, serial="B-1")
    await done(equipment, patient, "fault", loan_id=bed, words="The head end stays down.", urgent=True)
    assert "repair" in {one["kind"] for one in (await stands(equipment, patient))["due"]}
    new = (await done(equipment, patient, "replaced", loan_id=bed, because="Motor burnt.", serial="B-2"))["new_loan_id"]
    told = await stands(equipment, patient)
    assert [loan_of(told, one)["status"] for one in (bed, new)] == ["returned", "in_use"]
    assert "repair" not in {one["kind"] for one in told["due"]}
    assert len(await equipment.published(DmeFaultResolved, patient=patient)) == 1
    assert len(await equipment.published(DmeDelivered, patient=patient)) == 2
    (swap,) = await equipment.published(DmeReplaced, patient=patient)
    assert str(swap.replaced_by) == new


async def test_oxygen_is_looked_at_in_three_days_and_no_bed_is(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed, oxygen = await at_home(equipment, patient), await at_home(equipment, patient, CONCENTRATOR)
    assert "oxygen" in {one["kind"] for one in (await stands(equipment, patient))["due"]}
    assert await refused(equipment, patient, "oxygen", loan_id=bed) == (409, "no_oxygen")
    await done(equipment, patient, "oxygen", loan_id=oxygen, hazards=["smoking", "no_smoke_alarm"])
    (told,) = await equipment.published(OxygenSafetyChecked, patient=patient)
    assert [one.value for one in told.hazards] == ["smoking", "no_smoke_alarm"]
    assert "Somebody smokes" in (await equipment.http.get(f"/patients/{patient}")).text


async def test_a_pickup_that_does_not_come_is_told_once_and_ends_with_the_return(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    await done(equipment, patient, "pickup", loan_id=bed, reason="not_needed")
    assert (await refused(equipment, patient, "pickup", loan_id=bed))[1] == "asked_already"
    await equipment.passes(days=10)
    await equipment.passes(days=10)
    assert len(await equipment.published(PickupOverdue, patient=patient)) == 1
    assert "To be fetched" in (await equipment.http.get("/?show=pickups")).text
    await done(equipment, patient, "returned", loan_id=bed)
    assert (await stands(equipment, patient))["due"] == []
    assert await refused(equipment, patient, "lost", loan_id=bed, because="?") == (409, "loan_ended")


async def test_a_wrong_serial_and_a_wrong_day_are_corrected_by_an_event_that_names_what_it_corrects(
    equipment: Bench,
) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient, serial="B-l")
    (came,) = await equipment.published(DmeDelivered, patient=patient)
    day = (START - timedelta(days=2)).isoformat()
    await done(equipment, patient, "correct", loan_id=bed, serial="B-1", at=day, because="A slip.")
    (told,) = await equipment.published(DmeDeliveryCorrected, patient=patient)
    assert (told.corrects, told.serial, told.delivered_at) == (came.record_id, "B-1", START - timedelta(days=2))
    await equipment.passes(days=430)
    (passed,) = await equipment.published(DmeOwnershipPassed, patient=patient)
    assert passed.passed_at.day == (START - timedelta(days=2)).day


async def test_a_delivery_that_never_was_is_forgotten_and_its_order_is_open_again(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    record = loan_of(await stands(equipment, patient), bed)["record_id"]
    await done(equipment, patient, "take-back", record_id=record, because="It went next door.")
    told = await stands(equipment, patient)
    assert (told["loans"], told["ledger"]) == ([], [])
    assert "delivery" in {one["kind"] for one in told["due"]}


async def test_a_record_before_the_delivery_or_in_the_future_is_refused_at_its_field(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    early, late = (START - timedelta(days=1)).isoformat(), (START + timedelta(days=1)).isoformat()
    assert await refused(equipment, patient, "set-up", loan_id=bed, at=early) == (422, "before_delivery")
    assert await refused(equipment, patient, "set-up", loan_id=bed, at=late) == (422, "in_future")
    assert (await refused(equipment, patient, "set-up", loan_id=bed, at="2026-01-01T00:00"))[0] == 422, "no zone"

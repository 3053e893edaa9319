"""What the service hears of patients: reported deaths, the end of care, records that are one person's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from carebus.contracts import Event
from carebus.contracts.care_plan import CareHeld, CareResumed, EndReason, EpisodeEnded, EpisodeOpened
from carebus.contracts.equipment import (
    DmeAuthorisationExpired,
    DmeDeliveryOverdue,
    DmeOrderCancelled,
    PickupReason,
    PickupRequested,
)
from carebus.contracts.event import patient_stream
from carebus.contracts.notifications import SupplierLetterFailed
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.testing import START, Bench, Happens, Opened, late_differences
from tests.equipment.homes import (
    TODAY,
    WALKER,
    approved,
    asked_for,
    at_home,
    done,
    loan_of,
    ordered,
    refused,
    stands,
    taken_on,
)
from tests.examples import example

HEARD: list[type[Event]] = [
    ReferralAccepted,
    ReferralAmended,
    EpisodeOpened,
    CareHeld,
    CareResumed,
    PatientMerged,
    PatientUnmerged,
    EpisodeEnded,
    SupplierLetterFailed,
]


async def ends(equipment: Bench, patient: UUID, reason: EndReason) -> None:
    """Care ends today."""
    ended = example(EpisodeEnded, reason=reason, ended_on=equipment.now().date(), ended_at=equipment.now())
    await equipment.hears(ended, stream=patient_stream(patient), times=2)


async def held(equipment: Bench, patient: UUID) -> CareHeld:
    """A death is reported."""
    hold = example(CareHeld, hold_id=uuid4(), held_at=equipment.now())
    await equipment.hears(hold, stream=patient_stream(patient), times=2)
    return hold


async def test_after_a_death_pickup_is_asked_for_after_five_days_and_not_on_a_weekend(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed, _ = await at_home(equipment, patient), await at_home(equipment, patient, WALKER)
    await ends(equipment, patient, EndReason.DIED)
    await equipment.passes(days=4, hours=12)
    assert await equipment.published(PickupRequested, patient=patient) == []
    await equipment.passes(days=4)
    (asked,) = await equipment.published(PickupRequested, patient=patient)
    assert (str(asked.loan_id), asked.reason) == (bed, PickupReason.DIED), "the walker is their own"
    assert asked.requested_at.date() >= TODAY + timedelta(days=5)
    assert asked.requested_at.weekday() < 5


async def test_when_care_ends_otherwise_it_is_asked_for_the_next_day_and_what_was_to_come_is_cancelled(
    equipment: Bench,
) -> None:
    patient = await taken_on(equipment)
    await at_home(equipment, patient)
    await ordered(equipment, patient)
    await ends(equipment, patient, EndReason.MOVED)
    assert len(await equipment.published(DmeOrderCancelled, patient=patient)) == 1
    await equipment.passes(days=3)
    (asked,) = await equipment.published(PickupRequested, patient=patient)
    assert asked.reason is PickupReason.CARE_ENDED
    assert await refused(equipment, patient, "request", item_code="E0260", justification="?") == (409, "not_in_care")
    assert await equipment.published(DmeDeliveryOverdue, patient=patient) == []


async def test_for_hospice_a_person_asks(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    await at_home(equipment, patient)
    await ends(equipment, patient, EndReason.HOSPICE)
    await equipment.passes(days=30)
    assert await equipment.published(PickupRequested, patient=patient) == []
    assert "hospice brings its own" in (await equipment.http.get("/?show=pickups")).text


async def test_somebody_who_comes_back_keeps_what_is_there(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    await at_home(equipment, patient)
    await ends(equipment, patient, EndReason.MOVED)
    await equipment.hears(example(EpisodeOpened, opened_at=START), stream=patient_stream(patient))
    await equipment.passes(days=30)
    assert await equipment.published(PickupRequested, patient=patient) == []


async def test_a_pickup_that_a_person_cancelled_is_not_asked_for_again_and_is_not_forgotten(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    await ends(equipment, patient, EndReason.MOVED)
    await equipment.passes(days=4)
    await done(equipment, patient, "cancel-pickup", loan_id=bed, because="They go on paying for it.")
    await equipment.passes(days=30)
    assert len(await equipment.published(PickupRequested, patient=patient)) == 1
    assert "not in care" in (await equipment.http.get("/")).text


async def test_while_a_death_is_reported_nothing_leaves_and_a_dismissal_makes_it_as_if_it_had_never_been_said(
    opened: Opened,
) -> None:
    found = []
    for reported in (True, False):
        async with opened(START) as equipment:
            patient = await taken_on(equipment, UUID(int=77))
            bed = await at_home(equipment, patient)
            request = await approved(equipment, patient, days=3)
            hold = await held(equipment, patient) if reported else None
            if hold:
                said = {"request_id": request, "supplier_id": "acme", "due_on": TODAY.isoformat()}
                assert await refused(equipment, patient, "order", **said) == (409, "on_hold")
                assert await refused(equipment, patient, "pickup", loan_id=bed) == (409, "on_hold")
            await equipment.passes(days=420)
            if hold:
                assert await equipment.published(DmeAuthorisationExpired, patient=patient) == []
                assert "José" not in (await equipment.http.get("/")).text
                resumed = example(CareResumed, hold_id=hold.hold_id, resumed_at=equipment.now())
                await equipment.hears(resumed, stream=patient_stream(patient), times=2)
                await equipment.passes(minutes=0)
            ended = await equipment.published(DmeAuthorisationExpired, patient=patient)
            assert len(ended) == 2
            told = await stands(equipment, patient)
            kept = [(one["status"], [each["at"] for each in one["records"]]) for one in told["loans"]]
            found.append(
                (sorted(one.expired_at for one in ended), kept, told["holds"], told["due"][0]["kind"], told["ledger"])
            )
    assert found[0] == found[1]


async def test_a_confirmed_death_ends_the_hold_and_asks_for_everything(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    await at_home(equipment, patient)
    await held(equipment, patient)
    await equipment.passes(days=2)
    await ends(equipment, patient, EndReason.DIED)
    await equipment.passes(days=8)
    assert len(await equipment.published(PickupRequested, patient=patient)) == 1


async def test_a_record_that_is_one_persons_with_another_keeps_its_loans_and_asks_for_nothing_new(
    equipment: Bench,
) -> None:
    retired, survivor = await taken_on(equipment), await taken_on(equipment)
    bed = await at_home(equipment, retired)
    for kind in (PatientMerged, PatientUnmerged):
        told = example(kind, survivor_id=survivor, retired_id=retired)
        for patient in (retired, survivor):
            await equipment.hears(told, stream=patient_stream(patient), times=2)
        if kind is PatientMerged:
            asked = {"item_code": "E0260", "justification": "?"}
            assert await refused(equipment, retired, "request", **asked) == (409, "goes_on_elsewhere")
            assert "Recorded twice" in (await equipment.http.get(f"/patients/{survivor}")).text
            await ends(equipment, survivor, EndReason.MOVED)
            assert str(retired) in (await equipment.http.get("/")).text, "the bed is not forgotten"
            await done(equipment, retired, "returned", loan_id=bed)
            assert str(retired) not in (await equipment.http.get("/")).text
    await asked_for(equipment, retired)
    assert loan_of(await stands(equipment, retired), bed)["status"] == "returned"


def happened(kind: type[Event], after: timedelta) -> Event:
    """One that happened so long after START. Where nothing in it says when, it is told at once."""
    own_time = kind.own_time()
    return example(kind, **({own_time: START + after} if own_time else {}))


@pytest.mark.parametrize("kind", HEARD)
async def test_an_event_delivered_twice_counts_once(kind: type[Event], equipment: Bench) -> None:
    handled = await equipment.hears(happened(kind, timedelta(0)), stream=patient_stream(UUID(int=7)), times=2)
    assert len(handled.decided) == 1


async def test_what_is_heard_a_month_late_has_its_own_dates(opened: Opened) -> None:
    stream = patient_stream(UUID(int=7))
    story = [Happens(timedelta(n), happened(kind, timedelta(n)), stream) for n, kind in enumerate(HEARD)]
    assert await late_differences(opened, story) == set()

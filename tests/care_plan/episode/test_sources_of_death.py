"""News of a death holds care from wherever it comes, also to a record that is one person's with another."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from carebus.contracts.care_plan import CareHeld, CareResumed, EndReason, EpisodeEnded
from carebus.contracts.referral import CancellationReason, ReferralCancelled
from carebus.testing import Bench, assert_published
from tests import merges
from tests.care_plan.people import accepted, staff
from tests.examples import example


def cancelled(referral: UUID, reason: CancellationReason) -> ReferralCancelled:
    return example(ReferralCancelled, referral_id=referral, reason=reason)


async def in_care_twice_referred(bench: Bench) -> tuple[UUID, UUID, UUID]:
    """Somebody in care by a first referral, for whom a second was accepted meanwhile."""
    await staff(bench)
    patient, first, second = uuid4(), accepted(), accepted().model_copy(update={"referral_id": uuid4()})
    await bench.hears(first, patient=patient)
    await bench.hears(second, patient=patient)
    return patient, first.referral_id, second.referral_id


async def test_a_death_told_by_another_referral_of_the_person_holds_care(care_plan: Bench) -> None:
    patient, _, other = await in_care_twice_referred(care_plan)
    await care_plan.hears(cancelled(other, CancellationReason.DECEASED), patient=patient)
    await assert_published(care_plan, CareHeld, patient=patient)


async def test_care_goes_on_for_a_second_referral_when_the_first_is_taken_back(care_plan: Bench) -> None:
    patient, first, second = await in_care_twice_referred(care_plan)
    await care_plan.hears(cancelled(first, CancellationReason.PATIENT_DECLINED), patient=patient)
    await assert_published(care_plan, EpisodeEnded, patient=patient, times=0)
    await care_plan.hears(cancelled(second, CancellationReason.PATIENT_DECLINED), patient=patient)
    (end,) = await assert_published(care_plan, EpisodeEnded, patient=patient)
    assert end.reason is EndReason.WITHDRAWN


async def test_a_second_referral_taken_back_leaves_care_to_the_first(care_plan: Bench) -> None:
    patient, first, second = await in_care_twice_referred(care_plan)
    await care_plan.hears(cancelled(second, CancellationReason.PATIENT_DECLINED), patient=patient)
    await assert_published(care_plan, EpisodeEnded, patient=patient, times=0)
    await care_plan.hears(cancelled(first, CancellationReason.PATIENT_DECLINED), patient=patient)
    await assert_published(care_plan, EpisodeEnded, patient=patient)


@pytest.mark.parametrize("by", ["command", "referral"])
async def test_a_death_told_to_a_record_that_was_merged_holds_the_one_that_goes_on(care_plan: Bench, by: str) -> None:
    await staff(care_plan)
    survivor, retired, event = uuid4(), uuid4(), accepted()
    await care_plan.hears(accepted(), patient=survivor)
    await care_plan.hears(event, patient=retired)
    merged = merges.merged(retired, survivor, both_in_care=True)
    for each in (survivor, retired):
        await care_plan.hears(merged, patient=each)
    if by == "command":
        await care_plan.command(f"/api/patients/{retired}/report-death", {"source": "family"})
    else:
        await care_plan.hears(cancelled(event.referral_id, CancellationReason.DECEASED), patient=retired)
    await care_plan.work()
    await assert_published(care_plan, CareHeld, patient=survivor)
    assert (await care_plan.http.get(f"/api/patients/{survivor}")).json()["holds"]

    dismissed = await care_plan.command(f"/api/patients/{survivor}/dismiss-death", {"reason_text": "She answered."})
    assert dismissed.status_code == 200
    for _ in range(2):
        await care_plan.passes(hours=2)
    await assert_published(care_plan, CareHeld, patient=survivor, times=1)
    await assert_published(care_plan, CareResumed, patient=survivor, times=1)


async def test_nothing_new_is_planned_on_a_record_that_waits_for_another(care_plan: Bench) -> None:
    await staff(care_plan)
    survivor, retired = uuid4(), uuid4()
    for each in (survivor, retired):
        await care_plan.hears(accepted(), patient=each)
    for each in (survivor, retired):
        await care_plan.hears(merges.merged(retired, survivor, both_in_care=True), patient=each)
    who = (await care_plan.http.get("/api/roster")).json()["items"][0]["clinician_id"]
    body = {"clinicians": [who], "starts_at": "2026-03-10T15:00:00Z"}
    refused = await care_plan.command(f"/api/patients/{retired}/visits", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "goes_on_elsewhere")


@pytest.mark.parametrize(("act", "body", "code"), [
    ("report-death", {"source": "family", "died_on": "1900-01-01"}, "died_before_care_began"),
    ("end", {"reason": "entered_in_error"}, "error_is_of_the_referral"),
])  # fmt: skip
async def test_an_end_that_cannot_be_is_refused_at_its_field(
    care_plan: Bench, act: str, body: dict[str, str], code: str
) -> None:
    await staff(care_plan)
    await care_plan.hears(accepted(), patient=(patient := uuid4()))
    refused = await care_plan.command(f"/api/patients/{patient}/{act}", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["field"] in {"died_on", "reason"}

"""Two records of one person in care: the survivor's goes on, nobody is lost, and undoing it leaves no trace."""

from __future__ import annotations

from random import Random
from uuid import UUID, uuid4

import pytest

from carebus.contracts.event import patient_stream
from carebus.testing import Bench
from services.care_plan.domain.care import Care
from tests import merges
from tests.care_plan.people import accepted, staff


async def caseload(care_plan: Bench) -> set[str]:
    items = (await care_plan.http.get("/api/patients")).json()["items"]
    return {item["patient_id"] for item in items}


async def kept(care_plan: Bench, patients: list[UUID]) -> dict[str, Care]:
    async with care_plan.service.core.database.connection() as db:
        found = await care_plan.service.core.states[Care].load(db, [patient_stream(each) for each in patients])
    return {stream: care for stream, care in found.items() if care != Care()}


async def test_somebody_cared_for_on_two_records_is_in_the_caseload_once(care_plan: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await staff(care_plan)
    for patient in (survivor, retired):
        await care_plan.hears(accepted(), patient=patient)
    await care_plan.hears(merges.merged(retired, survivor, both_in_care=True), patient=retired)
    assert await caseload(care_plan) == {str(survivor)}
    shown = (await care_plan.http.get(f"/api/patients/{survivor}")).json()
    assert shown["also_recorded_as"] == [str(retired)]
    page = await care_plan.http.get(f"/patients/{survivor}")
    assert f"/patients/{retired}" in page.text


async def test_care_that_began_on_the_record_that_ended_goes_on_and_is_found_under_the_survivor(
    care_plan: Bench,
) -> None:
    survivor, retired = uuid4(), uuid4()
    await staff(care_plan)
    await care_plan.hears(accepted(), patient=retired)
    await care_plan.hears(merges.merged(retired, survivor), patient=survivor)
    await care_plan.hears(merges.merged(retired, survivor), patient=retired)
    assert await caseload(care_plan) == {str(retired)}
    assert (await care_plan.http.get(f"/api/patients/{survivor}")).json()["recorded_as"] == str(retired)
    assert (await care_plan.http.get(f"/patients/{survivor}")).headers["location"] == f"/patients/{retired}"


async def test_a_merge_is_followed_also_before_care_begins(care_plan: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await staff(care_plan)
    await care_plan.hears(merges.merged(retired, survivor), accepted(), patient=retired)
    assert (await care_plan.http.get(f"/api/patients/{survivor}")).json()["recorded_as"] == str(retired)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_undoing_every_merge_leaves_what_was_there(care_plan: Bench, seed: int) -> None:
    dice, patients = Random(seed), [uuid4() for _ in range(4)]
    await staff(care_plan)
    for patient in patients[:3]:
        await care_plan.hears(accepted(), patient=patient)
    before, shown = await kept(care_plan, patients), await caseload(care_plan)
    steps, into = merges.history(dice, patients, 10)
    await merges.deliver(care_plan, dice, steps)
    await merges.deliver(care_plan, dice, merges.undone(into))
    assert await kept(care_plan, patients) == before
    assert await caseload(care_plan) == shown

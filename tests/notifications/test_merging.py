"""A family is told once of one person, on however many records; and of everything, if that was wrong."""

from __future__ import annotations

from random import Random
from uuid import UUID, uuid4

import pytest

from carebus.contracts.event import patient_stream
from carebus.testing import Bench
from services.notifications import store
from services.notifications.domain import Family
from tests import merges
from tests.told import accepted, contact, scheduled, team


async def due(notifications: Bench) -> dict[str, int]:
    """How many messages may go out now, by stream."""
    found: dict[str, int] = {}
    async with notifications.service.core.database.connection() as db:
        for each in await store.due(db, 100):
            found[each.stream] = found.get(each.stream, 0) + 1
    return found


async def kept(notifications: Bench, patients: list[UUID]) -> dict[str, Family]:
    async with notifications.service.core.database.connection() as db:
        streams = [patient_stream(each) for each in patients]
        found = await notifications.service.core.states[Family].load(db, streams)
    return {stream: family for stream, family in found.items() if family != Family()}


async def in_care(notifications: Bench, *patients: UUID) -> None:
    for patient in patients:
        await notifications.hears(accepted(contact=contact()), team(), scheduled(), patient=patient)


async def test_no_family_hears_a_second_time_of_one_person(notifications: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await in_care(notifications, survivor, retired)
    await notifications.hears(merges.merged(retired, survivor, both_in_care=True), patient=retired)
    assert set(await due(notifications)) == {patient_stream(survivor)}
    await notifications.hears(scheduled(), patient=retired)
    assert set(await due(notifications)) == {patient_stream(survivor)}
    listed = (await notifications.http.get(f"/api/notifications?patient_id={retired}")).json()["items"]
    assert {each["reason"] for each in listed} == {"merged"}


async def test_what_was_held_back_goes_out_when_they_are_two_people_after_all(notifications: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await in_care(notifications, survivor, retired)
    before = await due(notifications)
    await notifications.hears(
        merges.merged(retired, survivor, both_in_care=True), merges.unmerged(retired, survivor), patient=retired
    )
    assert await due(notifications) == before


async def test_where_only_the_record_that_ended_is_in_care_its_family_is_told(notifications: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await notifications.hears(merges.merged(retired, survivor), patient=retired)
    await in_care(notifications, retired)
    assert set(await due(notifications)) == {patient_stream(retired)}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_undoing_every_merge_leaves_what_was_there(notifications: Bench, seed: int) -> None:
    dice, patients = Random(seed), [uuid4() for _ in range(4)]
    await in_care(notifications, *patients[:3])
    before, waiting = await kept(notifications, patients), await due(notifications)
    steps, into = merges.history(dice, patients, 10)
    await merges.deliver(notifications, dice, steps)
    await merges.deliver(notifications, dice, merges.undone(into))
    assert await kept(notifications, patients) == before
    assert await due(notifications) == waiting

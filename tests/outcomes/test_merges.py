"""One person counts once, on however many records; and as several again, if that was wrong."""

from __future__ import annotations

from random import Random
from uuid import uuid4

import pytest

from carebus.contracts.referral import DeclineReason
from carebus.testing import Bench
from tests import merges
from tests.outcomes.journeys import way
from tests.outcomes.test_counts import counts
from tests.told import accepted, completed, declined, received


async def test_somebody_referred_twice_counts_once(outcomes: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await outcomes.hears(received(), accepted(), completed(), patient=survivor)
    await outcomes.hears(received(), declined(DeclineReason.NO_CAPACITY), patient=retired)
    assert ((await counts(outcomes))["received"], (await counts(outcomes))["declined"]) == (2, {"no_capacity": 1})
    await outcomes.hears(merges.merged(retired, survivor), patient=retired)
    after = await counts(outcomes)
    assert (after["received"], after["declined"], after["visits_completed"]) == (1, {}, 1)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_whatever_is_merged_and_unmerged_comes_to_what_is_merged_in_the_end(outcomes: Bench, seed: int) -> None:
    dice = Random(seed)
    patients = [uuid4() for _ in range(5)]
    for patient in patients:
        await outcomes.hears(*way(dice).events, patient=patient)
    before = await counts(outcomes)
    steps, into = merges.history(dice, patients, 12)
    await merges.deliver(outcomes, dice, steps)
    during = await counts(outcomes)
    assert during["received"] == len(patients) - len(into)
    assert during["visits_completed"] == before["visits_completed"]
    assert during["families_notified"] <= before["families_notified"]
    await merges.deliver(outcomes, dice, merges.undone(into))
    assert await counts(outcomes) == before

"""Whatever is delivered again, record by record or from the beginning: as many effects as events."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from carebus.subscribing.breaker import FEWEST
from tests.faults.breaking import deliveries, in_turn
from tests.faults.breaking.releases import BadRelease, database_in_trouble
from tests.faults.fleet import CREW
from tests.faults.results import Result
from tests.faults.storm import run
from tests.faults.worlds import Fault
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
Tell = Callable[[Result], Result]

SUBSCRIBERS = CREW.count(("echo", "subscriber"))

AGAIN: dict[str, Fault] = {
    "each record on the topic up to five times": deliveries.republished(15),
    "the relay sends each event up to five times": deliveries.shimmed(
        "relay", "the_relay_sends_each_event_one_to_five_times", "relays that send up to five times", 15
    ),
    "batches given again": deliveries.shimmed(
        "subscriber", "batches_are_given_again", "subscribers that are given batches again", 15
    ),
    "positions set back again and again": deliveries.set_back(12, by=50),
    "the whole topic replayed": deliveries.set_back(3),
    "the whole topic into a new group": deliveries.whole_topic_into_another_group(8),
}


async def test_a_topic_republished_and_replayed_has_no_second_effect(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = in_turn(deliveries.republished(4), deliveries.set_back(3, by=50), deliveries.set_back(1))
    result = told(await run(own_servers, tmp_path, "republished, set back and replayed", fault, SEED))
    assert result.clean, result
    assert result.repeated_records > 0


@pytest.mark.faults
@pytest.mark.parametrize("name", AGAIN)
async def test_no_second_effect_of(name: str, own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    result = told(await run(own_servers, tmp_path, name, AGAIN[name], SEED))
    assert result.clean, result
    if "five times" in name:
        assert result.repeated_records > 0


@pytest.mark.faults
async def test_a_release_that_fails_on_everything_stops_and_when_it_is_taken_back_nothing_is_missing(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = BadRelease("echo", "the_release_fails_on_everything", 20)
    result = told(await run(own_servers, tmp_path, "bad release: all fails", fault, SEED))
    assert result.clean, result
    assert fault.stopped >= 1
    assert fault.failed < FEWEST * SUBSCRIBERS, "no process parks as many as make it stop"


@pytest.mark.faults
async def test_a_release_that_fails_on_one_type_loses_nothing_and_one_command_mends_it(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = BadRelease("asking", "the_release_fails_on_answers", 12)
    result = told(await run(own_servers, tmp_path, "bad release: one type fails", fault, SEED))
    assert result.clean, result


@pytest.mark.faults
async def test_errors_that_pass_park_nothing_and_the_stream_goes_on(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    result = told(await run(own_servers, tmp_path, "database errors that pass", database_in_trouble(15), SEED))
    assert result.clean, result
    assert result.seen["batches tried again"] > 0
    assert result.seen["parked meanwhile, but for spoilt ones"] == 0

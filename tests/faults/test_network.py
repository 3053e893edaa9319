"""Whatever the network between services and servers does: nothing is lost, done twice, out of order or shown."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.process import LOOPBACK, free_port
from tests.faults import breaking, hosts
from tests.faults.proxy import door
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.servers import private_pair

SEED = int(os.environ.get("SEED", "1"))
Tell = Callable[[Result], Result]


@pytest.fixture
def separated(tmp_path: Path) -> Iterator[Scene]:
    """Each service on a host of its own."""
    if why := hosts.missing():
        pytest.skip(why)
    with hosts.network("asking", "echo") as net, private_pair(host=net.address) as pair:
        yield Scene(pair, tmp_path, net.hosts)


@pytest.mark.faults
async def test_no_promise_is_broken_by_partitions(separated: Scene, told: Tell) -> None:
    result = told(await play(separated, "partitions", breaking.partitions(20), SEED))
    assert result.clean, result
    assert result.acked_meanwhile, "commands are accepted while a service is cut off from the broker"


@pytest.mark.faults
async def test_no_promise_is_broken_by_a_narrow_network(separated: Scene, told: Tell) -> None:
    result = told(await play(separated, "narrow network", breaking.narrow(4), SEED))
    assert result.clean, result


async def test_a_few_partitions_break_no_promise(separated: Scene, told: Tell) -> None:
    result = told(await play(separated, "a few partitions", breaking.partitions(4, longest_s=5), SEED))
    assert result.clean, result
    assert result.acked


@pytest.mark.faults
async def test_no_promise_is_broken_by_slowness_and_cuts(tmp_path: Path, told: Tell) -> None:
    dice, entrance = random.Random(SEED), free_port()
    with private_pair(door=f"{LOOPBACK}:{entrance}") as pair:
        async with door(entrance, pair.kafka.port, dice) as broker, door(free_port(), pair.postgres.port, dice) as base:
            scene = Scene(pair, tmp_path, database_port=base.port)
            result = told(await play(scene, "slow network, cut off", breaking.slow(6, [broker, base]), SEED))
    assert result.clean, result
    assert result.seen["connections cut"]

"""Of three brokers some are restarted, killed or behind while clients send: nothing is lost, done twice or shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.brokers import REPLICAS, three_brokers
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.faults.worlds import Fault

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("SEED", "1"))
Tell = Callable[[Result], Result]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Processes that are told of one broker of three only."""
    with three_brokers() as (pair, cluster):
        named = next(iter(cluster.nodes.values())).bootstrap
        yield Scene(pair, tmp_path, environment={"KAFKA_BOOTSTRAP_SERVERS": named}, replicas=REPLICAS)


STORMS: dict[str, Fault] = {
    "three brokers restarted in turn": breaking.rolling_restarts(2),
    "kill -9 of a partition's leader": breaking.leader_kills(4),
    "kill -9 of the broker that is named": breaking.named_broker_dead,
}


@pytest.mark.parametrize("name", STORMS)
async def test_no_promise_is_broken_by(name: str, scene: Scene, told: Tell) -> None:
    result = told(await play(scene, name, STORMS[name], SEED))
    assert result.clean, result
    assert result.acked == result.commands
    assert result.acked_meanwhile, "commands are accepted whatever the brokers do"


async def test_too_few_brokers_in_sync_take_nothing_and_everything_is_published_later(scene: Scene, told: Tell) -> None:
    result = told(await play(scene, "too few brokers in sync", breaking.too_few_in_sync(2), SEED))
    assert result.clean, result
    assert result.acked_meanwhile, "commands are accepted while nothing can be published"
    assert result.seen["records published meanwhile"] == 0


async def test_what_an_unclean_election_loses_is_put_back_from_the_outboxes(scene: Scene, told: Tell) -> None:
    result = told(await play(scene, "unclean leader election", breaking.unclean_elections(2), SEED))
    assert result.clean, result
    assert result.seen["acknowledged records lost by the brokers"], "nothing was lost, so this run shows nothing"

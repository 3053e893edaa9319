"""Whatever is killed, stopped or restarted while clients send: nothing is lost, done twice, out of order or shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.fleet import CREW
from tests.faults.results import Result
from tests.faults.storm import run
from tests.faults.worlds import Fault
from tests.servers import Pair

KILLS, KILLERS = int(os.environ.get("KILLS", "1000")), 4
SEED = int(os.environ.get("SEED", "1"))
Tell = Callable[[Result], Result]

STORMS: dict[str, Fault] = {
    "kill -9 of services and relays": breaking.kills(100),
    "kill -9 of the broker": breaking.broker_kills(4),
    "restart of the broker": breaking.broker_restarts(3),
    "kill -9 of PostgreSQL": breaking.database_kills(5),
    "kill -9 of all at once": breaking.all_at_once(3),
    "stopped relays that wake up": breaking.sleeping_relays(3),
}


async def test_a_kill_of_each_process_and_of_each_server_breaks_no_promise(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = breaking.in_turn(breaking.kills(len(CREW), 0.3), breaking.broker_kills(1), breaking.database_kills(1))
    result = told(await run(own_servers, tmp_path, "each process and both servers killed", fault, SEED))
    assert result.clean, result
    assert result.acked > 0


@pytest.mark.faults
@pytest.mark.parametrize("name", STORMS)
async def test_no_promise_is_broken_by(name: str, own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    result = told(await run(own_servers, tmp_path, name, STORMS[name], SEED))
    assert result.clean, result
    if "broker" in name:
        assert result.acked_meanwhile, "commands are accepted while the broker is away"


@pytest.mark.faults
async def test_no_promise_is_broken_by_a_thousand_kills(own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    killers = [breaking.kills(KILLS // KILLERS) for _ in range(KILLERS)]
    result = told(await run(own_servers, tmp_path, f"{KILLS} kills", breaking.at_once(*killers), SEED))
    assert result.clean, result
    assert sum(result.injected.values()) == KILLS // KILLERS * KILLERS


@pytest.mark.faults
async def test_a_subscriber_that_slept_through_a_rebalance_is_fenced(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = breaking.sleeping_subscribers(3)
    result = told(await run(own_servers, tmp_path, "stopped subscribers that wake up", fault, SEED))
    assert result.clean, result
    assert result.fenced, "nobody was fenced, so this run shows nothing: try another SEED"

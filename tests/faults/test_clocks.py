"""Clocks that are wrong in single processes break no promise: order and possession never go by the time of day."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.breaking import clocks
from tests.faults.storm import Result, Scene, play
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))


@pytest.fixture
def odd_times(own_servers: Pair, tmp_path: Path) -> Scene:
    """Processes whose clocks go by files."""
    if why := clocks.missing():
        pytest.skip(why)
    return Scene(own_servers, tmp_path, environment=clocks.false_clocks())


@pytest.mark.faults
async def test_no_promise_is_broken_by_wrong_clocks(odd_times: Scene, told: Callable[[Result], Result]) -> None:
    fault = breaking.in_turn(breaking.wrong_clocks(12), breaking.kills(6), breaking.wrong_clocks(8))
    result = told(await play(odd_times, "wrong clocks", fault, SEED))
    assert result.clean, result
    assert result.seen["log lines of a wrong hour"], "every clock was right, so this run shows nothing"

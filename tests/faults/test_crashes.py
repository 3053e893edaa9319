"""A process may end at any step of the way of a command, event or timer: each step is tried, again and again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.crashing import POINTS, Plan
from tests.faults.storm import Result, Scene, play
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
TIMES = int(os.environ.get("TIMES", "20"))
Tell = Callable[[Result], Result]

A_FEW = (
    "command: key claimed",
    "command: committed",
    "batch: marks saved",
    "batch: committed",
    "timer: taken",
    "relay: between two sends",
    "relay: all acknowledged",
    "lead: lock taken",
    "migration: recorded",
)


async def test_crashes_at_a_few_chosen_points_break_no_promise(own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    plan = Plan(A_FEW, 2, SEED, tmp_path / "crashes")
    scene = Scene(own_servers, tmp_path, environment=plan.environment())
    result = told(await play(scene, "crashes at a few chosen points", breaking.crashes(plan, 90), SEED))
    assert result.clean, result
    assert min(plan.hits()[point] for point in A_FEW) >= 2


@pytest.mark.faults
async def test_crashes_at_every_point_break_no_promise(own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    plan = Plan(POINTS, TIMES, SEED, tmp_path / "crashes")
    scene = Scene(own_servers, tmp_path, environment=plan.environment())
    result = told(await play(scene, "crashes at every point", breaking.crashes(plan, 900), SEED))
    assert result.clean, result
    assert min(plan.hits()[point] for point in POINTS) >= TIMES

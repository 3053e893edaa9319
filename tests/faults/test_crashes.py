"""A process may end at any step of the way of a command, event or timer: each step is tried, again and again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.crashing import POINTS, Plan
from tests.faults.crashing.plan import PARTS
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
TIMES = 10
"""Hits of each point in each of two runs."""
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


def test_a_process_ends_at_the_chosen_pass_of_its_point_and_says_so_before(tmp_path: Path) -> None:
    plan = Plan(["a: b"], 1, SEED, tmp_path / "crashes")
    program = f"""
from pathlib import Path
from tests.faults.crashing import moments
moments.arm(Path({str(plan.file)!r}), {{"a: b": 3}})
for n in range(1, 5):
    print(n, flush=True)
    moments.passes("a: c")
    with moments.part("a"):
        moments.moment("b")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (-signal.SIGKILL, ["1", "2", "3"])
    assert plan.hits() == {"a: b": 1}
    assert not plan.wanted()


def test_every_crash_point_is_passed_by_some_process() -> None:
    plan = Plan(POINTS, 1, SEED, Path("nothing yet"))
    assert {point for process in PARTS for point in plan.wanted_of(*process)} == set(POINTS)


async def test_crashes_at_a_few_chosen_points_break_no_promise(own_servers: Pair, tmp_path: Path, told: Tell) -> None:
    plan = Plan(A_FEW, 1, SEED, tmp_path / "crashes")
    scene = Scene(own_servers, tmp_path, environment=plan.environment())
    result = told(await play(scene, "crashes at a few chosen points", breaking.crashes(plan, 90), SEED))
    assert result.clean, result
    assert min(plan.hits()[point] for point in A_FEW) >= 1


@pytest.mark.faults
@pytest.mark.parametrize("seed", [SEED, SEED + 1])
async def test_crashes_at_every_point_break_no_promise(
    seed: int, own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    plan = Plan(POINTS, TIMES, seed, tmp_path / "crashes")
    scene = Scene(own_servers, tmp_path, environment=plan.environment())
    result = told(await play(scene, "crashes at every point", breaking.crashes(plan, 900), seed))
    assert result.clean, result
    assert min(plan.hits()[point] for point in POINTS) >= TIMES

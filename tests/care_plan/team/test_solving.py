"""The solver has a process of its own, and a problem survives that process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from multiprocessing import active_children
from pathlib import Path

import psutil
import pytest

from services.care_plan.channels.planner import solving
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.solving import Solver, SolverDied
from tests.care_plan.team.invented import candidate, problem, wanted

ROOT = Path(__file__).parents[3]
ASKED = problem([wanted(n) for n in range(5)], [candidate(n) for n in range(3)])


@pytest.fixture
async def solver() -> AsyncIterator[Solver]:
    async with Solver() as made:
        yield made


def children() -> list[int]:
    return [child.pid for child in active_children() if child.pid is not None]


async def test_a_problem_is_solved_in_another_process_that_is_kept(solver: Solver) -> None:
    assert children() == []
    assert await solver.assign(ASKED) == assign(ASKED)
    one = children()
    assert await asyncio.gather(*(solver.assign(ASKED) for _ in range(3))) == [assign(ASKED)] * 3
    assert children() == one
    assert len(one) == 1


async def test_a_problem_survives_the_process_that_was_killed_over_it(solver: Solver) -> None:
    await solver.assign(ASKED)
    [old] = children()
    os.kill(old, signal.SIGKILL)
    assert await solver.assign(ASKED) == assign(ASKED)
    [new] = children()
    assert new != old


async def test_all_that_wait_survive_it(solver: Solver) -> None:
    await solver.assign(ASKED)
    [old] = children()
    os.kill(old, signal.SIGSTOP)
    waiting = [asyncio.create_task(solver.assign(ASKED)) for _ in range(3)]
    await asyncio.sleep(0.1)
    os.kill(old, signal.SIGKILL)
    assert await asyncio.gather(*waiting) == [assign(ASKED)] * 3
    assert len(children()) == 1


async def test_a_problem_that_kills_every_process_is_given_up(solver: Solver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "_assigned", os._exit)
    with pytest.raises(SolverDied):
        await solver.assign(1)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert await solver.assign(ASKED) == assign(ASKED)


async def test_it_ends_with_the_service() -> None:
    async with Solver() as one:
        await one.assign(ASKED)
    assert children() == []


WAITS = """
import asyncio
from multiprocessing import active_children
from services.care_plan.channels.planner.solving import Solver
from tests.care_plan.team.test_solving import ASKED

async def main():
    async with Solver() as one:
        await one.assign(ASKED)
        print(active_children()[0].pid, flush=True)
        await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_it_ends_also_when_the_service_was_killed(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    path = os.pathsep.join([str(ROOT), str(ROOT / "shared")])
    with subprocess.Popen(
        [sys.executable, tmp_path / "waits.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as service:
        assert service.stdout is not None
        child = int(service.stdout.readline())
        assert psutil.pid_exists(child)
        service.kill()
        service.wait()
    ends = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < ends, "it waits for a parent that is gone"
        time.sleep(0.05)


def test_the_service_itself_never_loads_the_solver() -> None:
    script = (
        "import sys; import services.care_plan.channels.planner.solving; "
        "print([name for name in ('ortools', 'numpy', 'pandas') if name in sys.modules])"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "shared")])
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert told.stdout.strip() == "[]"

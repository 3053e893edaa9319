"""Has problems solved in a process of its own: in a thread the solver would hold up everything else here.

Only that process loads OR-tools. It is started when it is first needed, and again when it died.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Self, TypeVar

from carebus.errors import CarebusError
from services.care_plan.channels.planner.problem import Assignment, Caseload, Problem, Proposal

TRIES = 2
"""A problem is given up when the process has died so often over it: it is then likely the problem that kills it."""

T = TypeVar("T")
A = TypeVar("A")


class SolverDied(CarebusError):
    """The process that looks for assignments ended before it answered. It is tried again with the next round."""

    status = 500


class Solver:
    """A process that solves one problem after the other; several may wait."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._close)

    async def assign(self, problem: Problem) -> Assignment:
        """Who is to look after whom. Raises AssignmentFailed, and SolverDied when the process ended again and again."""
        return await self._solved(_assigned, problem)

    async def propose(self, caseload: Caseload) -> tuple[Proposal, ...]:
        """Who is to take whose place. Raises as `assign` does."""
        return await self._solved(_proposed, caseload)

    async def _solved(self, solve: Callable[[A], T], asked: A) -> T:
        for _ in range(TRIES):
            pool = self._pool = self._pool or _started()
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, solve, asked)
            except BrokenProcessPool:
                if self._pool is pool:  # whoever notices first makes room for a new one
                    self._pool = None
        raise SolverDied

    def _close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _started() -> ProcessPoolExecutor:
    """One process, made afresh and not copied: this one has threads and connections that a copy would share."""
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """In the new process: leave it to the service when to stop, and stop with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process of a pool would else wait for ever after its parent was killed: it holds both ends of its own queue."""
    parent = parent_process()
    assert parent is not None, "this is the pool's process"
    parent.join()
    os._exit(1)


def _assigned(problem: Problem) -> Assignment:
    from services.care_plan.channels.planner.assignment import assign  # noqa: PLC0415  # only this process has OR-tools

    return assign(problem)


def _proposed(caseload: Caseload) -> tuple[Proposal, ...]:
    from services.care_plan.channels.planner.proposals import propose  # noqa: PLC0415  # as above

    return propose(caseload)

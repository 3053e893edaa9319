"""The planner of the care plan service for the bench: it looks until there is nothing more to find, in this process."""

from __future__ import annotations

from carebus.testing import Bench
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.planning import Planner
from services.care_plan.channels.planner.problem import Assignment, Caseload, Problem, Proposal
from services.care_plan.channels.planner.proposals import propose
from services.care_plan.channels.planner.solving import Solver


class Here(Solver):
    """Solves in the test's own process: starting another for each test would take longer than the test."""

    async def assign(self, problem: Problem) -> Assignment:
        return assign(problem)

    async def propose(self, caseload: Caseload) -> tuple[Proposal, ...]:
        return propose(caseload)


async def plan(bench: Bench) -> None:
    """What the planner does about what has changed."""
    planner = Planner(bench.service.app.state.parts, Here())
    while await planner.round():
        pass

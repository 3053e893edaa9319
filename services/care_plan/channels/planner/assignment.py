"""Assigns clinicians to patients by OR-tools' minimum-cost flow: as many patients as can be, at the least cost.

For each profession there is one network: a patient sends one unit to any clinician who may look after them, at the
choice's cost; a clinician passes on as many as there is room for, each dearer than the one before as the load grows;
or the unit goes past everybody, which costs more than any rearrangement of all others could save.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from carebus.contracts.people import Role
from carebus.errors import CarebusError
from services.care_plan.channels.planner.problem import Assignment, Choice, Problem, Unassigned
from services.care_plan.domain.team.costs import BARRED, Costs
from services.care_plan.domain.team.fit import Candidate, Wanted, Weights, claim, explained, why_nobody

LEVELS = 20
"""So many degrees of a claim are told apart at most; the flow's numbers stay small enough."""

Numbers = NDArray[np.int64]


class AssignmentFailed(CarebusError):
    """No assignment could be found. The numbers of this problem are too large for the solver."""

    status = 500


def assign(problem: Problem) -> Assignment:
    """The best assignment, the same whatever the order of what is given. Raises AssignmentFailed.

    Nobody is left out who could be looked after. Where not everybody can, whose claim is stronger goes first.
    """
    choices: list[Choice] = []
    unassigned: list[Unassigned] = []
    for role in Role:
        wanted = sorted((each for each in problem.wanted if each.role is role), key=_order)
        if wanted:
            found = _of_role(wanted, problem, role)
            choices += found.choices
            unassigned += found.unassigned
    return Assignment(choices=tuple(choices), unassigned=tuple(unassigned))


def _of_role(wanted: Sequence[Wanted], problem: Problem, role: Role) -> Assignment:
    of_role = [each for each in problem.candidates if each.clinician.role is role]
    candidates = sorted(of_role, key=lambda each: str(each.clinician_id))
    costs = Costs(candidates, problem.weights, problem.travel)
    rows = np.array([costs.row(each) for each in wanted], dtype=np.int64).reshape(len(wanted), len(candidates))
    taken = _solved(rows, costs, _claims(wanted, problem.weights))
    left = as_loaded(candidates, (candidates[to].clinician_id for to in taken.values()))
    return Assignment(
        choices=tuple(
            _choice(one, candidates[taken[at]], int(rows[at, taken[at]]), problem)
            for at, one in enumerate(wanted)
            if at in taken
        ),
        unassigned=tuple(
            Unassigned(**_asked(one), why=why_nobody(one, left)) for at, one in enumerate(wanted) if at not in taken
        ),
    )


def _solved(rows: Numbers, costs: Costs, claims: Numbers) -> dict[int, int]:
    """Which patient (by place in the list) goes to which clinician."""
    patients, clinicians = rows.shape
    sink = patients + clinicians
    flow = SimpleMinCostFlow()
    at, to = np.nonzero(rows != BARRED)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(at, patients + to, np.ones_like(at), rows[at, to])
    dearest = _pass_on(flow, costs, patients, sink)
    past_all = (int(rows.max(initial=0)) + dearest + 1) * (patients + 1) * claims
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(patients), np.full(patients, sink), np.ones(patients, dtype=np.int64), past_all
    )
    flow.set_nodes_supplies(np.arange(patients), np.ones(patients, dtype=np.int64))
    flow.set_node_supply(sink, -patients)
    if flow.solve() != flow.OPTIMAL:
        raise AssignmentFailed
    chosen = flow.flows(arcs) > 0 if len(arcs) else np.zeros(0, dtype=bool)
    return dict(zip(at[chosen].tolist(), to[chosen].tolist(), strict=True))


def _pass_on(flow: SimpleMinCostFlow, costs: Costs, patients: int, sink: int) -> int:
    """Let each clinician take as many as there is room for; gives the dearest of them."""
    dearest = 0
    for at, candidate in enumerate(costs.candidates):
        for many, cost in costs.bands(candidate):
            flow.add_arc_with_capacity_and_unit_cost(patients + at, sink, many, cost)
            dearest = max(dearest, cost)
    return dearest


def _claims(wanted: Sequence[Wanted], weights: Weights) -> Numbers:
    """Each patient's claim as a small number from 1 on.

    Only their order matters: of all sets of patients who can be looked after together, the one that is taken is the
    one that a greedy choice by claim finds, because such sets are a matroid (Edmonds and Fulkerson, 1965).
    """
    claims = np.array([claim(each, weights) for each in wanted], dtype=np.int64)
    ranks: Numbers = np.unique(claims, return_inverse=True)[1].astype(np.int64)
    most = int(ranks.max(initial=0))
    return 1 + (ranks if most < LEVELS else ranks * (LEVELS - 1) // most)


def as_loaded(candidates: Sequence[Candidate], taken: Iterable[UUID]) -> list[Candidate]:
    """The same clinicians after each of these has taken one more patient."""
    more = Counter(taken)
    return [each.model_copy(update={"load": each.load + more[each.clinician_id]}) for each in candidates]


def _choice(wanted: Wanted, candidate: Candidate, cost: int, problem: Problem) -> Choice:
    leg = problem.travel.between(candidate.place, wanted.place)
    return Choice(
        **_asked(wanted),
        clinician_id=candidate.clinician_id,
        because=explained(wanted, candidate, leg, problem.names),
        cost=cost,
        km=leg.km,
    )


def _order(wanted: Wanted) -> tuple[str, date, date, str]:
    return str(wanted.patient_id), wanted.on, wanted.until or date.max, str(wanted.replaces)


def _asked(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in ("patient_id", "role", "on", "until", "replaces")}

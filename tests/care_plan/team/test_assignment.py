"""The assignment: nobody is left out who could be looked after, nobody has too many, and nothing cheaper exists."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from ortools.graph.python.max_flow import SimpleMaxFlow

from carebus.contracts.care_plan import Licence
from carebus.contracts.people import Role
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.problem import Assignment, Problem
from services.care_plan.domain.team.costs import BARRED, Costs
from services.care_plan.domain.team.fit import bar_of, claim
from tests.care_plan.team.invented import candidate, problem, problems, wanted


def could_be_assigned(given_: Problem) -> int:
    """How many of the patients can have somebody at the same time, by a maximum flow."""
    flow, patients = SimpleMaxFlow(), len(given_.wanted)
    source, sink = patients + len(given_.candidates), patients + len(given_.candidates) + 1
    for at, one in enumerate(given_.wanted):
        flow.add_arc_with_capacity(source, at, 1)
        for to, who in enumerate(given_.candidates):
            if bar_of(one, who) is None:
                flow.add_arc_with_capacity(at, patients + to, 1)
    for to, who in enumerate(given_.candidates):
        flow.add_arc_with_capacity(patients + to, sink, who.room)
    flow.add_arc_with_capacity(source, sink, 0)
    flow.solve(source, sink)
    return int(flow.optimal_flow())


@given(problems())
@settings(max_examples=200, deadline=None)
def test_nobody_is_left_out_who_could_be_looked_after_and_no_rule_is_broken(given_: Problem) -> None:
    found = assign(given_)
    assert len(found.choices) + len(found.unassigned) == len(given_.wanted)
    assert len(found.choices) == could_be_assigned(given_)
    by_id = {each.clinician_id: each for each in given_.candidates}
    of = {(each.patient_id, each.role): each for each in given_.wanted}
    assert all(
        bar_of(of[choice.patient_id, choice.role], by_id[choice.clinician_id]) is None for choice in found.choices
    )
    taken = Counter(choice.clinician_id for choice in found.choices)
    assert all(many <= by_id[who].room for who, many in taken.items())
    assert all(each.why.endswith(".") for each in found.unassigned)


def total(given_: Problem, costs: Costs, chosen: tuple[int | None, ...]) -> tuple[list[int], int] | None:
    """The claims of whoever is left out, the strongest first, and the sum of the costs; None where a rule is broken."""
    sums = [0] * len(given_.candidates)
    cost = 0
    for one, at in zip(given_.wanted, chosen, strict=True):
        if at is None:
            continue
        price = costs.row(one)[at]
        if price == BARRED or sums[at] >= given_.candidates[at].room:
            return None
        loads = [price_ for many, price_ in costs.bands(given_.candidates[at]) for _ in range(many)]
        cost += price + loads[sums[at]]
        sums[at] += 1
    left = [claim(one, given_.weights) for one, at in zip(given_.wanted, chosen, strict=True) if at is None]
    return sorted(left, reverse=True), cost


@given(problems(most=4))
@settings(max_examples=60, deadline=None)
def test_of_all_assignments_none_leaves_out_weaker_claims_or_costs_less(given_: Problem) -> None:
    costs = Costs(given_.candidates, given_.weights, given_.travel)
    places = {each.clinician_id: at for at, each in enumerate(given_.candidates)}
    by_patient = {each.patient_id: places[each.clinician_id] for each in assign(given_).choices}
    ours = total(given_, costs, tuple(by_patient.get(one.patient_id) for one in given_.wanted))
    assert ours is not None
    options = [None, *range(len(given_.candidates))]
    every = (total(given_, costs, chosen) for chosen in product(options, repeat=len(given_.wanted)))
    best = min(((len(each[0]), *each) for each in every if each is not None), default=None)
    assert best is None or (len(ours[0]), *ours) == best


@given(problems())
@settings(max_examples=60, deadline=None)
def test_it_is_the_same_in_whatever_order_patients_and_clinicians_come(given_: Problem) -> None:
    chance = random.Random(7)
    turned = problem(
        chance.sample(given_.wanted, len(given_.wanted)), chance.sample(given_.candidates, len(given_.candidates))
    )
    assert assign(turned) == assign(given_)


def who(found: Assignment) -> dict[int, int]:
    """Patient to clinician, by the numbers they were invented with."""
    return {choice.patient_id.int - 1000: choice.clinician_id.int for choice in found.choices}


def test_each_goes_to_who_is_near_speaks_their_language_and_knew_them() -> None:
    found = assign(
        problem(
            [
                wanted(1),
                wanted(2, language="es"),
                wanted(3, code="12207"),
                wanted(4, code="11201", before=(UUID(int=2),), language="es"),
            ],
            [candidate(1), candidate(2, languages=("es",)), candidate(3, code="12207"), candidate(4, code="11201")],
        )
    )
    assert who(found) == {1: 1, 2: 2, 3: 3, 4: 2}
    assert found.choices[1].because == "Speaks Spanish, lives 0 km away, looks after 0 of 25."


def test_between_equals_the_load_decides() -> None:
    found = assign(problem([wanted(n) for n in range(10)], [candidate(1, load=10), candidate(2)]))
    assert set(who(found).values()) == {2}


def test_who_is_urgent_goes_first_and_then_who_has_waited_longest() -> None:
    patients = [wanted(1, waiting_weeks=5), wanted(2, urgent=True), wanted(3, waiting_weeks=2)]
    assert who(assign(problem(patients, [candidate(1, capacity=1)]))) == {2: 1}
    assert who(assign(problem(patients, [candidate(1, capacity=2)]))) == {1: 1, 2: 1}
    long = [wanted(1, waiting_weeks=9), wanted(2, urgent=True)]
    assert who(assign(problem(long, [candidate(1, capacity=1)]))) == {1: 1}, "nobody waits for ever behind the urgent"


def test_each_profession_is_chosen_by_itself() -> None:
    patients = [wanted(1), wanted(1, role=Role.DOCTOR), wanted(1, role=Role.SOCIAL_WORKER)]
    found = assign(problem(patients, [candidate(1), candidate(2, role=Role.DOCTOR, licences=(Licence(state="NJ"),))]))
    assert [(choice.role, choice.clinician_id.int) for choice in found.choices] == [(Role.NURSE, 1)]
    assert {each.role: each.why for each in found.unassigned} == {
        Role.DOCTOR: "No doctor is licensed in NY for that time.",
        Role.SOCIAL_WORKER: "There are no social workers.",
    }

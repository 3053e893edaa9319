"""`python -m bench.care_plan.assignment [patients] [clinicians]`: the planner's assignment against the least loaded."""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

from bench.care_plan.clinic import clinicians, patients
from carebus.contracts.people import Role
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.problem import Problem
from services.care_plan.domain.team.clinicians import WORKING_LANGUAGE
from services.care_plan.domain.team.fit import Candidate, Wanted, licensed
from services.care_plan.domain.team.travel import Travel
from services.care_plan.store.rulesets import assignment_weights, travel_rules

PATIENTS, CLINICIANS = 5000, 200
Chosen = dict[tuple[UUID, Role], UUID]


def least_loaded(wanted: Sequence[Wanted], candidates: Sequence[Candidate], *, by_licence: bool) -> Chosen:
    """Give each patient in turn to the clinician with the most room left, as was done before the planner."""
    loads, chosen = Counter[UUID](), Chosen()
    of_role = {role: [each for each in candidates if each.clinician.role is role] for role in Role}
    for one in wanted:
        may = [
            each
            for each in of_role[one.role]
            if loads[each.clinician_id] < each.room
            and (not by_licence or licensed(each.clinician, one.state, one.on, None))
        ]
        if may:
            least = min(
                may, key=lambda each: (Fraction(loads[each.clinician_id], each.clinician.capacity), each.clinician_id)
            )
            loads[least.clinician_id] += 1
            chosen[one.patient_id, one.role] = least.clinician_id
    return chosen


def told(name: str, chosen: Chosen, wanted: Sequence[Wanted], candidates: Sequence[Candidate], travel: Travel) -> str:
    """One line: how far, how often in the patient's language, how evenly, and how many without anybody."""
    by_id = {each.clinician_id: each for each in candidates}
    pairs = [(one, by_id[chosen[key]]) for one in wanted if (key := (one.patient_id, one.role)) in chosen]
    ways = [km for one, who in pairs if (km := travel.km(who.place, one.place)) is not None]
    other = [(one, who) for one, who in pairs if one.language != WORKING_LANGUAGE]
    met = sum(who.clinician.speaks(one.language) for one, who in other)
    unlicensed = sum(not licensed(who.clinician, one.state, one.on, None) for one, who in pairs)
    loads = Counter(chosen.values())
    full = max(loads[each.clinician_id] / each.clinician.capacity for each in candidates)
    return (
        f"{name:34} {statistics.mean(ways):6.1f} km (median {statistics.median(ways):5.1f})"
        f"   language met {met / max(len(other), 1):5.1%}   without licence {unlicensed:5}"
        f"   fullest {full:4.0%}   unassigned {len(wanted) - len(pairs)}"
    )


def main(words: Sequence[str]) -> None:
    many, staff = (int(word) for word in (*words, *map(str, (PATIENTS, CLINICIANS)[len(words) :])))
    weights, travel = assignment_weights(), travel_rules()
    for label, roles in (("one profession", (Role.NURSE,)), ("all four professions", tuple(Role))):
        wanted, candidates = patients(many, roles), clinicians(staff, many, roles)
        begun = time.perf_counter()
        found = assign(Problem(wanted=tuple(wanted), candidates=tuple(candidates), weights=weights, travel=travel))
        took = time.perf_counter() - begun
        begun = time.perf_counter()
        assign(Problem(wanted=tuple(wanted), candidates=tuple(candidates), weights=weights, travel=travel))
        again = time.perf_counter() - begun
        print(f"{label}: {many} patients, {staff} clinicians, {took:.2f} s, and {again:.2f} s once the table is read")
        flow = {(each.patient_id, each.role): each.clinician_id for each in found.choices}
        for name, chosen in (
            ("flow", flow),
            ("least loaded of the licensed", least_loaded(wanted, candidates, by_licence=True)),
            ("least loaded (before)", least_loaded(wanted, candidates, by_licence=False)),
        ):
            print("  " + told(name, chosen, wanted, candidates, travel))


if __name__ == "__main__":
    main(sys.argv[1:])

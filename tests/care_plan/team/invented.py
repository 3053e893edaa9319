"""Clinicians and patients for tests of who looks after whom; nobody is real."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from carebus.contracts.care_plan import HomeArea, Licence
from carebus.contracts.people import Address, Role
from services.care_plan.channels.planner.problem import Problem
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.fit import Candidate, Wanted
from services.care_plan.store.rulesets import assignment_weights, travel_rules

DAY = date(2026, 3, 2)
NAMES = {"es": "Spanish", "zh": "Chinese"}
WEIGHTS, TRAVEL = assignment_weights(), travel_rules()
CODES = ("10001", "11201", "07302", "12207", "")
"""Manhattan, Brooklyn, Jersey City, Albany, and nowhere."""


def candidate(n: int, *, load: int = 0, role: Role = Role.NURSE, code: str = "10001", **more: Any) -> Candidate:
    """The nth clinician, who works in New York unless told."""
    stated: dict[str, Any] = {
        "clinician_id": UUID(int=n),
        "name": f"Clinician {n}",
        "role": role,
        "capacity": 25,
        "licences": (Licence(state="NY"),),
        "area": HomeArea(postal_code=code) if code else None,
    }
    return Candidate(clinician=Clinician(**{**stated, **more}), load=load)


def wanted(n: int, *, code: str = "10001", state: str = "NY", **more: Any) -> Wanted:
    """The nth patient, who lacks a nurse unless told."""
    stated: dict[str, Any] = {
        "patient_id": UUID(int=1000 + n),
        "role": Role.NURSE,
        "on": DAY,
        "address": Address(state=state, postal_code=code),
    }
    return Wanted(**{**stated, **more})


def problem(patients: Sequence[Wanted], candidates: Sequence[Candidate]) -> Problem:
    """These patients and clinicians, by the weights that the service brings."""
    return Problem(wanted=tuple(patients), candidates=tuple(candidates), weights=WEIGHTS, travel=TRAVEL, names=NAMES)


@st.composite
def problems(draw: st.DrawFn, most: int = 6) -> Problem:
    """Small clinics in which rooms, licences and leave make some choices impossible."""
    states = st.sampled_from(["NY", "NJ"])
    candidates = [
        candidate(
            n,
            load=draw(st.integers(0, 2)),
            capacity=draw(st.integers(1, 3)),
            code=draw(st.sampled_from(CODES)),
            licences=tuple(Licence(state=state) for state in draw(st.sets(states))),
            languages=draw(st.sampled_from([(), ("es",), ("zh",)])),
            left_on=draw(st.sampled_from([None, None, date(2026, 1, 1)])),
        )
        for n in range(draw(st.integers(0, most)))
    ]
    patients = [
        wanted(
            n,
            code=draw(st.sampled_from(CODES)),
            state=draw(st.sampled_from(["NY", "NJ", ""])),
            language=draw(st.sampled_from(["en", "es", "zh"])),
            urgent=draw(st.booleans()),
            waiting_weeks=draw(st.integers(0, 3)),
            not_by=tuple(UUID(int=m) for m in draw(st.sets(st.integers(0, most), max_size=2))),
            before=tuple(UUID(int=m) for m in draw(st.sets(st.integers(0, most), max_size=2))),
        )
        for n in range(draw(st.integers(0, most)))
    ]
    return problem(patients, candidates)

"""On a made-up clinic patients get somebody nearer than the least loaded, who speaks their language more often."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import pytest

from bench.care_plan.assignment import Chosen, least_loaded
from bench.care_plan.clinic import clinicians, patients
from carebus.contracts.people import Role
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.domain.team.clinicians import WORKING_LANGUAGE
from services.care_plan.domain.team.fit import Candidate, Wanted, licensed
from tests.care_plan.team.invented import TRAVEL, problem

PATIENTS, CLINICIANS = 600, 60


@pytest.mark.parametrize("roles", [(Role.NURSE,), (Role.NURSE, Role.DOCTOR)], ids=len)
def test_half_the_way_twice_as_often_the_language_and_nobody_left_out(roles: tuple[Role, ...]) -> None:
    wanted, candidates = patients(PATIENTS, roles), clinicians(CLINICIANS, PATIENTS, roles)
    found = assign(problem(wanted, candidates))
    assert found.unassigned == ()
    ours: Chosen = {(each.patient_id, each.role): each.clinician_id for each in found.choices}
    before = least_loaded(wanted, candidates, by_licence=True)
    (km, met), (km_before, met_before) = (measured(each, wanted, candidates) for each in (ours, before))
    assert km < km_before / 2
    assert met > 2 * met_before


def measured(chosen: Chosen, wanted: Sequence[Wanted], candidates: Sequence[Candidate]) -> tuple[float, int]:
    """The mean way in km, and how many who speak another language have somebody who speaks it."""
    by_id = {each.clinician_id: each for each in candidates}
    pairs = [(one, by_id[chosen[key]]) for one in wanted if (key := (one.patient_id, one.role)) in chosen]
    assert all(licensed(who.clinician, one.state, one.on, None) for one, who in pairs)
    km = statistics.mean(TRAVEL.km(who.place, one.place) or 0 for one, who in pairs)
    met = sum(one.language != WORKING_LANGUAGE and who.clinician.speaks(one.language) for one, who in pairs)
    return km, met

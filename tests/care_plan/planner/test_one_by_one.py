"""A record that nobody can reckon with costs the others nothing."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest

from carebus.contracts.event import Stream, patient_stream
from services.care_plan.channels.planner.one_by_one import one_by_one
from services.care_plan.channels.planner.solving import SolverDied
from services.care_plan.domain.care import Care

CARES = {patient_stream(UUID(int=n)): Care() for n in range(9)}


@pytest.mark.parametrize("odd", range(len(CARES)))
async def test_everybody_but_the_one_who_is_to_blame_is_found_for(odd: int) -> None:
    blamed = patient_stream(UUID(int=odd))

    async def find(some: Mapping[Stream, Care]) -> dict[Stream, str]:
        if blamed in some:
            raise ValueError
        return dict.fromkeys(some, "found")

    assert set(await one_by_one(CARES, find)) == CARES.keys() - {blamed}


async def test_a_solver_that_died_is_nobodys_fault() -> None:
    async def find(_: Mapping[Stream, Care]) -> dict[Stream, str]:
        raise SolverDied

    with pytest.raises(SolverDied):
        await one_by_one(CARES, find)

"""The fault tests can see: each broken guarantee is noticed by a short run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.mutants import MUTANTS
from tests.faults.storm import Result, run
from tests.servers import Pair

SHORT = breaking.in_turn(breaking.kills(12, 0.5), breaking.broker_kills(1))
NEEDS = {"offsets_are_moved_by_anyone": breaking.sleeping_subscribers(3)}


@pytest.mark.faults
@pytest.mark.parametrize("mutant", MUTANTS)
async def test_is_noticed(mutant: str, own_servers: Pair, tmp_path: Path, told: Callable[[Result], Result]) -> None:
    fault = NEEDS.get(mutant, SHORT)
    result = told(await run(own_servers, tmp_path, f"mutant: {mutant}", fault, 1, mutant=mutant, rest_s=30))
    assert sum(result.counts.values()), result

"""A broker that loses what it acknowledged: the services notice, and publish it again from their outboxes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.results import Result
from tests.faults.storm import run
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))


@pytest.mark.faults
async def test_no_promise_is_broken_by_a_log_that_lost_its_end(
    own_servers: Pair, tmp_path: Path, told: Callable[[Result], Result]
) -> None:
    result = told(await run(own_servers, tmp_path, "end of the log lost", breaking.log_losses(3), SEED))
    assert result.clean, result
    assert result.seen["records cut off"], "nothing was lost, so this run shows nothing"

"""Servers that go back in time lose states that nobody else had, and nothing that is taken afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.breaking.going_back import BACK, older_broker
from tests.faults.breaking.unread import deleted_unread
from tests.faults.results import Result
from tests.faults.storm import run
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))


@pytest.mark.faults
@pytest.mark.parametrize("name", BACK)
async def test_what_is_taken_after_the_databases_went_back_has_its_effect(
    name: str, own_servers: Pair, tmp_path: Path, told: Callable[[Result], Result]
) -> None:
    result = told(await run(own_servers, tmp_path, name, BACK[name], SEED))
    assert result.clean, result
    assert result.seen["events adopted by asking"], "nothing was lost, so this run shows nothing"
    assert result.refused.get("503"), "commands were refused until the events were adopted"


@pytest.mark.faults
async def test_a_broker_that_is_older_than_the_databases_gets_everything_again(
    own_servers: Pair, tmp_path: Path, told: Callable[[Result], Result]
) -> None:
    result = told(await run(own_servers, tmp_path, "the broker restored older", older_broker, SEED))
    assert result.clean, result


@pytest.mark.faults
async def test_what_was_deleted_before_anybody_had_read_it_has_its_effect_after_all(
    own_servers: Pair, tmp_path: Path, told: Callable[[Result], Result]
) -> None:
    result = told(await run(own_servers, tmp_path, "records deleted unread", deleted_unread, SEED))
    assert result.clean, result
    assert result.seen["published again"], "nothing was deleted, so this run shows nothing"
    assert result.seen["holes closed"]

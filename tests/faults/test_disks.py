"""A full disk under PostgreSQL or Kafka loses nothing that was acknowledged, and all goes on when there is room."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import breaking, disks
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.servers import Pair, server_folder

SEED = int(os.environ.get("SEED", "1"))
MEGABYTES = 600


@pytest.mark.faults
async def test_no_promise_is_broken_by_full_disks(tmp_path: Path, told: Callable[[Result], Result]) -> None:
    if why := disks.missing():
        pytest.skip(why)
    with (
        server_folder() as folder,
        disks.disk(folder / "kafka", MEGABYTES) as kafka,
        disks.disk(folder / "postgres", MEGABYTES) as postgres,
    ):
        pair = Pair.at(folder, fast=False)
        try:
            pair.start()
            fault = breaking.full_disks(6, {"Kafka": kafka, "PostgreSQL": postgres})
            result = told(await play(Scene(pair, tmp_path), "full disks", fault, SEED))
        finally:
            pair.end()
    assert result.clean, result
    assert "503" in result.refused, "nobody was refused, so no disk was full: this run shows nothing"

"""Clocks that are wrong in single processes break no promise: order and possession never go by the time of day."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.embedded import Kafka, cache_folder, free_port
from tests.carebus.relaying.test_relay import forgotten, write
from tests.carebus.wires import someone, until, wire
from tests.faults import breaking
from tests.faults.breaking import clocks
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.servers import Pair, server_folder

SEED = int(os.environ.get("SEED", "1"))


@pytest.fixture
def odd_times(own_servers: Pair, tmp_path: Path) -> Scene:
    """Processes whose clocks go by files."""
    if why := clocks.missing():
        pytest.skip(why)
    return Scene(own_servers, tmp_path, environment=clocks.false_clocks())


@pytest.mark.faults
async def test_no_promise_is_broken_by_wrong_clocks(odd_times: Scene, told: Callable[[Result], Result]) -> None:
    fault = breaking.in_turn(breaking.wrong_clocks(12), breaking.kills(6), breaking.wrong_clocks(8))
    result = told(await play(odd_times, "wrong clocks", fault, SEED))
    assert result.clean, result
    assert result.seen["log lines of a wrong hour"], "every clock was right, so this run shows nothing"


async def test_a_broker_whose_clock_is_more_than_an_hour_behind_takes_what_is_published(
    topic_prefix: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if why := clocks.missing():
        pytest.skip(why)
    (tmp_path / "clock").write_text("-3700")  # Kafka's own limit is an hour
    with server_folder() as folder:
        kafka = Kafka(folder / "kafka", free_port(), cache_folder())
        with monkeypatch.context() as at_its_start:
            for name, value in clocks.false_clock_of_java(tmp_path / "clock").items():
                at_its_start.setenv(name, value)
            kafka.start()
        try:
            async with (
                wire(postgres_url, kafka.bootstrap, topic_prefix) as on_wire,
                (service := on_wire.service(role="relay")).running(),
            ):
                await write(service, someone(), random.Random(1))

                async def published() -> bool:
                    return await forgotten(on_wire, service)

                await until(published, "everything is published")
        finally:
            kafka.kill()

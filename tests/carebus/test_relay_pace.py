"""The relay's pace, on virtual time: at once after a quiet moment, and then what was told meanwhile together."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from carebus import relay
from carebus.core import Core
from carebus.relay import BATCH, POLL, SPACING, Relay
from carebus.settings import Settings
from tests.simulation.loop import new_loop

QUIET_S = 1.9 * POLL
A_MOMENT = 1e-6


class Looking(Relay):
    """A relay of which only the looks are real: each finds `found` events and takes as long as `took`."""

    found = 1
    took = 0.001

    def __init__(self) -> None:
        settings = Settings(database_url="postgresql://nowhere/x", kafka_bootstrap_servers="nowhere:1")
        super().__init__(Core.of("pace", settings, {}))
        self.bell = self._core.told
        self.looks: list[float] = []

    async def publish_pending(self, producer: Any) -> int:
        self.looks.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.took)
        return self.found


def looks(of: type[Looking], *tellings: float) -> list[float]:
    """When it looks, if something is told at these times."""
    loop = new_loop(1)

    async def play() -> list[float]:
        looking, stop = of(), asyncio.Event()
        task = asyncio.create_task(looking._publish_until(None, stop))
        for at in tellings:
            await asyncio.sleep(at - loop.time())
            looking.bell.set()
        await asyncio.sleep(2 * SPACING)
        stop.set()
        looking.bell.set()
        await task
        return looking.looks

    return loop.run(play())


def test_the_first_event_after_a_quiet_moment_is_looked_for_at_once() -> None:
    assert any(QUIET_S <= at < QUIET_S + A_MOMENT for at in looks(Looking, QUIET_S))


def test_events_told_one_by_one_are_looked_for_together() -> None:
    told = [QUIET_S + n * SPACING / 5 for n in range(50)]
    after = [at for at in looks(Looking, *told) if told[0] <= at <= told[-1]]
    assert all(SPACING <= later - earlier + A_MOMENT < SPACING + 2 * A_MOMENT for earlier, later in pairwise(after))
    assert len(after) == 10


def test_a_relay_that_found_a_whole_batch_looks_again_at_once() -> None:
    class Full(Looking):
        found = BATCH

    assert {round(later - earlier, 6) for earlier, later in pairwise(looks(Full, 5 * SPACING))} == {Looking.took}


def test_nothing_told_is_looked_for_all_the_same() -> None:
    assert relay.POLL in {
        round(later - earlier - Looking.took, 6) for earlier, later in pairwise(looks(Looking, 3 * POLL))
    }

"""Loops: they show progress, survive what they meet, stop when asked, and only one process leads."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from carebus.observing.loops import Heartbeats, backoff, keep, pause
from carebus.storage.database import Database
from carebus.storage.lease import lead
from carebus.testing import Bench
from tests.carebus.wires import until


def test_a_loop_is_stuck_when_it_has_not_beaten_in_time_and_only_then() -> None:
    beats = Heartbeats()
    assert beats.stuck() == []
    beats.expect("slow", within=-1)
    beats.expect("fine", within=1000)
    assert beats.stuck() == ["slow"]
    beats.forget("slow")
    beats.forget("never known")
    assert beats.stuck() == []


@pytest.mark.parametrize("attempt", [0, 1, 5, 100, 10_000])
def test_waits_grow_and_stay_bounded(attempt: int) -> None:
    assert 0.05 <= backoff(attempt) <= 10
    assert backoff(attempt, most=1) <= 1


async def test_a_pause_ends_with_the_stop() -> None:
    stop = asyncio.Event()
    assert await pause(0.001, stop) is True
    stop.set()
    assert await pause(1000, stop) is False


async def test_a_loop_goes_on_after_an_error_and_is_forgotten_when_it_stops() -> None:
    stop, beats, tries = asyncio.Event(), Heartbeats(), list[int]()

    async def step() -> float:
        tries.append(1)
        if len(tries) < 3:
            raise ValueError
        stop.set()
        return 0

    await keep("loop", step, stop=stop, beats=beats, within=-1)
    assert len(tries) == 3
    assert beats.stuck() == []


async def test_a_wake_up_cuts_the_wait_short() -> None:
    stop, wake, tries = asyncio.Event(), asyncio.Event(), list[int]()

    async def step() -> float:
        tries.append(1)
        if len(tries) == 2:
            stop.set()
            return 0
        asyncio.get_running_loop().call_soon(wake.set)
        return 1000

    await keep("loop", step, stop=stop, beats=Heartbeats(), wake=wake)
    assert not wake.is_set()


class Leaders:
    """Who leads now, and who ever did."""

    def __init__(self) -> None:
        self.now: set[str] = set()
        self.most = 0

    async def lead(self, name: str, stop: asyncio.Event) -> None:
        self.now.add(name)
        self.most = max(self.most, len(self.now))
        try:
            await stop.wait()
        finally:
            self.now.discard(name)


async def test_one_leads_and_another_takes_over_when_it_stops(tallying: Bench) -> None:
    leaders, stops = Leaders(), {name: asyncio.Event() for name in "abc"}
    database: Database = tallying.service.core.database
    tasks = {
        name: asyncio.create_task(lead(database, "loop", partial(leaders.lead, name), stop=stop, beats=Heartbeats()))
        for name, stop in stops.items()
    }

    async def somebody() -> bool:
        return len(leaders.now) == 1

    for _ in range(3):
        await until(somebody, "one leads")
        leader = next(iter(leaders.now))
        stops[leader].set()
        await tasks[leader]
    assert leaders.now == set()
    assert leaders.most == 1


async def test_a_leader_whose_connection_is_cut_is_told_and_may_lead_again(tallying: Bench) -> None:
    leaders, stop = Leaders(), asyncio.Event()
    ends: list[str] = []

    async def body(lost: asyncio.Event) -> None:
        await leaders.lead(str(len(ends)), lost)
        ends.append("lost")

    task = asyncio.create_task(lead(tallying.service.core.database, "loop", body, stop=stop, beats=Heartbeats()))

    async def leads() -> bool:
        return bool(leaders.now)

    async def leads_again() -> bool:
        return leaders.now == {"1"}

    await until(leads, "it leads")
    async with tallying.service.core.database.connection() as db:
        await db.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())"
        )
    await until(leads_again, "it leads again")
    stop.set()
    await task
    assert (ends, leaders.most) == (["lost", "lost"], 1)

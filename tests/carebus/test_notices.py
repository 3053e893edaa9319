"""Work of another process is begun at a notice, without looking for it; a lost notice loses nothing but time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from carebus import notices
from carebus.access import own_work
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Asked
from carebus.decisions import on
from carebus.relaying.relay import Relay
from carebus.service import Service, Worker
from carebus.storage import timers
from carebus.testing import START, set_clock
from carebus.web.http import Parts
from tests.carebus import tally
from tests.carebus.relaying.test_relay import forgotten, write_many
from tests.carebus.wires import Wire, assessed, someone, until

NEVER_S = 3600.0
LEADS = """
select pid from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())
"""
EARS = "select pid from pg_stat_activity where application_name = 'tally ear' and datname = current_database()"


@pytest.fixture
def looks_only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "LOOK_S", NEVER_S)


async def new_pids(wire: Wire, service: Service, sql: str, *, other_than: set[int]) -> set[int]:
    """The database's sessions that this finds, once there is one of which nobody knew."""
    found: set[int] = set()

    async def some() -> bool:
        found.update(row["pid"] for row in await wire.query(service, sql))
        return bool(found - other_than)

    await until(some, "there is a new session")
    return found


async def tell(wire: Wire, writer: Service, *seeds: int) -> None:
    """Tell something, which may be published by a relay's first look, then something that may not."""
    for seed in seeds:
        await write_many(writer, 5, seed=seed)
        writer.core.notices.told.give()
        await until(partial(forgotten, wire, writer), "what was told is published")


async def mark(service: Service, patient: Any, word: str) -> None:
    """A command, as the API takes it."""
    asked = Asked(key=None, caller=own_work("test"), correlation_id=someone())
    reply: Callable[[Any], tally.Tally] = lambda done: done.state(tally.Tally)  # noqa: E731
    stream = patient_stream(patient)
    await service.commands.perform(on(tally.Tally, tally.note), stream, assessed(word), asked, reply)


async def reminded(wire: Wire, service: Service, patient: Any, word: str) -> bool:
    return f"reminded of {word}" in await wire.marks(service, patient)


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_a_relay_publishes_what_another_process_told_without_looking_for_it(on_wire: Wire) -> None:
    writer, relaying = on_wire.service(role="api", database_connections=10), on_wire.service(role="relay")
    async with writer.running(), relaying.running():
        await new_pids(on_wire, writer, EARS, other_than=set())
        await tell(on_wire, writer, 1, 2, 3)


@pytest.mark.usefixtures("looks_only_when_woken")
@pytest.mark.parametrize("lost", [LEADS, EARS])
async def test_a_relay_that_lost_a_connection_hears_again(on_wire: Wire, lost: str) -> None:
    writer, relaying = on_wire.service(role="api", database_connections=10), on_wire.service(role="relay")
    async with writer.running(), relaying.running():
        await new_pids(on_wire, writer, EARS, other_than=set())
        before = await new_pids(on_wire, writer, lost, other_than=set())
        await on_wire.query(writer, f"select pg_terminate_backend(pid) from ({lost}) as lost")
        await new_pids(on_wire, writer, lost, other_than=before)
        await tell(on_wire, writer, 1, 2, 3)


async def test_a_notice_that_is_lost_costs_a_look_and_no_event(on_wire: Wire) -> None:
    writer = on_wire.service(role="api", database_connections=10)
    async with writer.running(), on_wire.service(role="relay").running():
        await new_pids(on_wire, writer, EARS, other_than=set())
        for seed in range(3):
            await write_many(writer, 5, seed=seed)  # and nobody is told
            await until(partial(forgotten, on_wire, writer), "what was told is published")


async def test_a_process_that_does_everything_itself_rings_for_nobody(on_wire: Wire) -> None:
    service = on_wire.service(role="all")
    rung: list[object] = []
    async with service.running():

        async def leads() -> bool:
            return service.core.notices.told.done_here

        await until(leads, "it relays")
        ear = await service.core.database.connect()
        for channel in service.core.notices.channels():
            await ear.add_listener(channel, lambda *heard: rung.append(heard))
        await mark(service, someone(), "a")
        await until(partial(forgotten, on_wire, service), "what was told is published")
        await asyncio.sleep(0.2)
        ear.terminate()
    assert rung == []


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_a_timer_that_another_process_set_is_handled_when_it_is_due(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "LATER", timedelta(seconds=1))
    api, subscriber = on_wire.service(role="api"), on_wire.service(role="subscriber")
    async with api.running(), subscriber.running():
        await new_pids(on_wire, api, EARS, other_than=set())
        for word in ("later a", "later b"):
            patient = someone()
            await mark(api, patient, word)
            await until(partial(reminded, on_wire, api, patient, word), "the timer was handled")


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_whoever_sets_the_clock_wakes_the_timers(on_wire: Wire, tmp_path: Any) -> None:
    file = tmp_path / "clock.json"
    set_clock(file, START)
    service = on_wire.service(role="all", clock_file=file)
    async with service.running():
        patient = someone()
        await mark(service, patient, "later")
        await asyncio.sleep(0.5)
        assert not await reminded(on_wire, service, patient, "later")
        set_clock(file, START + timedelta(hours=2))
        await until(partial(reminded, on_wire, service, patient, "later"), "the timer was handled")


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_a_worker_begins_what_another_process_made_for_it(on_wire: Wire) -> None:
    found: list[int] = []

    async def count(parts: Parts, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with parts.database.connection() as db:
                found.append(await db.fetchval("select count(*) from tally"))
            await parts.notices.work("counting").wait()

    def with_worker(role: str) -> Service:
        return tally.make(on_wire.settings(role=role), workers=[Worker("counting", count, after=[tally.Tally])])

    api = with_worker("api")
    async with api.running(), with_worker("subscriber").running():
        await new_pids(on_wire, api, EARS, other_than=set())
        for n in range(1, 4):
            await mark(api, someone(), "a")

            async def counted(n: int = n) -> bool:
                return bool(found) and found[-1] == n

            await until(counted, "the worker has looked")


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_where_nothing_happens_nobody_looks_twice(on_wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: Counter[str] = Counter()

    def counting(whose: Any, name: str) -> None:
        look = getattr(whose, name)

        async def counted(*args: Any, **kwargs: Any) -> Any:
            looks[name] += 1
            return await look(*args, **kwargs)

        monkeypatch.setattr(whose, name, counted)

    counting(Relay, "publish_pending")
    counting(timers.TimerTable, "first")
    service = on_wire.service(role="all")
    async with service.running():
        await new_pids(on_wire, service, LEADS, other_than=set())
        await asyncio.sleep(1.5)
    assert looks["publish_pending"] <= 3, "at its start, when it begins to hear, and at its end"
    assert looks["first"] <= 3


async def test_what_a_command_made_wakes_only_who_waits_for_it(on_wire: Wire) -> None:
    service = tally.make(on_wire.settings(role="api"), workers=[Worker("counting", _idle, after=[tally.Tally])])
    given = service.core.notices
    await service.core.database.open()
    for word, told, timed in (("a", True, False), ("later", False, False), ("ignored", False, False)):
        for notice in (given.told, given.timers, given.work("counting")):
            notice.heard.clear()
        await mark(service, someone(), word)
        assert given.told.heard.is_set() is told, word
        assert given.timers.heard.is_set() is timed, "it is due in an hour, long after the next look"
        assert given.work("counting").heard.is_set() is (word != "ignored"), word
    await service.core.database.close()


async def _idle(_: Parts, stop: asyncio.Event) -> None:
    await stop.wait()

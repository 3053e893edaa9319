"""A relay is woken by what another process told, without looking for it; a lost notice loses no event."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from carebus.relaying import relay, wake_up
from carebus.service import Service
from tests.carebus.relaying.test_relay import forgotten, write_many
from tests.carebus.wires import Wire, until

NEVER_S = 3600.0
LEADS = """
select pid from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
def looks_only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "POLL", NEVER_S)
    monkeypatch.setattr(relay, "SOON", NEVER_S)


async def leading(wire: Wire, service: Service, *, other_than: set[int], waking: Service | None = None) -> set[int]:
    """Wait for a new lead; a relay that sleeps as long as here must be woken to see that it leads no more."""
    found: set[int] = set()

    async def leads() -> bool:
        if waking:
            waking.core.told.here.set()
        found.update(row["pid"] for row in await wire.query(service, LEADS))
        return bool(found - other_than)

    await until(leads, "a relay leads")
    return found


async def tell(wire: Wire, writer: Service, *seeds: int) -> None:
    """Tell something, which may be published by a relay's first look, then something that may not."""
    for seed in seeds:
        await write_many(writer, 5, seed=seed)
        writer.core.told.set()
        await until(partial(forgotten, wire, writer), "what was told is published")


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_a_relay_publishes_what_another_process_told_without_looking_for_it(on_wire: Wire) -> None:
    writer, relaying = on_wire.service(role="api", database_connections=10), on_wire.service(role="relay")
    async with writer.running(), relaying.running():
        await leading(on_wire, writer, other_than=set())
        await tell(on_wire, writer, 1, 2, 3)


@pytest.mark.usefixtures("looks_only_when_woken")
async def test_a_relay_that_lost_its_connection_listens_again(on_wire: Wire) -> None:
    writer, relaying = on_wire.service(role="api", database_connections=10), on_wire.service(role="relay")
    async with writer.running(), relaying.running():
        before = await leading(on_wire, writer, other_than=set())
        await on_wire.query(writer, f"select pg_terminate_backend(pid) from ({LEADS}) as leads")
        await leading(on_wire, writer, other_than=before, waking=relaying)
        await tell(on_wire, writer, 1, 2, 3)


async def test_a_notice_that_is_lost_costs_a_look_and_no_event(on_wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake_up, "CHANNEL", "nobody_listens_here")
    writer = on_wire.service(role="api", database_connections=10)
    async with writer.running():
        await write_many(writer, 5, seed=1)
        writer.core.told.set()
        monkeypatch.setattr(wake_up, "CHANNEL", "carebus_told")
        async with on_wire.service(role="relay").running():
            await until(partial(forgotten, on_wire, writer), "what was told is published")


async def test_a_process_that_relays_itself_rings_for_nobody(on_wire: Wire) -> None:
    service = on_wire.service(role="all")
    rung: list[object] = []
    async with service.running():

        async def leads() -> bool:
            return service.core.told.relayed_here

        await until(leads, "it relays")
        ear = await service.core.database.connect()
        await ear.add_listener(wake_up.CHANNEL, lambda *heard: rung.append(heard))
        service.core.told.set()

        async def taken() -> bool:
            return not service.core.told.elsewhere.is_set()

        await until(taken, "the bell was asked")
        await asyncio.sleep(0.2)
        ear.terminate()
    assert rung == []

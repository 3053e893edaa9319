"""The relay: everything told is published in its stream's order, and by one process at a time."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any
from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.service import Service
from carebus.storage import outbox, streams
from tests.carebus.processes import process
from tests.carebus.storage.test_outbox import told
from tests.carebus.wires import Wire, someone, until

WRITERS, PATIENTS, EVENTS = 8, 20, 2000


class Abandoned(Exception):
    """A transaction that changed its mind."""


async def write(service: Service, patient: UUID, chance: random.Random) -> int:
    """Tell 1 to 3 events of one patient in a transaction that may be slow, or roll back; gives what was committed."""
    stream, many = patient_stream(patient), chance.randint(1, 3)
    try:
        async with service.core.database.transaction() as db:
            first = (await streams.lock(db, [stream]))[stream].next_sequence
            await outbox.write(db, [told(patient, first + n) for n in range(many)])
            if chance.random() < 0.1:
                await asyncio.sleep(0.02)
            if chance.random() < 0.05:
                raise Abandoned
    except Abandoned:
        return 0
    return many


async def write_many(service: Service, count: int, seed: int) -> int:
    chance, patients = random.Random(seed), [someone() for _ in range(PATIENTS)]
    committed = 0

    async def writer() -> None:
        nonlocal committed
        while committed < count:
            done = await write(service, chance.choice(patients), chance)
            committed += done

    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    return committed


def by_stream(records: list[Any]) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = defaultdict(list)
    for record in records:
        found[record.key].append(int(dict(record.headers)["ce_sequence"]))
    return found


def first_seen(sequences: list[int]) -> list[int]:
    return list(dict.fromkeys(sequences))


async def forgotten(wire: Wire, service: Service) -> bool:
    return not await wire.query(service, "select from outbox_pending")


async def test_many_writers_with_slow_and_abandoned_transactions_lose_nothing_and_keep_every_order(
    on_wire: Wire,
) -> None:
    service = on_wire.service(role="relay", database_connections=WRITERS + 2)
    async with service.running():
        committed = await write_many(service, EVENTS, seed=1)

        async def done() -> bool:
            return await forgotten(on_wire, service)

        await until(done, "everything is published")
        records = await on_wire.published(wait_for=committed)
    assert len({dict(record.headers)["ce_id"] for record in records}) == committed
    for sequences in by_stream(records).values():
        assert sequences == list(range(1, len(sequences) + 1))


async def test_what_was_acknowledged_but_not_forgotten_is_published_again_as_the_same_event(on_wire: Wire) -> None:
    service = on_wire.service(role="relay")
    await service.core.database.open()
    committed = await write_many(service, 5, seed=2)
    kept = await on_wire.query(service, "select id, told_at from outbox_pending")
    producer = service.relay._producer()
    await producer.start()
    try:
        assert await service.relay.publish_pending(producer) == committed
        async with service.core.database.connection() as db:  # as if killed between acknowledgement and deletion
            await db.executemany("insert into outbox_pending values ($1, $2)", [tuple(row) for row in kept])
        assert await service.relay.publish_pending(producer) == committed
        assert await service.relay.publish_pending(producer) == 0
    finally:
        await producer.stop()
    records = await on_wire.published(wait_for=2 * committed)
    await service.core.database.close()
    ids = [dict(record.headers)["ce_id"] for record in records]
    assert sorted(ids) == sorted([*set(ids), *set(ids)])
    assert len(ids) == 2 * committed


async def test_of_two_relays_one_publishes_and_the_other_takes_over_when_its_connection_is_cut(on_wire: Wire) -> None:
    first, second = (on_wire.service(role="relay", database_connections=WRITERS + 2) for _ in range(2))
    async with first.running(), second.running():
        committed = 0
        for seed in range(3):
            committed += await write_many(first, 100, seed=seed)
            await on_wire.query(
                first,
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())",
            )

        async def done() -> bool:
            return await forgotten(on_wire, second)

        await until(done, "everything is published")
        records = await on_wire.published(wait_for=committed)
    assert len({dict(record.headers)["ce_id"] for record in records}) == committed
    for sequences in by_stream(records).values():
        assert first_seen(sequences) == list(range(1, max(sequences) + 1))


async def test_a_relay_that_is_killed_is_followed_by_the_one_that_stands_by(on_wire: Wire) -> None:
    writer = on_wire.service(role="api", database_connections=WRITERS + 2)
    place = (on_wire.url, on_wire.bootstrap, on_wire.prefix, "relay")
    async with writer.running(), process(*place) as first:
        committed = await write_many(writer, 100, seed=4)
        async with process(*place):
            first.kill()
            committed += await write_many(writer, 100, seed=5)

            async def done() -> bool:
                return await forgotten(on_wire, writer)

            await until(done, "everything is published")
        records = await on_wire.published(wait_for=committed)
    assert len({dict(record.headers)["ce_id"] for record in records}) == committed
    for sequences in by_stream(records).values():
        assert first_seen(sequences) == list(range(1, max(sequences) + 1))

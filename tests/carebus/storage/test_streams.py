"""Streams: one order per stream, and none while the database is older than what was published."""

from __future__ import annotations

import asyncio

import pytest

from carebus.contracts.event import Stream
from carebus.storage import streams
from carebus.storage.database import Connection, DatabaseOlder
from carebus.storage.streams import Locked
from carebus.testing import START, Bench


async def advance(db: Connection, stream: Stream, to: int) -> None:
    await db.execute("update stream set next_sequence = $2 where stream = $1", stream, to)


async def test_a_lock_is_held_until_the_transaction_ends_also_for_a_stream_not_seen_before(tallying: Bench) -> None:
    new, order = Stream("patient/new"), []
    database = tallying.service.core.database
    entered = asyncio.Event()

    async def first() -> None:
        async with database.transaction() as db:
            assert await streams.lock(db, [new]) == {new: Locked(1, began_at=START)}
            entered.set()
            await asyncio.sleep(0.2)
            await advance(db, new, 4)
            order.append("first")

    async def second() -> None:
        await entered.wait()
        async with database.transaction() as db:
            assert await streams.lock(db, [new]) == {new: Locked(4, began_at=START)}
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


async def test_locks_taken_in_any_order_by_many_do_not_deadlock(tallying: Bench) -> None:
    names = [Stream(f"patient/{n}") for n in range(8)]

    async def work(n: int) -> None:
        async with tallying.service.core.database.transaction() as db:
            locked = await streams.lock(db, names[n % 8 :] + names[: n % 8][::-1])
            for name, at in locked.items():
                await advance(db, name, at.next_sequence + 1)

    await asyncio.gather(*(work(n) for n in range(40)))
    async with tallying.service.core.database.connection() as db:
        assert {row["next_sequence"] for row in await db.fetch("select next_sequence from stream")} == {41}


async def test_no_stream_can_be_locked_while_the_database_is_older_than_what_was_published(tallying: Bench) -> None:
    database, known = tallying.service.core.database, Stream("patient/known")
    async with database.transaction() as db:
        await streams.lock(db, [known])
        await db.execute("insert into older_database (events) values (1)")
    for stream in (known, Stream("patient/new")):
        with pytest.raises(DatabaseOlder):
            async with database.transaction() as db:
                await streams.lock(db, [stream])

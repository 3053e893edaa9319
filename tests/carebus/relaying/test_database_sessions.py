"""What was read in one session of the database is forgotten in no other: another one may stand in its place by then."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
import pytest

from carebus.relaying.own_past import OwnPast
from carebus.storage import outbox
from carebus.storage.database import DatabaseAway
from tests.carebus.relaying.test_relay import write
from tests.carebus.wires import Wire, someone, until

END_ALL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> $1"


async def test_an_acknowledgement_that_comes_after_the_session_ended_forgets_nothing(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = on_wire.service(role="relay")
    await service.core.database.open()
    told = await write(service, someone(), random.Random(7))
    send, producer = service.relay._send, service.relay._producer()
    await producer.start()

    async def while_the_sessions_end(*args: Any) -> Any:
        db = await asyncpg.connect(on_wire.url)
        await db.fetch(END_ALL, db.get_server_pid())
        await db.close()
        return await send(*args)

    monkeypatch.setattr(service.relay, "_send", while_the_sessions_end)
    try:
        with pytest.raises((DatabaseAway, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await service.relay.publish_pending(producer)
    finally:
        await producer.close()
    await service.core.database.close()
    db = await asyncpg.connect(on_wire.url)  # the pool may hold one of the sessions that ended
    assert len(await outbox.pending(db, 100)) == told
    await db.close()


async def test_a_database_that_takes_nothing_is_found_before_the_same_is_published_again(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, sent = on_wire.service(role="relay"), 0
    send, looks = service.relay._send, 0

    async def refused(*_: Any) -> None:
        raise asyncpg.ReadOnlySQLTransactionError

    async def counted(*args: Any) -> Any:
        nonlocal sent
        sent += 1
        monkeypatch.setattr(OwnPast, "require_known", looked)
        return await send(*args)

    async def looked(*_: Any) -> None:
        nonlocal looks
        looks += 1
        raise asyncpg.ReadOnlySQLTransactionError

    monkeypatch.setattr(outbox, "forget_pending", refused)
    monkeypatch.setattr(service.relay, "_send", counted)
    async with service.running():
        await write(service, someone(), random.Random(7))

        async def looked_often() -> bool:
            return looks > 2

        await until(looked_often, "it looks again and again whether the database takes anything")
    assert sent == 1

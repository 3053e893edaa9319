"""Relays that lose the order of the outbox, or forget too early."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from carebus import service
from carebus.relaying.relay import BATCH, Relay
from carebus.storage import outbox
from carebus.storage.outbox import Pending

OPEN_S = 0.05


def the_relay_forgets_before_the_ack() -> None:
    async def publish_pending(self: Relay, producer: Any) -> int:
        async with self._core.database.connection() as db:
            events = await outbox.pending(db, BATCH)
            await outbox.forget_pending(db, [event.id for event in events], {})
        if events:
            await asyncio.sleep(OPEN_S)
            await self._send(producer, events)
        return len(events)

    Relay.publish_pending = publish_pending  # type: ignore[method-assign]


def the_relay_shuffles() -> None:
    send = Relay._send

    async def shuffled(self: Relay, producer: Any, events: Any) -> Any:
        mixed = list(events)
        random.shuffle(mixed)
        return await send(self, producer, mixed)

    Relay._send = shuffled  # type: ignore[method-assign]


def the_relay_reads_by_a_cursor_on_ids() -> None:
    """Ids become visible when their transaction commits, which is not in their order."""
    write, cursor = outbox.write, [0]

    async def write_slowly(db: Any, told: Any) -> None:
        await write(db, told)
        await asyncio.sleep(random.uniform(0, OPEN_S))

    async def beyond(db: Any, limit: int) -> list[Pending]:
        await db.execute("delete from outbox_pending where id <= $1", cursor[0])
        rows = await db.fetch("select * from outbox where id > $1 order by id limit $2", cursor[0], limit)
        return [outbox.pending_of(row) for row in rows]

    async def move(db: Any, ids: Any, seen: Any) -> None:
        cursor[0] = max(ids)

    outbox.write, outbox.pending, outbox.forget_pending = write_slowly, beyond, move


def two_relays_publish_at_once() -> None:
    """Each takes what the other has not locked, and so they overtake each other."""

    async def everybody(_: Any, __: str, body: Any, *, stop: asyncio.Event, **___: Any) -> None:
        await body(stop)

    async def publish_pending(self: Relay, producer: Any) -> int:
        async with self._core.database.transaction() as db:
            rows = await db.fetch("select id from outbox_pending order by id limit 3 for update skip locked")
            mine = [row["id"] for row in rows]
            events = [event for event in await outbox.pending(db, BATCH) if event.id in mine]
            await asyncio.sleep(random.uniform(0, OPEN_S))
            await self._send(producer, events)
            await outbox.forget_pending(db, [event.id for event in events], {})
        return len(events)

    vars(service)["lead"] = everybody
    Relay.publish_pending = publish_pending  # type: ignore[method-assign]


def the_relay_goes_on_after_a_failed_send() -> None:
    """One send in ten fails; what comes after it is published before it is tried again."""

    async def publish_pending(self: Relay, producer: Any) -> int:
        async with self._core.database.connection() as db:
            events = await outbox.pending(db, BATCH)
        sent = [event for event in events if random.random() > 0.1]
        await self._send(producer, sent)
        async with self._core.database.connection() as db:
            await outbox.forget_pending(db, [event.id for event in sent], {})
        return len(sent)

    Relay.publish_pending = publish_pending  # type: ignore[method-assign]


MUTANTS = (
    the_relay_forgets_before_the_ack,
    the_relay_shuffles,
    the_relay_reads_by_a_cursor_on_ids,
    two_relays_publish_at_once,
    the_relay_goes_on_after_a_failed_send,
)

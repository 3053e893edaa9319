"""The kit with one guarantee broken: what the fault tests must notice, or they would notice nothing.

Where the break only shows when a process dies at one moment, the mutant stays there a little longer than the kit would.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from carebus import offsets, outbox
from carebus.arrivals import read_record
from carebus.commands import Commands
from carebus.relay import BATCH, Relay
from carebus.streams import Marks, Place
from carebus.subscriber import Subscriber

OPEN_S = 0.05


def plant(name: str) -> None:
    """Break what `name` says; nothing when it is empty."""
    if name:
        MUTANTS[name]()


def marks_are_not_saved() -> None:
    async def save(self: Marks, db: Any) -> None:
        return None

    Marks.save = save  # type: ignore[method-assign]


def repeats_are_taken_for_new() -> None:
    def place(self: Marks, source: str, stream: str, sequence: int, *, log_is_whole: bool) -> Place:
        return Place.NEXT

    forget = outbox.forget_pending

    async def forget_late(db: Any, ids: Any) -> None:
        await asyncio.sleep(OPEN_S)  # a relay that is killed here publishes the same again
        await forget(db, ids)

    Marks.place = place  # type: ignore[method-assign]
    outbox.forget_pending = forget_late


def offsets_are_moved_by_anyone() -> None:
    async def move(db: Any, moves: Any) -> None:
        for (topic, partition), (_, after) in moves.items():
            await db.execute(
                "update consumer_offset set next_offset = $3 where topic = $1 and partition = $2",
                topic,
                partition,
                after,
            )

    offsets.move = move


def offsets_are_committed_before_the_effects() -> None:
    async def once(self: Subscriber, records: Any, *, singly: bool) -> None:
        assert self._consumer is not None
        fresh, moves = await self._positions.sort(records, self._consumer)
        if not fresh:
            return
        async with self._core.database.transaction() as db:
            await offsets.move(db, moves)
        self._positions.moved(moves)
        await asyncio.sleep(OPEN_S)
        arrivals = [read_record(record) for record in fresh]
        async with self._core.database.transaction() as db:
            handled = await self._batch.apply(db, arrivals, self._core.clock.now(), self._positions.whole)
        await self._after(arrivals, handled, 0.0)

    Subscriber._once = once  # type: ignore[method-assign]


def the_relay_forgets_before_the_ack() -> None:
    async def publish_pending(self: Relay, producer: Any) -> int:
        async with self._core.database.transaction() as db:
            events = await outbox.pending(db, BATCH)
            await outbox.forget_pending(db, [event.id for event in events])
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


def a_repeated_key_is_a_new_command() -> None:
    async def claim(self: Commands, db: Any, key: str, fingerprint: bytes) -> None:
        return None

    Commands._claim = claim  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        marks_are_not_saved,
        repeats_are_taken_for_new,
        offsets_are_moved_by_anyone,
        offsets_are_committed_before_the_effects,
        the_relay_forgets_before_the_ack,
        the_relay_shuffles,
        a_repeated_key_is_a_new_command,
    )
}

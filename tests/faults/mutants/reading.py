"""Subscribers with wrong marks, offsets or custody."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from aiokafka.structs import TopicPartition

from carebus.storage import offsets, outbox, parked
from carebus.storage.parked import Parked
from carebus.storage.watermarks import Turn, Watermarks
from carebus.subscribing.arrivals import read_record
from carebus.subscribing.batch_transaction import BatchTransaction
from carebus.subscribing.positions import Positions
from carebus.subscribing.subscriber import Subscriber
from tests.faults.crashing import passes
from tests.faults.mutants.relaying import OPEN_S, the_relay_goes_on_after_a_failed_send

BEFORE_CUSTODY = "batch: committed, nothing parked yet"
_SET = "update consumer_offset set next_offset = $3 where topic = $1 and partition = $2"


def marks_are_not_saved() -> None:
    async def save(self: Watermarks, db: Any) -> None:
        return None

    Watermarks.save = save  # type: ignore[method-assign]


def repeats_are_taken_for_new() -> None:
    def turn_of(self: Watermarks, source: str, stream: str, sequence: int, event_id: UUID, *, from_first: bool) -> Turn:
        return Turn.NEXT

    forget = outbox.forget_pending

    async def forget_late(db: Any, ids: Any, seen: Any) -> None:
        await asyncio.sleep(OPEN_S)  # a relay that is killed here publishes the same again
        await forget(db, ids, seen)

    Watermarks.turn_of = turn_of  # type: ignore[method-assign]
    outbox.forget_pending = forget_late


def gaps_are_taken_for_next() -> None:
    """The relay now and then leaves out an event, and publishes it a little later."""
    the_relay_goes_on_after_a_failed_send()
    turn_of = Watermarks.turn_of

    def careless(
        self: Watermarks, source: str, stream: str, sequence: int, event_id: UUID, *, from_first: bool
    ) -> Turn:
        found = turn_of(self, source, stream, sequence, event_id, from_first=from_first)
        return Turn.NEXT if found is Turn.GAP else found

    Watermarks.turn_of = careless  # type: ignore[method-assign]


def offsets_are_moved_by_anyone() -> None:
    async def move(db: Any, moves: Any, seen: Any) -> None:
        for (topic, partition), (_, after) in moves.items():
            await db.execute(_SET, topic, partition, after)

    offsets.move = move


def offsets_are_committed_before_the_effects() -> None:
    async def once(self: Subscriber, records: Any, looks: int, *, singly: bool) -> None:
        assert self._consumer is not None
        fresh, moves = await self._positions.sort(records, self._consumer)
        if not fresh:
            return
        async with self._core.database.transaction() as db:
            await offsets.move(db, moves, {})
        self._positions.moved(moves)
        await asyncio.sleep(OPEN_S)
        arrivals = [read_record(record) for record in fresh]
        async with self._core.database.transaction() as db:
            handled = await self._batch.apply(db, arrivals, self._core.clock.now(), self._positions.from_first)
        await self._after(arrivals, handled, 0.0)

    Subscriber._once = once  # type: ignore[method-assign]


def the_offsets_of_the_group_count() -> None:
    """Kafka is told before the effects commit, and a process begins where Kafka says."""
    once = Subscriber._once

    async def commit_first(self: Subscriber, records: Any, looks: int, *, singly: bool) -> None:
        assert self._consumer is not None
        await self._consumer.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})
        await once(self, records, looks, singly=singly)

    async def place(self: Positions, parts: Any, source: Any) -> None:
        for tp in (TopicPartition(*part) for part in sorted(set(parts) - self._stored.keys())):
            at = await source.committed(tp) or 0
            async with self._database.transaction() as db:
                await offsets.begin(db, tp, at)
                await db.execute(_SET, *tp, at)
            source.seek(tp, at)
            self._stored[tp] = at
            self.from_first.add(tp)

    Subscriber._once = commit_first  # type: ignore[method-assign]
    Positions.place = place  # type: ignore[method-assign]


def later_events_do_not_wait() -> None:
    take = BatchTransaction._take_next

    def at_once(self: BatchTransaction, arrival: Any, *, from_first: bool) -> None:
        self._failed.clear()
        self._waiting.clear()
        take(self, arrival, from_first=from_first)

    BatchTransaction._take_next = at_once  # type: ignore[method-assign]


def events_are_parked_after_the_commit() -> None:
    park, after, left = parked.park, Subscriber._after, list[Parked]()

    async def keep(db: Any, events: Any) -> None:
        left.extend(events)

    async def then(self: Subscriber, *args: Any) -> None:
        if left:
            await asyncio.sleep(OPEN_S)
            passes(BEFORE_CUSTODY)
            async with self._core.database.transaction() as db:
                await park(db, left)
            left.clear()
        await after(self, *args)

    parked.park = keep
    Subscriber._after = then  # type: ignore[method-assign,assignment]


def parked_events_are_handled_newest_first() -> None:
    oldest_first = parked.of_stream

    async def of_stream(db: Any, stream: Any, limit: int = 500) -> list[Parked]:
        return list(reversed(await oldest_first(db, stream)))[:limit]

    async def is_next(db: Any, event: Any) -> bool:
        return True

    parked.of_stream, parked.is_next = of_stream, is_next


MUTANTS = (
    marks_are_not_saved,
    repeats_are_taken_for_new,
    gaps_are_taken_for_next,
    offsets_are_moved_by_anyone,
    offsets_are_committed_before_the_effects,
    the_offsets_of_the_group_count,
    later_events_do_not_wait,
    events_are_parked_after_the_commit,
    parked_events_are_handled_newest_first,
)

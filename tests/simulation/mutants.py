"""The kit with one guarantee broken: what the simulation must notice, or it would notice nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from aiokafka.structs import TopicPartition

from carebus.deciding.commands import Commands
from carebus.deciding.due_timers import DueTimers
from carebus.deciding.transaction import Deciding, Item
from carebus.notices import Made
from carebus.relaying.relay import BATCH, Relay
from carebus.storage import offsets, outbox, parked, streams, timers
from carebus.storage.last_seen import last_seen_values
from carebus.storage.watermarks import Turn, Watermarks
from carebus.subscribing.arrivals import read_record
from carebus.subscribing.positions import Positions
from carebus.subscribing.subscriber import Subscriber
from tests.simulation import statements
from tests.simulation.faults import Fault, lost_tail, sleep
from tests.simulation.kafka import partition_of
from tests.simulation.postgres import Row, Steps, Transaction

Break = tuple[Any, str, Any]
"""Whose attribute, or which statement, becomes what."""


async def _nothing(*_: Any, **__: Any) -> None:
    return None


def marks_are_not_saved() -> list[Break]:
    return [(Watermarks, "save", _nothing)]


def repeats_are_taken_for_new() -> list[Break]:
    return [(Watermarks, "turn_of", lambda *_, **__: Turn.NEXT)]


def gaps_are_skipped() -> list[Break]:
    turn_of = Watermarks.turn_of

    def skipping(*event: Any, from_first: bool) -> Turn:
        found = turn_of(*event, from_first=from_first)
        return Turn.NEXT if found is Turn.GAP else found

    return [(Watermarks, "turn_of", skipping)]


def offsets_are_moved_by_anyone() -> list[Break]:
    async def move(db: Any, moves: Any, seen: Any) -> None:
        for (topic, partition), (_, after) in moves.items():
            now = (await offsets.read(db, [(topic, partition)]))[topic, partition]
            await db.execute(offsets._MOVE, [topic], [partition], [now], [after], *last_seen_values("subscriber", seen))

    return [(offsets, "move", move)]


def offsets_are_committed_before_the_effects() -> list[Break]:
    async def once(self: Subscriber, records: Any, *, singly: bool) -> None:
        assert self._consumer is not None
        fresh, moves = await self._positions.sort(records, self._consumer)
        if not fresh:
            return
        async with self._core.database.transaction() as db:
            await offsets.move(db, moves, {})
        self._positions.moved(moves)
        arrivals = [read_record(record) for record in fresh]
        async with self._core.database.transaction() as db:
            handled = await self._batch.apply(db, arrivals, self._core.clock.now(), self._positions.from_first)
        await self._after(arrivals, handled, 0.0)

    return [(Subscriber, "_once", once)]


def the_relay_forgets_before_the_ack() -> list[Break]:
    async def publish_pending(self: Relay, producer: Any) -> int:
        async with self._core.database.transaction() as db:
            events = await outbox.pending(db, BATCH)
            await outbox.forget_pending(db, [event.id for event in events], {})
        if events:
            await self._send(producer, events)
        return len(events)

    return [(Relay, "publish_pending", publish_pending)]


def the_relay_does_not_look_at_the_acks() -> list[Break]:
    async def send(self: Relay, producer: Any, events: Any) -> dict[Any, Any]:
        for event in events:
            batch = producer.create_batch()
            batch.append(timestamp=0, key=event.key, value=event.body, headers=event.headers)
            await producer.send_batch(batch, event.topic, partition=partition_of(event.key))
        return {}

    return [(Relay, "_send", send)]


def the_relay_shuffles() -> list[Break]:
    send, chance = Relay._send, random.Random(1)

    async def shuffled(self: Relay, producer: Any, events: Any) -> None:
        await send(self, producer, chance.sample(list(events), len(events)))

    return [(Relay, "_send", shuffled)]


def the_relay_reads_on_from_the_last_id() -> list[Break]:
    """A cursor over ids: an id drawn early and committed late is passed by."""

    def beyond(tx: Transaction, limit: int) -> list[Row]:
        last = tx.server.tables["cursor"].get((0,), {"id": 0})["id"]
        return [row for (id_,), row in sorted(tx.rows("outbox").items()) if id_ > last][:limit]

    def move_on(tx: Transaction, ids: list[int], *seen: Any) -> Steps:
        tx.put("cursor", (0,), {"id": max(ids)})
        return statements.forget_pending(tx, ids, *seen)

    return [(None, outbox._PENDING, beyond), (None, outbox._FORGET, move_on)]


def a_repeated_key_is_a_new_command() -> list[Break]:
    return [(Commands, "_claim", _nothing)]


def streams_are_not_locked() -> list[Break]:
    def read(tx: Transaction, wanted: str) -> list[Row]:
        return [tx.get("stream", (s,)) or {"stream": s, "next_sequence": 1} for s in statements.texts(wanted)]

    return [(None, streams._LOCK, read)]


def states_are_read_before_the_lock() -> list[Break]:
    async def decide(self: Commands, db: Any, items: Any) -> Deciding:
        early = Deciding(self._core.name, self._core.states, {})
        await early.load(db, [place for item in items for place in item.state_keys()])
        wanted = {stream for item in items for stream in item.reaction.streams(item.cause.stream)}
        deciding = Deciding(self._core.name, self._core.states, await streams.lock(db, wanted))
        deciding._states = early._states
        for item in items:
            deciding.decide(item)
        await deciding.save(db)
        return deciding

    return [(Commands, "_decide", decide)]


def timers_are_believed_as_peeked() -> list[Break]:
    """Read before the lock, and not taken again under it."""

    async def decide(self: DueTimers, db: Any, peeked: Any) -> tuple[list[str], Made]:
        now = self._core.clock.now()
        seen = {(row["stream"], row["name"]): row for row in await db.fetch(timers._PEEK, now, ["Reminder"], 500)}
        wanted = {one.stream for one in peeked}
        deciding = Deciding(self._core.name, self._core.states, await streams.lock(db, wanted))
        due = [self._table._due(seen[one.stream, one.name], now) for one in peeked if (one.stream, one.name) in seen]
        await db.execute(timers._CANCEL, [one.stream for one in peeked], [one.name for one in peeked])
        items = [Item(one.reaction, one.timer, one.cause) for one in due]
        await deciding.load(db, [place for item in items for place in item.state_keys()])
        for item in items:
            deciding.decide(item)
        await deciding.save(db)
        return [], deciding.made()

    return [(DueTimers, "_decide", decide)]


def timers_of_parked_streams_are_due() -> list[Break]:
    def peek(tx: Transaction, now: Any, kinds: list[str], limit: int) -> list[Row]:
        return [row for row in tx.rows("timer").values() if row["due_at"] <= now and row["failed"] is None][:limit]

    return [(None, timers._PEEK, peek), (None, timers._TAKE, _take_whatever_is_parked)]


def _take_whatever_is_parked(tx: Transaction, of: list[str], names: list[str], now: Any) -> Any:
    taken = []
    for key in zip(of, names, strict=True):
        if tx.get("timer", key):
            yield "timer", key
            if (row := tx.get("timer", key)) and row["due_at"] <= now:
                tx.put("timer", key, None)
                taken.append(row)
    return taken


def a_cancelled_timer_stays() -> list[Break]:
    return [(None, timers._CANCEL, lambda tx, *_: "DELETE 0")]


def nothing_waits_behind_a_parked_event() -> list[Break]:
    return [(parked, "blocked", _no_streams)]


async def _no_streams(*_: Any) -> dict[str, Any]:
    return {}


def parked_events_are_retried_in_any_order() -> list[Break]:
    of_stream, chance = parked.of_stream, random.Random(1)

    async def any_of_stream(db: Any, stream: Any, limit: int = 500) -> list[Any]:
        found = await of_stream(db, stream)
        return chance.sample(found, len(found))[:limit]

    async def whoever(db: Any, event: Any) -> bool:
        return True

    return [(parked, "of_stream", any_of_stream), (parked, "is_next", whoever)]


def effects_do_not_wait_for_their_causes() -> list[Break]:
    return [(Watermarks, "misses", lambda *_, **__: False)]


def a_lost_tail_is_not_noticed() -> list[Break]:
    async def believe(self: Positions, tp: Any, stored: int, end: int, begin: int) -> int:
        return stored

    return [(Positions, "_repair", believe)]


def an_end_is_asked_before_the_stored_offset() -> list[Break]:
    """As it was until this simulation found it: a slow reader takes a log that others read on in for a shorter one."""

    async def place(self: Positions, parts: Any, source: Any) -> None:
        tps = [TopicPartition(*part) for part in sorted(set(parts) - self._stored.keys())]
        if not tps:
            return
        begins, ends = await source.beginning_offsets(tps), await source.end_offsets(tps)
        async with self._database.transaction() as db:
            for tp in tps:
                await offsets.begin(db, tp, begins[tp])
            stored = await offsets.read(db, tps)
        for tp in tps:
            at = stored[tp] if stored[tp] <= ends[tp] else await self._repair(tp, stored[tp], ends[tp], begins[tp])
            if tp not in self._stored:
                source.seek(tp, at)
                self._stored[tp] = at
                self.from_first.add(tp)

    return [(Positions, "place", place)]


def a_log_that_lost_all_is_not_noticed() -> list[Break]:
    """As it was until this simulation found it."""
    return [(Positions, "doubt", lambda *_: None)]


MUTANTS: dict[str, Callable[[], list[Break]]] = {
    each.__name__: each
    for each in (
        marks_are_not_saved,
        repeats_are_taken_for_new,
        gaps_are_skipped,
        offsets_are_moved_by_anyone,
        offsets_are_committed_before_the_effects,
        the_relay_forgets_before_the_ack,
        the_relay_does_not_look_at_the_acks,
        the_relay_shuffles,
        the_relay_reads_on_from_the_last_id,
        a_repeated_key_is_a_new_command,
        streams_are_not_locked,
        states_are_read_before_the_lock,
        timers_are_believed_as_peeked,
        timers_of_parked_streams_are_due,
        a_cancelled_timer_stays,
        nothing_waits_behind_a_parked_event,
        parked_events_are_retried_in_any_order,
        effects_do_not_wait_for_their_causes,
        a_lost_tail_is_not_noticed,
        an_end_is_asked_before_the_stored_offset,
        a_log_that_lost_all_is_not_noticed,
    )
}


SHOWN_BY: dict[str, Fault] = {
    "offsets_are_moved_by_anyone": sleep,
    "gaps_are_skipped": lost_tail,
    "effects_do_not_wait_for_their_causes": lost_tail,
    "a_lost_tail_is_not_noticed": lost_tail,
    "a_log_that_lost_all_is_not_noticed": lost_tail,
}
"""What must happen for the break to show."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Break what `name` says, for a while."""
    with ExitStack() as stack:
        for whose, what, becomes in MUTANTS[name]():
            patching = patch.object(whose, what, becomes) if whose else patch.dict(statements.KIT, {what: becomes})
            stack.enter_context(patching)
        yield

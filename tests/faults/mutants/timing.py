"""Timers taken without their stream's lock, or not taken at all."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from carebus.deciding import due_timers
from carebus.deciding.due_timers import DueTimers
from carebus.deciding.transaction import Deciding, Item
from carebus.notices import Made
from carebus.storage import streams, timers
from tests.faults.mutants.deciding import unlocked
from tests.faults.mutants.relaying import OPEN_S

_ONLY_READ = """
select timer.stream, timer.name, id, due_at, kind, body::text as body, correlation_id, actor, traceparent
from timer join unnest($1::text[], $2::text[]) as peeked (stream, name) using (stream, name) where due_at <= $3
"""


def timers_are_taken_without_the_lock() -> None:
    vars(due_timers)["streams"] = SimpleNamespace(lock=unlocked)


def timers_are_deleted_after_the_commit() -> None:
    timers._TAKE = _ONLY_READ
    handle = DueTimers._all

    async def then_delete(self: DueTimers, peeked: Any) -> None:
        await handle(self, peeked)
        await asyncio.sleep(OPEN_S)
        async with self._core.database.connection() as db:
            await db.execute(timers._CANCEL, [one.stream for one in peeked], [one.name for one in peeked])

    DueTimers._all = then_delete  # type: ignore[method-assign]


def states_are_read_before_the_lock() -> None:
    async def decide(self: DueTimers, db: Any, peeked: Any) -> tuple[list[str], Made]:
        early = Deciding(self._core.name, self._core.states, {})
        await early.load(db, [(kind, one.stream) for one in peeked for kind in one.reaction.states])
        await asyncio.sleep(OPEN_S)
        locked = await streams.lock(db, {one.stream for one in peeked})
        deciding = Deciding(self._core.name, self._core.states, locked)
        deciding._states = early._states
        found = await self._table.take(db, peeked, self._core.clock.now())
        for one in found:
            deciding.decide(Item(one.reaction, one.timer, one.cause))
        await deciding.save(db)
        return [type(one.timer).__name__ for one in found], deciding.made()

    DueTimers._decide = decide  # type: ignore[method-assign]


MUTANTS = (
    timers_are_taken_without_the_lock,
    timers_are_deleted_after_the_commit,
    states_are_read_before_the_lock,
)

"""Handles timers whose time has come: peek, lock the streams, take them, decide, save; all in one transaction."""

from collections.abc import Sequence

import structlog

from carebus import notices
from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.faults import fault_of
from carebus.deciding.transaction import Deciding, Item
from carebus.notices import Made
from carebus.storage import streams, timers
from carebus.storage.database import Connection
from carebus.storage.timers import Peeked, TimerTable

log = structlog.get_logger()

MOMENT_S = 0.001
"""A timer that is due in less than that is waited for so long: the loop's own clock tells no shorter times."""


class DueTimers:
    """The timers of one service. May run in several processes: a timer is taken under its stream's lock."""

    def __init__(self, core: Core, table: TimerTable) -> None:
        self._core = core
        self._table = table

    async def handle(self) -> float:
        """Handle what is due; gives the seconds until the next timer is due, or until a look if that is sooner."""
        async with self._core.database.connection() as db:
            first = await self._table.first(db)
            now = self._core.clock.now()
            peeked = await self._table.peek(db, now) if first is not None and first <= now else []
        if not peeked:
            seconds = notices.LOOK_S if first is None else self._core.clock.seconds_until(first)
            return max(MOMENT_S, min(notices.LOOK_S, seconds))
        try:
            await self._all(peeked)
        except Exception as exc:
            if fault_of(exc) is None:
                raise
            await self._singly(peeked)
        return 0.0

    async def _all(self, peeked: Sequence[Peeked]) -> None:
        async with self._core.database.transaction() as db:
            kinds, made = await self._decide(db, peeked)
        for kind in kinds:
            self._core.metrics.add(self._core.metrics.timers_fired, kind)
        self._core.committed(made)

    async def _singly(self, peeked: Sequence[Peeked]) -> None:
        """One of these fails: find which, and keep it from holding up the rest."""
        for one in peeked:
            try:
                await self._all([one])
            except Exception as exc:
                if (fault := fault_of(exc)) is None:
                    raise
                log.error("timer_failed", timer=one.name, rule=fault[1], exc_info=exc)
                async with self._core.database.transaction() as db:
                    await timers.fail(db, one, fault[1])

    async def _decide(self, db: Connection, peeked: Sequence[Peeked]) -> tuple[list[str], Made]:
        wanted: set[Stream] = {stream for one in peeked for stream in one.reaction.streams(one.stream)}
        deciding = Deciding.of(self._core, await streams.lock(db, wanted))
        due = await self._table.take(db, peeked, self._core.clock.now())
        items = [Item(one.reaction, one.timer, one.cause) for one in due]
        await deciding.load(db, [key for item in items for key in item.state_keys()])
        for item in items:
            deciding.decide(item)
        await deciding.save(db)
        return [type(one.timer).__name__ for one in due], deciding.made()

"""Wakes whoever waits for work: those in this process at once, those in others by a notice of the database.

Nothing relies on a notice. It may get lost, and some work is made without one, so everybody looks now and then.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from carebus.decisions import State
from carebus.observing.loops import passed_on, pause
from carebus.storage import notifying
from carebus.storage.database import Database

LOOK_S = 2.0
"""At most so long nobody looks for work of which no notice came."""
GAP_S = 0.02
"""A worker that found nothing looks no sooner than that again: most states change without making work for it."""
QUIET_S = 30.0
GATHER_S = 0.5
"""Rows of the audit that come within so many seconds are sealed together."""

TOLD, TIMERS, AUDITED = "carebus_told", "carebus_timers", "carebus_audited"
"""The channels of events to publish, of timers and of rows to seal; older releases know the first by the same name."""


class Made(NamedTuple):
    """What a transaction has made that somebody may wait for."""

    told: bool = False
    first_due: datetime | None = None
    changed: frozenset[type[State]] = frozenset()
    audited: bool = False

    def together_with(self, other: "Made") -> "Made":
        """What both have made."""
        due = [at for at in (self.first_due, other.first_due) if at is not None]
        audited = self.audited or other.audited
        return Made(self.told or other.told, min(due, default=None), self.changed | other.changed, audited)


class Notice:
    """One kind of work: whoever does it waits here, whoever makes some gives notice when that is committed."""

    def __init__(self, channel: str, ring: Callable[[str], None], *, gap_s: float = 0.0) -> None:
        self.channel = channel
        self.done_here = False
        self.heard = asyncio.Event()
        self._ring = ring
        self._gap_s = gap_s

    def give(self) -> None:
        """There is work, and it is committed."""
        self.heard.set()
        if not self.done_here:
            self._ring(self.channel)

    def give_in(self, seconds: float) -> None:
        """There will be work for this process after so many seconds; what is further away is found by looking."""
        if seconds < LOOK_S:
            asyncio.get_running_loop().call_later(seconds, self.heard.set)

    async def wait(self, at_most: float | None = None) -> None:
        """Wait for a notice, or for the time of a look, or so many seconds; the end of `doing` is a notice too."""
        if self._gap_s:
            await asyncio.sleep(self._gap_s)
        await pause(LOOK_S if at_most is None else at_most, self.heard)
        self.heard.clear()

    @contextmanager
    def doing(self, stop: asyncio.Event) -> Iterator[None]:
        """While this lasts the work is done in this process, until `stop`, so nobody else needs to be told of it."""
        self.done_here = True
        try:
            with passed_on(stop, self.heard):
                yield
        finally:
            self.done_here = False


class Notices:
    """Every kind of work of a service: events to publish, timers, rows to seal, and what its workers do."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self._rung: set[str] = set()
        self._workers: dict[str, Notice] = {}
        self._after: dict[type[State], list[Notice]] = {}
        self.told = Notice(TOLD, self._ring)
        self.timers = Notice(TIMERS, self._ring)
        self.audited = Notice(AUDITED, self._ring, gap_s=GATHER_S)

    def employ(self, worker: str, after: Iterable[type[State]]) -> None:
        """There is a worker of this name, for whom a change of these states may make work."""
        self._workers[worker] = notice = Notice(f"carebus_work_{worker}", self._ring, gap_s=GAP_S)
        for kind in after:
            self._after.setdefault(kind, []).append(notice)

    def work(self, worker: str) -> Notice:
        """The work of the worker of this name."""
        return self._workers[worker]

    def give(self, made: Made, *, soon: bool) -> None:
        """Say what a committed transaction has made; `soon`: its first timer is due before the next look."""
        if made.told:
            self.told.give()
        if made.audited:
            self.audited.give()
        if soon:
            self.timers.give()
        for kind in made.changed & self._after.keys():
            for notice in self._after[kind]:
                notice.give()

    def channels(self) -> Mapping[str, Callable[[], None]]:
        """What each channel wakes in this process."""
        return {one.channel: one.heard.set for one in (self.told, self.timers, self.audited, *self._workers.values())}

    async def ring(self, database: Database) -> float:
        """Give other processes the notices that are theirs, outside of any transaction. Many at once are one."""
        channels, self._rung = self._rung, set()
        if channels:
            async with database.connection() as db:
                await notifying.notify(db, sorted(channels))
        return QUIET_S

    def _ring(self, channel: str) -> None:
        self._rung.add(channel)
        self.bell.set()

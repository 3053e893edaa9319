"""Keeps a set of processes alive: starts them, starts again what dies, gives up loudly, stops all in order."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from deploy.local.failures import LocalServerError
from deploy.local.process import ended
from deploy.local.programs import tail, trim


class Unit(Protocol):
    """Anything with a process behind it: one of our programs, or an embedded server."""

    def start(self) -> None:
        """Start it; may take seconds."""

    def stop(self) -> None:
        """End it cleanly."""

    def kill(self) -> None:
        """End it at once."""

    @property
    def running(self) -> bool:
        """Whether its process lives."""

    @property
    def pid(self) -> int | None:
        """Its process id, None when not running."""


class State(StrEnum):
    """What a member is doing."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    GAVE_UP = "gave up"


class GaveUp(LocalServerError):
    """{0} ended {1} times, each time within {2:.0f} s of its start; this run gives up. Its log, {3}, ends with:
    {4}"""


@dataclass(frozen=True)
class Patience:
    """When a member is started again, and when no more; its log is looked at every `look_s`. Times in seconds."""

    quick_s: float = 20.0
    deaths: int = 6
    first_wait_s: float = 0.25
    longest_wait_s: float = 8.0
    look_s: float = 2.0

    def wait_s(self, quick_deaths: int) -> float:
        """How long to wait after that many quick deaths in a row."""
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** max(0, quick_deaths - 1))


@dataclass
class Member:
    """One process under supervision; members of a higher `stage` stop before those of a lower one.

    saved: set when the code of one that is being edited was saved; None for all others.
    """

    name: str
    unit: Unit
    log: Path
    stage: int = 1
    state: State = State.WAITING
    restarts: int = 0
    saved: asyncio.Event | None = None
    _quick_deaths: int = field(default=0, repr=False)
    _started: float = field(default=0.0, repr=False)

    def started(self) -> None:
        """Note that it runs, from now on."""
        self.state, self._started = State.RUNNING, time.monotonic()

    def died(self, patience: Patience) -> float:
        """Note a death and return how long to wait before the next start, in seconds; raises `GaveUp`."""
        quick = time.monotonic() - self._started < patience.quick_s
        self._quick_deaths = self._quick_deaths + 1 if quick else 1
        if self._quick_deaths >= patience.deaths:
            self.state = State.GAVE_UP
            raise GaveUp(self.name, self._quick_deaths, patience.quick_s, self.log, tail(self.log))
        self.state = State.RESTARTING
        return patience.wait_s(self._quick_deaths)


class Supervisor:
    """Starts members and keeps them running until `stop`; `told` hears one sentence for each thing of note."""

    def __init__(self, told: Callable[[str], None], patience: Patience | None = None) -> None:
        """Begin with nothing to supervise."""
        self.members: list[Member] = []
        self._told = told
        self._patience = patience or Patience()
        self._watches: list[asyncio.Task[None]] = []
        self._starting: set[asyncio.Future[None]] = set()

    async def start(self, *members: Member) -> None:
        """Start these side by side and return when all have; from then on each is started again when it dies."""
        self.members.extend(members)
        starts = [asyncio.create_task(self._first_start(member)) for member in members]
        try:
            await asyncio.gather(*starts)
        finally:
            for start in starts:
                start.cancel()

    async def lost(self) -> None:
        """Return never; raise `GaveUp` as soon as a member keeps dying."""
        while True:
            for watch in self._watches:
                if watch.done():
                    watch.result()
            await asyncio.sleep(self._patience.look_s)

    async def renew(self) -> None:
        """End the members that are being edited; with their code as it is now they are started again."""
        edited = [member for member in self.members if member.saved is not None]
        for member in edited:
            assert member.saved is not None
            member.saved.set()
        await asyncio.gather(*(in_thread(member.unit.stop) for member in edited))

    async def stop(self) -> None:
        """Stop everything, the highest stage first; what is just starting may finish that before it is stopped."""
        await self._leave_alone()
        for stage in sorted({member.stage for member in self.members}, reverse=True):
            await asyncio.gather(*(self._stop(member) for member in self.members if member.stage == stage))

    def kill(self) -> None:
        """End every process at once, also in the middle of `start` or `stop`."""
        for member in self.members:
            with suppress(Exception):  # one that is half started or half stopped must not save the others
                member.unit.kill()

    async def _first_start(self, member: Member) -> None:
        member.state = State.STARTING
        await self._begin(member)
        self._watches.append(asyncio.create_task(self._keep(member)))

    async def _begin(self, member: Member) -> None:
        started = asyncio.ensure_future(in_thread(member.unit.start))
        self._starting.add(started)
        try:
            await asyncio.shield(started)
        finally:
            if started.done():
                self._starting.discard(started)
        member.started()

    async def _keep(self, member: Member) -> None:
        while True:
            await self._until_dead(member)
            if member.saved is None:
                await self._wait_after_death(member)
            else:
                await self._wait_for_save(member, member.saved)
            await self._start_again(member)

    async def _wait_after_death(self, member: Member) -> None:
        wait_s = member.died(self._patience)
        member.restarts += 1
        self._told(f"{member.name} ended unexpectedly; it is started again.")
        await asyncio.sleep(wait_s)

    async def _wait_for_save(self, member: Member, saved: asyncio.Event) -> None:
        """What is being edited may not even start: that ends no run, the next save mends it."""
        member.state = State.RESTARTING
        if not saved.is_set():
            self._told(f"{member.name} has ended; it is started again when its code is saved. Its log: {member.log}")
        await saved.wait()
        saved.clear()

    async def _until_dead(self, member: Member) -> None:
        while (pid := member.unit.pid) is not None:
            await ended(pid, self._patience.look_s)
            trim(member.log)

    async def _start_again(self, member: Member) -> None:
        try:
            await in_thread(member.unit.kill)  # lets go of what a dead server left behind
            await self._begin(member)
        except LocalServerError as failed:
            member.started()
            self._told(str(failed))

    async def _leave_alone(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, *self._starting, return_exceptions=True)

    async def _stop(self, member: Member) -> None:
        member.state = State.STOPPING
        await in_thread(member.unit.stop)
        member.state = State.STOPPED


async def in_thread(work: Callable[[], None]) -> None:
    """Run blocking `work` beside the loop, in a thread that does not keep this process from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(failed: BaseException | None) -> None:
        if done.done():
            return
        if failed is None:
            done.set_result(None)
        else:
            done.set_exception(failed)

    def run() -> None:
        failed: BaseException | None = None
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            failed = error
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, failed)

    threading.Thread(target=run, daemon=True).start()
    await done

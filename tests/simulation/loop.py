"""An event loop on virtual time: whose turn is next is drawn from a seed, and any process may stop at any await."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")
ENDLESS_STEPS = 60_000
"""A run has about three thousand."""
_MASK = (1 << 61) - 1


class Endless(Exception):
    """The run does not come to an end: something waits for what never happens, or goes round and round."""


class Process:
    """What one operating-system process would be: its callbacks run in their order, while it lives and is awake."""

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self.ready: deque[asyncio.Handle] = deque()
        self.alive = True
        self.asleep = False
        self.context = copy_context()
        self.context.run(PROCESS.set, self)


PROCESS: ContextVar[Process] = ContextVar("PROCESS")


class Loop(asyncio.AbstractEventLoop):
    """Runs many processes in one thread. The order among processes and all latencies come from `chance` alone."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.steps = 0
        self.digest = 0
        self.played = (0, 0, 0.0)
        self.alarm = ENDLESS_STEPS
        self.on_alarm: Callable[[Process], None] | None = None
        self.ending = False
        self._broken: BaseException | None = None
        self._now = 0.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._runnable: list[Process] = []
        self._processes: list[Process] = []
        self.world = self.process("world")

    # Processes

    def process(self, name: str) -> Process:
        """A new process, which runs nothing yet."""
        made = Process(name, len(self._processes))
        self._processes.append(made)
        return made

    def kill(self, process: Process) -> None:
        """End a process where it stands: nothing of it runs again, not even a `finally`."""
        process.alive = False
        self._withdraw(process)

    def suspend(self, process: Process) -> None:
        """Stop a process as SIGSTOP does: what it asked for goes on, and its timers run out meanwhile."""
        process.asleep = True
        self._withdraw(process)

    def resume(self, process: Process) -> None:
        """Let a suspended process go on."""
        if process.asleep:
            process.asleep = False
            if process.alive and process.ready:
                self._runnable.append(process)

    def _withdraw(self, process: Process) -> None:
        if process in self._runnable:
            self._runnable.remove(process)

    def later(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """Call back in the world, outside every process: networks and servers."""
        self.call_at(self._now + seconds, callback, *args, context=self.world.context)

    def here(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """Call back in the process that runs now."""
        self.call_at(self._now + seconds, callback, *args)

    # What asyncio asks of a loop

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name or "task", context=context)

    def call_soon(  # type: ignore[override]  # typeshed names the arguments' types, which nothing here uses
        self,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._queue(handle)
        return handle

    def call_later(  # type: ignore[override]  # as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._order), handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        return None

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A result that nobody asked for is part of the run: clients and processes go away. A broken server is not."""
        if "handle" in context and not self.ending:
            self._broken = context["exception"]

    # Turns

    def _queue(self, handle: Any) -> None:
        process = handle._context.get(PROCESS, self.world)
        process.ready.append(handle)
        if len(process.ready) == 1 and process.alive and not process.asleep:
            self._runnable.append(process)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run until `main` is done; what is left then is cancelled. Raises Endless."""
        asyncio._set_running_loop(self)
        try:
            task: asyncio.Task[T] = self.create_task(main, context=self.world.context)
            while not task.done():
                self._turn()
            return task.result()
        finally:
            self.played = (self.digest, self.steps, self._now)
            self._end()
            asyncio._set_running_loop(None)

    def _turn(self) -> None:
        runnable = self._runnable
        while not runnable:
            self._advance()
        at = int(self.chance.random() * len(runnable))
        process = runnable[at]
        handle: Any = process.ready.popleft()
        if not process.ready:
            runnable[at] = runnable[-1]
            runnable.pop()
        self.steps += 1
        self.digest = (self.digest * 31 + process.index + hash(self._now)) & _MASK
        if not handle._cancelled:
            handle._run()
        if self._broken is not None:
            raise self._broken
        if self.steps >= self.alarm:
            self._ring(process)

    def _ring(self, process: Process) -> None:
        if self.steps >= ENDLESS_STEPS or self.on_alarm is None:
            raise Endless(f"{self.steps} steps, {self._now:.1f} virtual seconds")
        self.on_alarm(process)

    def _advance(self) -> None:
        if not self._timers:
            raise Endless("nothing will ever happen again")
        when, _, handle = heapq.heappop(self._timers)
        if not handle.cancelled():
            self._now = max(self._now, when)
            self._queue(handle)

    def _end(self) -> None:
        """Unwind every task, also of those that were killed, so that Python finds none half-way."""
        self.ending, self._broken = True, None
        for process in self._processes:
            process.alive, process.asleep = True, False
        self._runnable = [process for process in self._processes if process.ready]
        self.alarm = self.steps + ENDLESS_STEPS
        left: list[asyncio.Task[Any]] = []
        for _ in range(50):
            left = [task for task in asyncio.all_tasks(self) if not task.done()]
            for task in left:
                task.cancel()
            if not left:
                return
            while self._runnable:
                self._turn()
            if self._timers:
                self._advance()
        raise Endless(f"does not unwind: {left}")


def new_loop(seed: int) -> Loop:
    """A loop whose every turn is drawn from this seed."""
    return Loop(random.Random(seed))  # type: ignore[abstract]  # what has to do with sockets and threads is not there

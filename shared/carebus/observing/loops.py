"""Background loops that show that they make progress, survive what they meet, and stop when asked."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext

import structlog

log = structlog.get_logger()


class Heartbeats:
    """When each loop last made progress: liveness is this and never the reach of a broker or a database."""

    def __init__(self) -> None:
        self._limits: dict[str, float] = {}
        self._beats: dict[str, float] = {}
        self.failures: dict[str, int] = {}

    def expect(self, loop: str, within: float) -> None:
        """From now on this loop must beat at least every `within` seconds."""
        self._limits[loop] = within
        self.beat(loop)

    def beat(self, loop: str) -> None:
        """This loop made progress."""
        self._beats[loop] = time.monotonic()

    def forget(self, loop: str) -> None:
        """This loop has nothing to do now."""
        self._limits.pop(loop, None)

    def note(self, loop: str, failures: int) -> None:
        """This loop has failed so often in a row."""
        self.failures[loop] = failures

    def ages(self) -> dict[str, tuple[float, float]]:
        """Of each loop how many seconds ago it last made progress, and within how many it must."""
        now = time.monotonic()
        return {loop: (now - self._beats[loop], limit) for loop, limit in self._limits.items()}

    def stuck(self) -> list[str]:
        """The loops that have not made progress in time."""
        return [loop for loop, (age, limit) in self.ages().items() if age > limit]


def backoff(attempt: int, *, first: float = 0.1, most: float = 10.0) -> float:
    """Seconds to wait before the nth further attempt: doubling, with jitter so that many do not come at once."""
    return float(min(most, first * 2 ** min(attempt, 20)) * random.uniform(0.5, 1.0))  # noqa: S311


async def pause(seconds: float, stop: asyncio.Event) -> bool:
    """Wait, but not beyond `stop`; tells whether to go on."""
    try:
        async with asyncio.timeout(seconds):  # `wait_for` makes a task, which costs more than all else here
            await stop.wait()
    except TimeoutError:
        return True
    return False


@contextmanager
def passed_on(event: asyncio.Event, to: asyncio.Event) -> Iterator[None]:
    """While this lasts, `to` is set as soon as `event` is: whoever waits for either waits for one."""

    async def pass_on() -> None:
        await event.wait()
        to.set()

    passing = asyncio.ensure_future(pass_on())
    try:
        yield
    finally:
        passing.cancel()


async def ended(loops: Collection[asyncio.Task[None]], within: float, cut: float) -> None:
    """Wait for loops that were told to stop; what goes on after `within` seconds is cut off, and has `cut` to give way.

    The log names every loop that was cut off and every error that ended one.
    """
    _, left = await asyncio.wait(loops, timeout=within)
    for loop in left:
        log.error("loop_cut_off", loop=loop.get_name(), after_seconds=within, error="TimeoutError")
        loop.cancel()
    done, stuck = await asyncio.wait(loops, timeout=cut)
    for loop in stuck:
        log.error("loop_left_behind", loop=loop.get_name(), error="TimeoutError")
    for loop in done:
        if not loop.cancelled() and (exc := loop.exception()):
            log.error("loop_ended", loop=loop.get_name(), exc_info=exc)


async def keep(
    name: str,
    step: Callable[[], Awaitable[float]],
    *,
    stop: asyncio.Event,
    beats: Heartbeats,
    within: float = 120.0,
    wake: asyncio.Event | None = None,
) -> None:
    """Run `step` again and again until `stop`; it gives the seconds to wait, which `wake` cuts short.

    An error is logged and followed by a longer and longer wait.
    """
    beats.expect(name, within)
    failures = 0
    with nullcontext() if wake is None else passed_on(stop, wake):
        while not stop.is_set():
            try:
                wait = await step()
                failures = 0
            except Exception as exc:
                wait = backoff(failures)
                failures += 1
                log.warning("loop_failed", loop=name, failures=failures, exc_info=exc)
            beats.beat(name)
            beats.note(name, failures)
            await _wait(wait, stop if wake is None else wake)
            if wake is not None:
                wake.clear()
    beats.forget(name)


async def _wait(seconds: float, until: asyncio.Event) -> None:
    if seconds > 0:
        await pause(seconds, until)
    else:
        await asyncio.sleep(0)

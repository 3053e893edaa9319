"""Messages that come at the same moment on several connections are kept in one transaction: each waits for its own."""

import asyncio
from collections import deque

from carebus.access import own_work
from carebus.errors import CarebusError
from carebus.web.http import Parts
from services.line.channels.receiving import Sent, receive

AT_ONCE = 50
HOSPITAL = own_work("hospital")


class NotKept(CarebusError):
    """The message could not be kept, and so is not answered."""

    status = 500


class Gathering:
    """Of one process. While a transaction is under way, what comes waits for the next one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waiting: deque[tuple[Sent, asyncio.Future[None]]] = deque()
        self._keeping: asyncio.Task[None] | None = None

    async def keep(self, sent: Sent) -> None:
        """Return once this message is committed. Raises DatabaseAway and whatever else keeps it from that."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, done))
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_all())
        await done

    async def _keep_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
            why: CarebusError | None = NotKept()
            try:
                await receive(self._parts, [sent for sent, _ in batch], HOSPITAL)
                why = None
            except CarebusError as exc:
                why = exc
            finally:  # whatever else went wrong, nobody is told that it was kept
                _settle(batch, why)


def _settle(batch: list[tuple[Sent, asyncio.Future[None]]], why: CarebusError | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if why is None:
            done.set_result(None)
        else:
            done.set_exception(why)

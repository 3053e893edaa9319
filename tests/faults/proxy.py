"""A TCP proxy that delays what it carries, cuts it into pieces, or breaks every connection off."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.local.process import LOOPBACK

CHUNK = 64 * 1024


@dataclass
class Door:
    """A port that leads to another; how slow it is can be changed at any time."""

    port: int
    leads_to: int
    dice: random.Random
    delay_s: float = 0.0
    jitter_s: float = 0.0
    piece: int = CHUNK
    carried: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> int:
        """Break off every connection with a reset; gives their number."""
        for writer in self._open:
            writer.transport.abort()
        return len(self._open)

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways until one side ends it."""
        try:
            inner, outer = await asyncio.open_connection(LOOPBACK, self.leads_to)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, outer}
        try:
            await asyncio.gather(self._carry(reader, outer), self._carry(inner, writer))
        finally:
            self._open -= {writer, outer}
            for end in (writer, outer):
                end.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """What comes in is due later, in the order in which it came; reading goes on meanwhile."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1024)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._take_in(source, queue))
                both.create_task(self._give_out(queue, target))
        except* OSError:
            target.transport.abort()

    async def _take_in(self, source: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        now = asyncio.get_running_loop().time
        while some := await source.read(self.piece):
            await queue.put((now() + self.delay_s + self.dice.uniform(0, self.jitter_s), some))
        await queue.put((now(), b""))

    async def _give_out(self, queue: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, some = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not some:
                target.write_eof()
                return
            target.write(some)
            self.carried += 1
            await target.drain()


@asynccontextmanager
async def door(port: int, leads_to: int, dice: random.Random) -> AsyncIterator[Door]:
    """A door on this port of loopback for as long as this lasts."""
    opened = Door(port, leads_to, dice)
    server = await asyncio.start_server(opened.enter, LOOPBACK, port)
    try:
        yield opened
    finally:
        server.close()
        opened.cut()
        await asyncio.sleep(0)

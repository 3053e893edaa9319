"""HTTP commands at a pace or as fast as they are answered, over connections that stay open; costs little CPU itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import orjson

from carebus.testing import people

_BEARER = f"Authorization: Bearer {people.everybody()}"


class Refused(Exception):
    """A command was not answered with 2xx."""


@dataclass(frozen=True, slots=True)
class Post:
    """One command, or question: where it goes and its body."""

    path: str
    body: bytes
    method: str = "POST"


class Wire:
    """One open connection to a service on loopback."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, what: Post) -> bytes:
        """Send one command under a key of its own; gives the answer's body. Raises Refused."""
        head = (
            f"{what.method} {what.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(what.body)}\r\nIdempotency-Key: {uuid4()}\r\n{_BEARER}\r\n\r\n"
        )
        self._writer.write(head.encode() + what.body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if not answer.startswith(b"http/1.1 2"):
            raise Refused(answer.partition(b"\r\n")[0].decode(), orjson.loads(body or b"{}").get("code"))
        return body

    def close(self) -> None:
        """Leave."""
        self._writer.close()


@asynccontextmanager
async def wires(port: int, many: int) -> AsyncIterator[list[Wire]]:
    """So many connections to the service on this port, which may still be starting."""
    opened = [Wire(*await _connect(port)) for _ in range(many)]
    try:
        yield opened
    finally:
        for wire in opened:
            wire.close()


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    deadline = time.monotonic() + 60
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


async def flood(port: int, posts: Iterator[Post], seconds: float, connections: int) -> list[float]:
    """As fast as they are answered, over so many connections, for so long; gives how long each took."""
    took: list[float] = []
    end = time.monotonic() + seconds

    async def one(wire: Wire) -> None:
        while (begun := time.monotonic()) < end:
            await wire.post(next(posts))
            took.append(time.monotonic() - begun)

    async with wires(port, connections) as opened:
        await asyncio.gather(*map(one, opened))
    return took


async def paced(
    port: int, posts: Sequence[Post], per_second: float, sending: Callable[[int], None], connections: int = 16
) -> None:
    """At a steady pace, however long the answers take; `sending` hears the number of each as it is sent."""
    free: asyncio.Queue[Wire] = asyncio.Queue()

    async def one(number: int) -> None:
        sending(number)
        wire = await free.get()
        try:
            await wire.post(posts[number])
        finally:
            free.put_nowait(wire)

    async with wires(port, connections) as opened, asyncio.TaskGroup() as group:
        for wire in opened:
            free.put_nowait(wire)
        begun = time.monotonic()
        for number in range(len(posts)):
            await asyncio.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            group.create_task(one(number))

"""MLLP's frames on a connection: a start byte, a message, an end byte, a carriage return."""

import asyncio
from collections.abc import AsyncIterator

from carebus.errors import CarebusError

START, END, CR = b"\x0b", b"\x1c", b"\r"
CHUNK = 64 * 1024
HALF_A_MESSAGE_S = 30.0
"""A message that has begun must have come in full after so many seconds."""
_BETWEEN = b"\r\n \x00"
HEAD = 4096
"""So many of its first bytes are enough to answer a message that is too long."""


class TooLong(CarebusError):
    """The message is longer than the limit."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self.head = head


class NotFramed(CarebusError):
    """What comes on the connection is not framed as MLLP."""


def framed(message: bytes) -> bytes:
    """A message in its frame."""
    return START + message + END + CR


async def frames(reader: asyncio.StreamReader, most: int, idle_s: float) -> AsyncIterator[bytes]:
    """Each whole message that comes. Half a message at the end is dropped: nobody was told that it was kept.

    Raises TooLong, NotFramed, and TimeoutError where nothing more comes.
    """
    buffer = bytearray()
    while True:
        async with asyncio.timeout(HALF_A_MESSAGE_S if buffer else idle_s):
            chunk = await reader.read(CHUNK)
        if not chunk:
            return
        searched = max(len(buffer) - 1, 0)
        buffer += chunk
        while (message := _taken(buffer, searched, most)) is not None:
            yield message
            searched = 0


def _taken(buffer: bytearray, searched: int, most: int) -> bytes | None:
    """The first whole message in what has come, which is taken out of it; None while there is none."""
    leading = len(buffer) - len(buffer.lstrip(_BETWEEN))
    if leading:
        del buffer[:leading]
        searched = 0
    if not buffer:
        return None
    if buffer[:1] != START:
        raise NotFramed
    end = buffer.find(END, searched)
    if (end if end >= 0 else len(buffer)) - 1 > most:
        raise TooLong(bytes(buffer[1:HEAD]))
    if end < 0:
        return None
    message = bytes(buffer[1:end])
    del buffer[: end + 1]
    return message

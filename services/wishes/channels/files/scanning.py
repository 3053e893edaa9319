"""The worker that has clamd look at every file. What clamd has not called clean can't be taken away, only looked at."""

import asyncio
from io import BytesIO
from typing import Protocol
from uuid import UUID

import structlog
from aioclamd import BufferTooLongError, ClamdAsyncClient, ClamdError

from carebus.observing.loops import pause
from carebus.web.http import Parts
from services.wishes.settings import Settings
from services.wishes.store import files
from services.wishes.store.sealing import seal_of

log = structlog.get_logger()

SCANNING = "scanning"
AT_ONCE = 20
PATIENCE_S = 60.0
LOOKS_AGAIN_S = 30.0
CLEAN, INFECTED, TOO_LARGE = "clean", "infected", "too_large"
LIMITS = ("Heuristics.Limits.Exceeded", "size limit exceeded")
"""What clamd says of a file that it did not look through: with `AlertExceedsMax yes`, and of its stream's limit."""


class Scanner(Protocol):
    """Whatever looks through a file."""

    async def verdict(self, content: bytes) -> str | None:
        """clean, infected or too_large; None where nobody could look at it now."""


class Clamd:
    """clamd, by its INSTREAM command."""

    def __init__(self, host: str, port: int) -> None:
        self._client = ClamdAsyncClient(host, port, PATIENCE_S)

    async def verdict(self, content: bytes) -> str | None:
        """Beyond its limits is not clean; away, or answering anything else, is not yet."""
        try:
            answer = await self._client.instream(BytesIO(content))
        except BufferTooLongError:
            return TOO_LARGE
        except (ClamdError, OSError, TimeoutError) as why:
            return TOO_LARGE if _beyond(str(why)) else None
        return judged(answer)


def judged(answer: object) -> str | None:
    """What clamd's answer comes to: `{"stream": ("OK", None)}`, or FOUND and a name."""
    said, name = answer.get("stream", (None, None)) if isinstance(answer, dict) else (None, None)
    if said == "OK":
        return CLEAN
    if said == "FOUND":
        return TOO_LARGE if _beyond(str(name)) else INFECTED
    return TOO_LARGE if _beyond(f"{said} {name}") else None


def _beyond(words: str) -> bool:
    return any(one.lower() in words.lower() for one in LIMITS)


async def scan(parts: Parts, stop: asyncio.Event) -> None:
    """Have files looked at as they come, until `stop`."""
    assert isinstance(parts.settings, Settings)
    scanner = Clamd(parts.settings.clamd_host, parts.settings.clamd_port) if parts.settings.clamd_host else None
    if scanner is None or not parts.settings.keys:
        await stop.wait()  # nobody looks through files here
        return
    while not stop.is_set():
        if await scan_once(parts, scanner) < AT_ONCE:
            await pause(LOOKS_AGAIN_S, stop)


async def scan_once(parts: Parts, scanner: Scanner) -> int:
    """Have what waits looked at; gives how many files were."""
    async with parts.database.connection() as db:
        ids = await files.waiting(db, AT_ONCE)
    return sum([await _scan(parts, scanner, file_id) for file_id in ids])


async def _scan(parts: Parts, scanner: Scanner, file_id: UUID) -> bool:
    assert isinstance(parts.settings, Settings)
    async with parts.database.connection() as db:
        content = await files.read(db, seal_of(parts.settings), file_id)
    found = await scanner.verdict(content) if content is not None else None
    async with parts.database.transaction() as db:
        await files.scanned(db, file_id, found or files.WAITING, parts.clock.now())
    if found is not None:
        log.info("file_scanned", found=found)
    return found is not None

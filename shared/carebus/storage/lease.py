"""A lease on one job: of many processes only the holder of the database's advisory lock does it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from carebus.observing.loops import Heartbeats, backoff, pause
from carebus.storage.database import Database

log = structlog.get_logger()

LockConnection = Any
"""A separate asyncpg connection; asyncpg's stubs contradict each other on `fetchval`."""


HELD_ON_S = 60.0


async def lead(
    database: Database,
    name: str,
    body: Callable[[asyncio.Event], Awaitable[None]],
    *,
    stop: asyncio.Event,
    beats: Heartbeats,
    notices: Mapping[str, Callable[..., None]] | None = None,
) -> None:
    """Run `body` in one process only, the one that holds the database's advisory lock; the others stand by.

    The lock lives as long as its connection, which also listens to the channels of `notices`. `body` gets an event that
    is set when the lock is lost or on stop. How often in a row it failed is shown, until it has held on for a while.
    """
    failures = 0
    while not stop.is_set():
        began = time.monotonic()
        connection = None
        try:
            connection = await database.connect()
            if await _locked(connection, name, stop):
                for channel, heard in (notices or {}).items():
                    await connection.add_listener(channel, heard)
                await _run_while_locked(connection, body, stop)
        except Exception as exc:
            failures = 1 if time.monotonic() - began > HELD_ON_S else failures + 1
            log.warning("lead_lost", loop=name, failures=failures, exc_info=exc)
            beats.note(name, failures)
            await pause(backoff(3), stop)
        finally:
            if connection is not None:
                connection.terminate()


async def _locked(connection: LockConnection, name: str, stop: asyncio.Event) -> bool:
    """Stand by until the lock is ours, or until `stop`."""
    while not await connection.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", name, timeout=5):
        if not await pause(0.5, stop):
            return False
    return True


async def _run_while_locked(
    connection: LockConnection, body: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    lost = asyncio.Event()
    running = asyncio.create_task(_until(body, lost))
    try:
        while not stop.is_set() and not running.done():
            await connection.fetchval("select 1", timeout=5)
            await pause(1.0, stop)
    finally:
        lost.set()
        await running


async def _until(body: Callable[[asyncio.Event], Awaitable[None]], lost: asyncio.Event) -> None:
    await body(lost)

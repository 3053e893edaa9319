"""A lease on one job: of many processes only the holder of the database's advisory lock does it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from carebus.observing.loops import Heartbeats, backoff, passed_on, pause
from carebus.storage.database import Database

log = structlog.get_logger()

LockConnection = Any
"""A separate asyncpg connection; asyncpg's stubs contradict each other on `fetchval`."""


HELD_ON_S = 60.0
STAND_BY_S = 0.5
CHECK_S = 3.0
"""Seconds between looks at whether the lock is still held. With those that an answer may take it is less than the
server waits for a client that does not answer: so whoever is cut off stops before another one begins."""
ANSWER_S = 5.0


async def lead(
    database: Database,
    name: str,
    body: Callable[[asyncio.Event], Awaitable[None]],
    *,
    stop: asyncio.Event,
    beats: Heartbeats,
) -> None:
    """Run `body` in one process only, the one that holds the database's advisory lock; the others stand by.

    The lock lives as long as its connection. `body` gets an event that is set when the lock is lost or on stop. How
    often in a row it failed is shown, until it has held on for a while.
    """
    failures = 0
    while not stop.is_set():
        began = time.monotonic()
        connection = None
        try:
            connection = await database.connect()
            if await _locked(connection, name, stop):
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
    while not await connection.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", name, timeout=ANSWER_S):
        if not await pause(STAND_BY_S, stop):
            return False
    return True


async def _run_while_locked(
    connection: LockConnection, body: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    lost, closed = asyncio.Event(), asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    running = asyncio.create_task(_until(body, lost))
    running.add_done_callback(lambda _: closed.set())
    try:
        with passed_on(stop, closed):
            while not stop.is_set() and not running.done():
                await connection.fetchval("select 1", timeout=ANSWER_S)
                await pause(CHECK_S, closed)
    finally:
        lost.set()
        await running


async def _until(body: Callable[[asyncio.Event], Awaitable[None]], lost: asyncio.Event) -> None:
    await body(lost)

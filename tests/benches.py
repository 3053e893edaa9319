"""Puts a service on the test bench: its own database, a clock that stands still, no broker; its workers when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from carebus.service import Service
from carebus.settings import Settings
from carebus.testing import START, Bench, bench
from carebus.testing.people import TokenFor, as_everybody
from carebus.web.http import Parts
from tests.databases import fresh_database, migrations_of

S = TypeVar("S", bound=Settings)


@asynccontextmanager
async def service_bench(
    name: str,
    make: Callable[[S], Service],
    settings: type[S],
    *,
    admin_url: str,
    folder: Path,
    at: datetime = START,
    token_for: TokenFor | None = None,
    works: Callable[[Bench], Awaitable[None]] | None = None,
    **more: object,
) -> AsyncIterator[Bench]:
    """The service `services.<name>` made by `make(settings)` on a fresh database, with the clock at this time."""
    clock = folder / "clock.json"
    acts = token_for or _whoever_comes(name)
    async with fresh_database(admin_url, name, migrations_of(name)) as url:
        given = {
            "database_url": url,
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "clock_file": clock,
            "database_connections": 4,
            **more,
        }
        does = works or _what_workers_do(name)
        async with bench(
            lambda: make(settings.model_validate(given)), clock, at=at, token_for=acts, works=does
        ) as made:
            yield made


def _whoever_comes(name: str) -> TokenFor:
    if name != "referral":
        return as_everybody
    from tests.referral.acting import who_comes  # not where a service is made beside no other

    return who_comes


def _what_workers_do(name: str) -> Callable[[Bench], Awaitable[None]] | None:
    if name != "care_plan":
        return None
    from tests.care_plan.planning import plan  # not where a service is made beside no other

    return plan


@asynccontextmanager
async def at_work(
    worker: Callable[[Parts, asyncio.Event], Awaitable[None]], bench: Bench
) -> AsyncIterator[asyncio.Task[None]]:
    """This worker of the service, while this lasts."""
    stop = asyncio.Event()
    name = next(one.name for one in bench.service.workers if one.run is worker)

    async def work() -> None:
        with bench.service.core.notices.work(name).doing(stop):
            await worker(bench.service.app.state.parts, stop)

    task = asyncio.create_task(work())
    try:
        yield task
    finally:
        stop.set()
        if not task.cancelled():
            await asyncio.wait_for(task, 20)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    """Wait until this is so, or fail."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)

"""A referrer's system that is told by webhook: the service's worker, and what its tests wait for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

from carebus.testing import Bench
from services.referral.channels.webhooks import call_webhooks
from services.referral.domain.organizations.names import organization_of
from tests.benches import at_work
from tests.benches import until as within
from tests.referral.following import OSEI, REFERRER_SECRET, referred
from tests.referral.receiver import ROOT, Receiver
from tests.referral.samples import named

ELM = organization_of("Elm Street Cardiology")
FAST = {"webhook_private": True, "webhook_retry_seconds": 0.02, "webhook_timeout_seconds": 2.0}


def calling(bench: Bench) -> AbstractAsyncContextManager[asyncio.Task[None]]:
    """The webhook worker at work."""
    return at_work(call_webhooks, bench)


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until this is so, or fail."""
    await within(so, seconds=30)


async def refers(bench: Bench, name: str) -> dict[str, Any]:
    """The practice refers a person of this name who is like no other: to refer somebody again would tell nothing."""
    return await referred(bench, **named(name, referrer=OSEI))


async def registered(bench: Bench, hook: Receiver) -> dict[str, Any]:
    """The practice refers somebody, so that it is known, and registers its system."""
    await refers(bench, "Before")
    await bench.passes(seconds=1)
    answer = await bench.command(f"/api/organizations/{ELM}/webhooks", {"url": hook.url}, key="elm")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    hook.trust(made["secret"])
    return made


async def all_taken(hook: Receiver, many: int) -> None:
    async def so() -> bool:
        return len(set(hook.taken)) >= many

    await until(so)


async def listed(bench: Bench) -> dict[str, Any]:
    (one,) = (await bench.http.get(f"/api/organizations/{ELM}/webhooks")).json()["items"]
    found: dict[str, Any] = one
    return found


@contextmanager
def worker_process(bench: Bench, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own process with its webhook worker, on the bench's database."""
    given = {
        "DATABASE_URL": bench.service.core.settings.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CAREBUS_ROLE": "subscriber",
        "CAREBUS_OPERATORS_PORT": "0",
        "CAREBUS_REFERRER_SECRET": REFERRER_SECRET,
        "CAREBUS_WEBHOOK_PRIVATE": "true",
        "CAREBUS_WEBHOOK_RETRY_SECONDS": "0.1",
        "CAREBUS_CLOCK_FILE": str(bench.clock_file),
    }
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.referral"], cwd=ROOT, env={**os.environ, **given}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

"""What everything takes when nothing happens: the four services alone, and the supervisor of a local run."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bench import real
from bench.ground import Servers, eventually, site
from bench.saying import Json
from bench.usage import resident_mib, usage_of
from deploy.local.embedded import free_port
from deploy.local.options import PORTS, variable

SETTLE_S = 5


async def idle(made: Servers, seconds: float) -> list[Json]:
    """Memory and CPU of each service, all its roles in one process, and of the supervisor."""
    async with real.clinic(made) as clinic:
        found = await _taken(clinic.pids, seconds)
    async with _local_run(made) as pid:
        return [*found, *await _taken({"supervisor": pid}, seconds)]


async def _taken(pids: Mapping[str, int], seconds: float) -> list[Json]:
    await asyncio.sleep(min(SETTLE_S, seconds))
    before = {name: usage_of([pid]).cpu for name, pid in pids.items()}
    await asyncio.sleep(seconds)
    return [
        {
            "service": name,
            "mib": resident_mib(pid),
            "cpu_percent": 100 * (usage_of([pid]).cpu - before[name]) / seconds,
        }
        for name, pid in pids.items()
    ]


@asynccontextmanager
async def _local_run(made: Servers) -> AsyncIterator[int]:
    """A local run without a feed, once it is up; gives its supervisor's process id."""
    async with site(made) as place:
        with tempfile.TemporaryDirectory(prefix="carebus-bench-") as folder:
            summary = Path(folder) / "summary.json"
            ports = {variable(name): str(free_port()) for name in PORTS}
            told = {"FEED": "none", "CAREBUS_DATA": folder, "SUMMARY": str(summary), "DATABASE_URL": made.postgres.url}
            process = place.start(["-m", "deploy.local"], **ports, **told)

            async def up() -> bool:
                place.require_all()
                return summary.exists()

            await eventually(up)
            yield process.pid
            process.terminate()
            await asyncio.to_thread(process.wait, 60)

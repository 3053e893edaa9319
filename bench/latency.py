"""From a command over HTTP to its committed effect in the next service, with the kit and without."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import asyncpg
import orjson

from bench.figures import Latency
from bench.ground import ROOT, Servers, Site, database, eventually, site
from bench.http_load import Post, paced, wires
from bench.saying import Json, Say
from bench.work import loads
from deploy.local.embedded import free_port

PACE = 200
SECONDS = 20
WARM = 200

_COMMITTED = """
select split_part(stream, '/', 2) as patient, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 as at from {}
"""


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """The bare pipeline, the kit with a process per role, and the kit with all roles in one process per service."""
    lines = {}
    for name, (start, table) in LINES.items():
        lines[name] = asdict(await _line(made, start, table, max(200, int(PACE * SECONDS * scale))))
        say(f"  {name}: p50 {lines[name]['p50']} ms, p99 {lines[name]['p99']} ms")
    return {"pace": PACE, "lines": lines}


async def _line(made: Servers, start: Callable[[Site, Site, int], None], table: str, commands: int) -> Latency:
    """Each command is about another patient, so the row of its effect is stamped once, by the commit that made it."""
    async with site(made) as here:
        there = replace(here, url=await database(made, here.prefix.rstrip(".") + "n", ROOT / "bench" / "migrations"))
        port = free_port()
        start(here, there, port)
        patients = [load.key.decode() for load in loads(WARM + commands)]
        posts = [Post("/visits", orjson.dumps({"patient_id": patient})) for patient in patients]
        async with wires(port, 1) as (one,):
            await one.post(posts[0])
        db = await asyncpg.connect(there.url)
        try:
            await _until(db, table, 1)
            sent = await _send(port, posts[1:])
            await _until(db, table, len(posts))
            committed = {row["patient"]: row["at"] for row in await db.fetch(_COMMITTED.format(table))}
        finally:
            await db.close()
    return Latency.of([committed[patient] - at for patient, at in zip(patients[WARM:], sent[WARM - 1 :], strict=True)])


async def _send(port: int, posts: Sequence[Post]) -> list[float]:
    sent: list[float] = []
    await paced(port, posts, PACE, lambda _: sent.append(time.time()))
    return sent


async def _until(db: asyncpg.Connection[asyncpg.Record], table: str, rows: int) -> None:
    async def there() -> bool:
        return bool(await db.fetchval(f"select count(*) from {table}") >= rows)

    await eventually(there)


def _floor(here: Site, there: Site, port: int) -> None:
    here.start(["-m", "bench.bare_api"], CAREBUS_PORT=str(port))
    here.start(["-m", "bench.floor", "relay"])
    here.start(["-m", "bench.floor", "subscriber"], DATABASE_URL=there.url)


def _apart(here: Site, there: Site, port: int) -> None:
    here.start(["-m", "bench.asking"], CAREBUS_ROLE="api", CAREBUS_PORT=str(port))
    here.start(["-m", "bench.asking"], CAREBUS_ROLE="relay")
    here.start(["-m", "bench.kit"], CAREBUS_ROLE="subscriber", DATABASE_URL=there.url)


def _together(here: Site, there: Site, port: int) -> None:
    here.start(["-m", "bench.asking"], CAREBUS_ROLE="all", CAREBUS_PORT=str(port))
    here.start(["-m", "bench.kit"], CAREBUS_ROLE="all", DATABASE_URL=there.url)


LINES: dict[str, tuple[Callable[[Site, Site, int], None], str]] = {
    "floor, a process per role": (_floor, "floor_seen"),
    "kit, a process per role": (_apart, "seen"),
    "kit, a process per service": (_together, "seen"),
}

"""A projection rebuilt from the first of many events: rate and memory as it goes, and what more processes bring."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

import asyncpg

from bench.figures import middle
from bench.ground import LIMIT_S, Servers, Site, TookTooLong, eventually, site
from bench.saying import Json, Say
from bench.usage import resident_mib, usage_of
from bench.work import TOPIC, fill, loads

EVENTS = int(os.environ.get("EVENTS", "200000"))
EVENTS_EACH = 60_000
CONSUMERS = (1, 2, 4)
_BATCH = "1000"
_READ = "select coalesce(sum(next_offset), 0)::bigint from consumer_offset where topic = $1"
_PLACED = "select count(*) from consumer_offset where topic = $1"
_LOOK_S = 0.1
_SAMPLES = 12


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """One subscriber over the whole log."""
    found = await _rebuild(made, max(2_000, int(EVENTS * scale)), consumers=1, partitions=6)
    say(f"  {found['events']:,} events at {found['rate']:,.0f}/s, memory {found['memory_mib']}")
    return found


async def measure_scaling(made: Servers, scale: float, say: Say) -> Json:
    """One, two and four processes, each with a partition of its own."""
    lines = []
    for many in CONSUMERS:
        found = await _rebuild(made, max(2_000, int(EVENTS_EACH * scale)), consumers=many, partitions=many)
        say(f"  {many} consumers on {many} partitions: {found['rate']:,.0f} events/s")
        lines.append({"consumers": many, "partitions": many, **found})
    return {"lines": lines}


async def _rebuild(made: Servers, events: int, *, consumers: int, partitions: int) -> Json:
    async with site(made, partitions=partitions) as place:
        await fill(place.bootstrap, place.prefix + TOPIC, loads(events, partitions), partitions)
        db = await asyncpg.connect(place.url)
        try:
            return await _watched(made, place, db, events, consumers, partitions)
        finally:
            await db.close()


async def _watched(
    made: Servers, place: Site, db: asyncpg.Connection[asyncpg.Record], events: int, consumers: int, partitions: int
) -> Json:
    topic = place.prefix + TOPIC
    for _ in range(consumers):
        place.start(["-m", "bench.projection"], CAREBUS_ROLE="subscriber", CAREBUS_BATCH_RECORDS=_BATCH)

    async def begun() -> bool:
        """Every partition has an owner, and reading has begun: processes that join late would blur the rate."""
        placed = await db.fetchval(_PLACED, topic) == partitions
        return bool(placed and await db.fetchval(_READ, topic))

    await eventually(begun)
    first, at = await db.fetchval(_READ, topic), time.monotonic()
    own, servers = place.usage().cpu, usage_of(made.pids()).cpu
    memory = await _memory_until(place, db, topic, events)
    took, done, used = max(time.monotonic() - at, _LOOK_S), max(1, events - first), place.usage()
    return {
        "events": events,
        "rate": done / took,
        "seconds": took,
        "cpu_us": 1e6 * (used.cpu - own) / done,
        "server_cpu_us": 1e6 * (usage_of(made.pids()).cpu - servers) / done,
        "memory_mib": spread_out(memory, _SAMPLES),
        "peak_mib": used.peak_mib,
    }


async def _memory_until(
    place: Site, db: asyncpg.Connection[asyncpg.Record], topic: str, events: int
) -> Sequence[float]:
    """What the processes hold together, until all is read."""
    memory: list[float] = []
    deadline = time.monotonic() + 4 * LIMIT_S
    while await db.fetchval(_READ, topic) < events:
        memory.append(sum(resident_mib(process.pid) for process in place.processes))
        if time.monotonic() > deadline:
            raise TookTooLong
        await asyncio.sleep(_LOOK_S)
    return memory


def spread_out(values: Sequence[float], many: int) -> list[float]:
    """At most so many values that stand for all of these in their order: the median of each stretch, rounded."""
    step = max(1, -(-len(values) // many))
    return [round(middle(values[at : at + step])) for at in range(0, len(values), step)]

"""Referrals over HTTP through the real service and a bare endpoint, and what idle services hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from itertools import cycle

import orjson

from bench import real
from bench.figures import Latency
from bench.ground import Servers, site
from bench.http_load import Post, flood
from bench.saying import Json, Say
from bench.usage import resident_mib, usage_of
from deploy.local.embedded import free_port

SECONDS = 10
MANY = 6_000
"""More than are answered in that time: a person that comes again is matched with all that came before."""
CONNECTIONS = 8
IDLE_S = 15
SETTLE_S = 5


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Referrals that are all of new persons; then the four services with nothing to do."""
    posts = [Post("/api/referrals", orjson.dumps(body)) for body in real.referrals(MANY)]
    seconds = max(1.0, SECONDS * scale)
    async with site(made) as place:
        port = free_port()
        process = place.start(["-m", "bench.bare_api"], CAREBUS_PORT=str(port))
        bare = await _flooded(port, posts, seconds, process.pid)
    say(f"  bare endpoint: {bare['rate']:,.0f}/s, p99 {bare['latency']['p99']} ms")
    async with real.clinic(made, ["referral"]) as clinic:
        ours = await _flooded(clinic.ports["referral"], posts, seconds, clinic.pids["referral"])
    say(f"  referral service: {ours['rate']:,.0f}/s, p99 {ours['latency']['p99']} ms")
    idle = await _idle(made, max(2.0, IDLE_S * scale))
    say("  idle: " + ", ".join(f"{one['service']} {one['mib']:.0f} MiB" for one in idle))
    return {"connections": CONNECTIONS, "lines": {"bare FastAPI": bare, "referral service": ours}, "idle": idle}


async def _flooded(port: int, posts: list[Post], seconds: float, pid: int) -> Json:
    given: Iterator[Post] = cycle(posts)
    await flood(port, given, min(2.0, seconds), CONNECTIONS)
    before = usage_of([pid]).cpu
    took = await flood(port, given, seconds, CONNECTIONS)
    cpu = 1e6 * (usage_of([pid]).cpu - before) / len(took)
    return {"rate": len(took) / seconds, "latency": asdict(Latency.of(took)), "cpu_us": cpu}


async def _idle(made: Servers, seconds: float) -> list[Json]:
    """Memory and CPU of each service, all its roles in one process, when nothing happens."""
    async with real.clinic(made) as clinic:
        await asyncio.sleep(min(SETTLE_S, seconds))
        before = {name: usage_of([pid]).cpu for name, pid in clinic.pids.items()}
        await asyncio.sleep(seconds)
        return [
            {
                "service": name,
                "mib": resident_mib(pid),
                "cpu_percent": 100 * (usage_of([pid]).cpu - before[name]) / seconds,
            }
            for name, pid in clinic.pids.items()
        ]

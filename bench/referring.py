"""Referrals over HTTP through the real service and a bare endpoint; then what all takes when nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import cycle

import orjson

from bench import real
from bench.figures import Latency
from bench.ground import Servers, site
from bench.http_load import Post, flood
from bench.idle import idle
from bench.saying import Json, Say
from bench.usage import usage_of
from deploy.local.embedded import free_port

SECONDS = 10
MANY = 6_000
"""More than are answered in that time: a person that comes again is matched with all that came before."""
CONNECTIONS = 8
IDLE_S = 60


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Referrals that are all of new persons; then nothing."""
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
    taken = await idle(made, max(2.0, IDLE_S * scale))
    say("  idle: " + ", ".join(f"{one['service']} {one['mib']:.0f} MiB" for one in taken))
    return {"connections": CONNECTIONS, "lines": {"bare FastAPI": bare, "referral service": ours}, "idle": taken}


async def _flooded(port: int, posts: list[Post], seconds: float, pid: int) -> Json:
    given: Iterator[Post] = cycle(posts)
    await flood(port, given, min(2.0, seconds), CONNECTIONS)
    before = usage_of([pid]).cpu
    took = await flood(port, given, seconds, CONNECTIONS)
    cpu = 1e6 * (usage_of([pid]).cpu - before) / len(took)
    return {"rate": len(took) / seconds, "latency": asdict(Latency.of(took)), "cpu_us": cpu}

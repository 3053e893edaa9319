"""The automatic part of the journey: a referral posted, four real services, the family's message in SMTP."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict

import orjson

from bench import real
from bench.figures import Latency
from bench.ground import Servers, eventually
from bench.http_load import Post, Wire, wires
from bench.saying import Json, Say
from bench.usage import usage_of

JOURNEYS = 300
PACE = 10
_WARM = 20


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Each referral is accepted as soon as it is answered: a person's time to decide is not ours to measure."""
    journeys = max(20, int(JOURNEYS * scale))
    async with real.clinic(made) as clinic, wires(clinic.ports["referral"], 8) as opened:
        await real.join_roster(clinic.ports["care_plan"])
        bodies = real.referrals(_WARM + journeys)
        posted: dict[str, float] = {}
        free: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in opened:
            free.put_nowait(wire)
        used, begun = usage_of(list(clinic.pids.values())).cpu, time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, body in enumerate(bodies):
                await asyncio.sleep(max(0.0, begun + number / PACE - time.monotonic()))
                group.create_task(_one(free, body, posted))

        async def told() -> bool:
            return len(clinic.inbox.arrived) >= len(bodies)

        await eventually(told, 60)
        cpu = usage_of(list(clinic.pids.values())).cpu - used
        took = [clinic.inbox.arrived[address] - at for address, at in list(posted.items())[_WARM:]]
    found = Latency.of(took)
    say(f"  p50 {found.p50} ms, p99 {found.p99} ms")
    return {"pace": PACE, "latency": asdict(found), "cpu_ms": 1000 * cpu / len(bodies)}


async def _one(free: asyncio.Queue[Wire], body: Json, posted: dict[str, float]) -> None:
    posted[body["contact"]["email"]] = time.monotonic()
    wire = await free.get()
    try:
        answer = orjson.loads(await wire.post(Post("/api/referrals", orjson.dumps(body))))
        await wire.post(Post(f"/api/referrals/{answer['referral_id']}/accept", b"{}"))
    finally:
        free.put_nowait(wire)

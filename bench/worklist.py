"""The worklist's first page over HTTP among a hundred thousand referrals, by each filter that an office uses."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime

import asyncpg
import httpx

from bench.figures import Latency
from bench.ground import ROOT, Servers, database, eventually, site
from bench.office import fill
from bench.saying import Json, Say
from carebus.testing import people
from deploy.local.embedded import free_port

REFERRALS = 100_000
ASKED = 40
ADDRESSES = {
    "all that are open": "/",
    "not decided yet": "/?status=undecided",
    "urgent": "/?urgency=urgent",
    "one payer": "/?payer=medicare",
    "one coordinator": "/?person=coordinator7",
    "nobody's": "/?person=nobody",
    "one organization": "/?organization=Organization+17",
    "overdue": "/?overdue=yes",
    "loops closed": "/?status=closed",
}


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """The whole page, from the request to its last byte, one after the other."""
    referrals = max(1000, int(REFERRALS * scale))
    async with site(made) as place:
        url = await database(made, f"{place.prefix.rstrip('.')}_office", ROOT / "services" / "referral" / "migrations")
        db = await asyncpg.connect(url)
        await fill(db, referrals, datetime.now(UTC))
        await db.close()
        port, operators = free_port(), free_port()
        ports = {"CAREBUS_PORT": str(port), "CAREBUS_OPERATORS_PORT": str(operators)}
        place.start(["-m", "services.referral"], DATABASE_URL=url, CAREBUS_ROLE="api", **ports)
        async with httpx.AsyncClient(
            trust_env=False, headers=people.bearer(), base_url=f"http://127.0.0.1:{port}", timeout=30
        ) as client:
            await eventually(lambda: _ready(client, operators))
            lines = {name: await _asked(client, path, scale) for name, path in ADDRESSES.items()}
    say("  " + ", ".join(f"{name}: p50 {line['p50']:.0f} ms" for name, line in lines.items()))
    return {"referrals": referrals, "lines": lines}


async def _asked(client: httpx.AsyncClient, path: str, scale: float) -> Json:
    took = []
    for _ in range(max(3, int(ASKED * scale))):
        begun = time.perf_counter()
        answer = await client.get(path)
        took.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return asdict(Latency.of(took))


async def _ready(client: httpx.AsyncClient, operators: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{operators}/health/ready")).is_success
    except httpx.TransportError:
        return False

"""Equipment over HTTP among sixty thousand loans: what is due, serial numbers at two patients, balances, a patient."""

from __future__ import annotations

import time
from dataclasses import asdict

import asyncpg
import httpx

from bench import lent, sheets
from bench.figures import Latency
from bench.ground import ROOT, Servers, database, eventually, site
from bench.saying import Json, Say
from carebus.testing import people
from deploy.local.embedded import free_port

PATIENTS, ASKED = 10_000, 200
AIM_MS = 100
"""Of the list of what is due, at the 95th percentile."""
PAGES = {
    "what is due": "/",
    "deliveries": "/?show=deliveries",
    "pickups": "/?show=pickups",
    "faults and safety": "/?show=safety",
    "serial numbers at two patients": "/serials",
    "where things are": "/balances",
}


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """The whole page, from the request to its last byte, one after the other."""
    patients, asked = max(200, int(PATIENTS * scale)), max(3, int(ASKED * scale))
    async with site(made) as place:
        url = await database(
            made, f"{place.prefix.rstrip('.')}_equipment", ROOT / "services" / "equipment" / "migrations"
        )
        db = await asyncpg.connect(url)
        await lent.fill(db, patients, say)
        await db.close()
        port, operators = free_port(), free_port()
        ports = {"CAREBUS_PORT": str(port), "CAREBUS_OPERATORS_PORT": str(operators)}
        place.start(["-m", "services.equipment"], DATABASE_URL=url, CAREBUS_ROLE="api", **ports)
        async with httpx.AsyncClient(
            trust_env=False, headers=people.bearer(), base_url=f"http://127.0.0.1:{port}", timeout=30
        ) as client:
            await eventually(lambda: _ready(client, operators))
            lines = {name: await _asked(client, [path] * asked) for name, path in PAGES.items()}
            homes = [f"/patients/{sheets.patient_of(n * 7919 % patients)}" for n in range(asked)]
            lines["a patient's equipment"] = await _asked(client, homes)
    say("  " + ", ".join(f"{name}: p95 {line['p95']:.0f} ms" for name, line in lines.items()))
    return {"patients": patients, "loans": patients * lent.EACH, "lines": lines}


async def _asked(client: httpx.AsyncClient, paths: list[str]) -> Json:
    took = []
    (await client.get(paths[0])).raise_for_status()  # the first of its kind compiles its template
    for path in paths:
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

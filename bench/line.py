"""The line's screen and search over HTTP among fifty thousand patients, as a nurse at night asks for them."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import asyncpg
import httpx

from bench import sheets
from bench.figures import Latency
from bench.ground import ROOT, Servers, database, eventually, site
from bench.saying import Json, Say
from carebus.ids import new_id
from carebus.testing import people
from deploy.local.embedded import free_port

PATIENTS, ASKED, OPEN = 50_000, 300, 60
AIM_MS = 100
"""At the 99th percentile."""


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """The whole page, from the request to its last byte, one after the other, each about another patient."""
    patients = max(1000, int(PATIENTS * scale))
    async with site(made) as place:
        url = await database(made, f"{place.prefix.rstrip('.')}_line", ROOT / "services" / "line" / "migrations")
        db = await asyncpg.connect(url)
        await sheets.fill(db, patients, say)
        await db.close()
        port, operators = free_port(), free_port()
        ports = {"CAREBUS_PORT": str(port), "CAREBUS_OPERATORS_PORT": str(operators)}
        place.start(["-m", "services.line"], DATABASE_URL=url, CAREBUS_ROLE="api", **ports)
        async with httpx.AsyncClient(
            trust_env=False, headers=people.bearer(), base_url=f"http://127.0.0.1:{port}", timeout=30
        ) as client:
            await eventually(lambda: _ready(client, operators))
            nurse = Nurse(client, patients)
            await nurse.answers(OPEN)
            lines = {name: await nurse.asks(name, max(3, int(ASKED * scale))) for name in ASKS}
    say("  " + ", ".join(f"{name}: p99 {line['p99']:.0f} ms" for name, line in lines.items()))
    return {"patients": patients, "open": OPEN, "lines": lines}


ASKS = (
    *("the board", "a call with its sheet", "a sheet"),
    *("found by phone", "by the beginning of a name", "by both names", "by birth date", "by member number"),
)


class Nurse:
    """Somebody on the line."""

    def __init__(self, client: httpx.AsyncClient, patients: int) -> None:
        self._client = client
        self._patients = patients
        self._calls: list[str] = []
        self._turn = 0

    async def answers(self, calls: int) -> None:
        """So many calls are open, each about somebody."""
        for _ in range(calls):
            call = (await self._post("/api/calls", {"from_number": "617 555 00007"}))["call_id"]
            await self._post(f"/api/calls/{call}/link", {"patient_id": str(sheets.patient_of(self._next()))})
            self._calls.append(call)

    async def asks(self, what: str, times: int) -> Json:
        """How long this takes, about other patients each time."""
        took = []
        (await self._ask(what, self._next())).raise_for_status()  # the first of its kind compiles its template
        for _ in range(times):
            begun = time.perf_counter()
            answer = await self._ask(what, self._next())
            took.append(time.perf_counter() - begun)
            answer.raise_for_status()
        return asdict(Latency.of(took))

    async def _ask(self, what: str, n: int) -> httpx.Response:
        match what:
            case "the board":
                return await self._client.get("/")
            case "a call with its sheet":
                return await self._client.get(f"/calls/{self._calls[n % len(self._calls)]}")
            case "a sheet":
                return await self._client.get(f"/patients/{sheets.patient_of(n)}")
            case _:
                found = await self._client.post("/find", data=_said(what, n))
                assert "/patients/" in found.text, f"nobody is {what}"
                return found

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(path, json=body, headers={"Idempotency-Key": str(new_id())})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _next(self) -> int:
        self._turn += 1
        return self._turn * 7919 % self._patients


def _said(what: str, n: int) -> dict[str, str]:
    """What the caller says of the nth patient."""
    person = sheets.person_of(n)
    return {
        "found by phone": {"phone": person["phone"]},
        "by the beginning of a name": {"name": person["family_name"][:3]},
        "by both names": {"name": f"{person['given_name'].split()[0]} {person['family_name']}"},
        "by birth date": {"born": person["birth_date"].isoformat()},
        "by member number": {"number": f"W{n:09}"},
    }[what]


async def _ready(client: httpx.AsyncClient, operators: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{operators}/health/ready")).is_success
    except httpx.TransportError:
        return False

"""What sign-in, rules, doors and the audit cost: each service with and without a floor, in turns on one machine."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import orjson

from bench.figures import Latency, middle, paired_ratio
from bench.ground import ROOT, Servers, Site, database, site
from bench.http_load import Post, flood
from bench.saying import Json, Say
from bench.usage import usage_of
from bench.without import service
from carebus.access import Holds, Relation
from carebus.service import Service
from carebus.settings import Settings
from carebus.storage import relations
from carebus.testing import people
from deploy.local.embedded import free_port
from services.audit import store
from services.audit.store import Wanted

TURNS = 5
SECONDS = 3.0
CONNECTIONS = 16
PATIENTS = 2000
PENDING = 20_000
ROWS = 1_000_000
ASKED = 20

_PENDING = """
insert into audit_pending (content)
select replace(replace($1::text, 'ID', gen_random_uuid()::text), 'PATIENT', gen_random_uuid()::text)
from generate_series(1, $2::int)
"""
_ROWS = """
with new as (
    insert into audit_row (id, service, batch, number, at, who, kind, name, emergency_reason, patients, doc)
    select gen_random_uuid(), 'care_plan', n / 200, n, $1::timestamptz - n * interval '1 second',
           'account ' || n % 200, (array['read', 'read', 'read', 'command', 'denial'])[n % 5 + 1], 'GET /',
           case when n % 5000 = 0 then 'pain at night' else '' end,
           array[('00000000-0000-0000-0000-' || lpad((n % 20000)::text, 12, '0'))::uuid],
           replace(replace($2::text, 'ID', gen_random_uuid()::text), 'PATIENT', gen_random_uuid()::text)::json
    from generate_series(1, $3::int) as n
    returning id, at, kind, patients
)
insert into audit_patient (patient, at, id, kind) select patients[1], at, id, kind from new
"""
_CONTENT = (
    '{"id":"ID","at":"2026-03-02T14:00:00Z","clinic_at":"2026-03-02T14:00:00Z","who":"account 1","role":"nurse",'
    '"kind":"read","name":"GET /patients/{patient_id}","patients":["PATIENT"]}'
)


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Commands with and without audit, the doors' CPU, a page's time, the sealer's and the search's."""
    async with site(made) as place:
        everyone = [uuid4() for _ in range(max(100, int(PATIENTS * scale)))]
        await _panel(place, everyone)
        found = {
            "commands": await _paired(place, "audit", _commands(everyone), scale),
            "doors": await _paired(place, "doors", itertools.repeat(Post("/nothing", b"", "GET")), scale),
            "page": await _paired(place, "sign-in", _pages(everyone), scale, connections=1),
            "sealer": await _sealer(place, max(1000, int(PENDING * scale))),
        }
    found["search"] = await _search(made, max(10_000, int(ROWS * scale)))
    say("  " + ", ".join(_said(name, line) for name, line in found.items()))
    return found


def _said(name: str, line: Json) -> str:
    return f"{name} {line['rate_ratio']:.2f} of the rate" if "rate_ratio" in line else f"{name} {line}"


def _commands(everyone: list[UUID]) -> Iterator[Post]:
    return (Post("/visits", orjson.dumps({"patient_id": str(one)})) for one in itertools.cycle(everyone))


def _pages(everyone: list[UUID]) -> Iterator[Post]:
    return (Post(f"/visits/{one}", b"", "GET") for one in itertools.cycle(everyone))


async def _panel(place: Site, everyone: list[UUID]) -> None:
    now = datetime.now(UTC)
    db = await asyncpg.connect(place.url)
    await relations.write(db, [Holds(Relation.PANEL, people.account(), one, now) for one in everyone])
    await db.close()


async def _paired(
    place: Site, left_out: str, posts: Iterator[Post], scale: float, connections: int = CONNECTIONS
) -> Json:
    """The service with and without a floor, in turns: requests a second, CPU a request, how long one takes."""
    lines: dict[str, list[tuple[float, float, Latency]]] = {"with": [], "without": []}
    seconds = max(0.5, SECONDS * scale)
    processes = {name: _started(place, left_out if name == "without" else "") for name in lines}
    for turn in range(TURNS + 1):
        for name, (process, port) in processes.items():
            before = usage_of([process.pid]).cpu
            took = await flood(port, posts, seconds, connections)
            cpu = usage_of([process.pid]).cpu - before
            if turn:  # the first is for warming up
                lines[name].append((len(took) / seconds, 1e6 * cpu / len(took), Latency.of(took)))
    place.stop()
    columns = {name: list(zip(*turns, strict=True)) for name, turns in lines.items()}
    return {
        "rate_ratio": paired_ratio(columns["with"][0], columns["without"][0]),
        "cpu_ratio": paired_ratio(columns["with"][1], columns["without"][1]),
        "p50_more_ms": middle([a.p50 - b.p50 for a, b in zip(columns["with"][2], columns["without"][2], strict=True)]),
        **{
            name: {"rate": middle(rate), "cpu_us": middle(cpu), **asdict(latencies[-1])}
            for name, (rate, cpu, latencies) in columns.items()
        },
    }


def _started(place: Site, left_out: str) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    told = {"CAREBUS_ROLE": "api", "CAREBUS_PORT": str(port), "BENCH_WITHOUT": left_out}
    return place.start(["-m", "bench.without"], **told), port


def _service_at(place: Site) -> Service:
    """The same service in this process."""
    told = {"database_url": place.url, "kafka_bootstrap_servers": place.bootstrap, "topic_prefix": place.prefix}
    return service(Settings.model_validate(told))


async def _sealer(place: Site, many: int) -> Json:
    """How many pending rows a second are chained and told."""
    made = _service_at(place)
    await made.core.database.open()
    async with made.core.database.connection() as db:
        await db.execute("truncate audit_pending")
        await db.execute(_PENDING, _CONTENT, many)
    begun = time.perf_counter()
    while await made.sealer.seal():
        pass
    seconds = time.perf_counter() - begun
    await made.core.database.close()
    return {"rows": many, "rate": many / seconds}


async def _search(made: Servers, many: int) -> Json:
    """The first page of each kind of search among so many rows, in milliseconds."""
    url = await database(made, "audit_of_many", ROOT / "services" / "audit" / "migrations")
    db = await asyncpg.connect(url)
    now = datetime.now(UTC)
    try:
        await db.execute(_ROWS, now, _CONTENT, many)
        await db.execute("vacuum analyze audit_row, audit_patient")
        patient = UUID(int=0x17)
        wanted = {
            "a patient": Wanted(patient=patient),
            "a person": Wanted(who="account 7"),
            "a time": Wanted(until=now),
            "a reason": Wanted(reason="night"),
            "a patient and a person": Wanted(patient=patient, who="account 7"),
        }
        return {"rows": many, "p50_ms": {name: await _asked(db, one) for name, one in wanted.items()}}
    finally:
        await db.close()


async def _asked(db: asyncpg.Connection[asyncpg.Record], wanted: Wanted) -> float:
    took = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        await store.rows(db, wanted, None, 50)
        took.append(1000 * (time.perf_counter() - begun))
    return middle(took)

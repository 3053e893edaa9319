"""How long a match takes among a million people in PostgreSQL, and what becomes of who is known and who is new."""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.matching.population import SEED, Population
from carebus.storage.database import Connection
from carebus.storage.migrate import migrate
from services.referral.domain.matching import Traits, Verdict, place
from services.referral.domain.matching.blocking import VERSION, keys
from services.referral.store.identity import persons as identity

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
ASKED = 1000
TOGETHER = 100
ROOT = Path(__file__).parents[2]
_COLUMNS = ("referral_id", "patient_id", *Traits.__slots__, "keys", "made_by")


async def fill(url: str) -> None:
    """Put the people in, in bulk: rows first, then the index that finds them."""
    await migrate(url, ROOT / "services" / "referral" / "migrations")
    db = await asyncpg.connect(url)
    try:
        await db.execute("alter table person_key drop constraint person_key_pkey")
        people, done = Population().people(PEOPLE), 0
        while some := [person for person, _ in zip(people, range(50_000), strict=False)]:
            await _copy(db, some, done)
            done += len(some)
        await db.execute("alter table person_key add primary key (key, referral_id)")
        await db.execute("vacuum (analyze) person_key, person")  # as autovacuum would have, by and by
    finally:
        await db.close()


async def _copy(db: asyncpg.Connection, people: Sequence[Traits], first: int) -> None:
    found = [(UUID(int=first + n), person, keys(person)) for n, person in enumerate(people)]
    rows = [
        (of, of, *(getattr(person, name) for name in Traits.__slots__), under, VERSION) for of, person, under in found
    ]
    await db.copy_records_to_table("person", records=rows, columns=_COLUMNS)
    await db.copy_records_to_table("person_key", records=[(key, of) for of, _, under in found for key in under])


async def measure(url: str) -> dict[str, object]:
    """Match people who are known and people who are not, one at a time and a hundred at a time."""
    db: Connection = await asyncpg.connect(url)
    try:
        known, new = await _asked(db)
        await _each(db, known[:50])  # the first ones warm the plan and the caches
        results: dict[str, object] = {"people": PEOPLE, "bytes": await _bytes(db)}
        for name, asked in (("known", known), ("new", new)):
            results[name] = await _each(db, asked)
        results["together"] = await _together(db, [traits for traits, _ in (*known, *new)])
        return results
    finally:
        await db.close()


async def _asked(db: Connection) -> tuple[list[tuple[Traits, UUID | None]], list[tuple[Traits, UUID | None]]]:
    chance, again, strangers = random.Random(SEED + 1), Population(SEED + 1), Population(SEED + 2)
    ids = [UUID(int=chance.randrange(PEOPLE)) for _ in range(ASKED)]
    rows = await db.fetch("select * from person where referral_id = any($1::uuid[]) order by referral_id", ids)
    known = [(again.again(Traits(**{name: row[name] for name in Traits.__slots__})), row["patient_id"]) for row in rows]
    return known, [(stranger, None) for stranger in strangers.people(ASKED)]


async def _each(db: Connection, asked: Sequence[tuple[Traits, UUID | None]]) -> dict[str, object]:
    times, sizes, ends = [], [], Counter[str]()
    for traits, who in asked:
        begun = time.perf_counter()
        [found] = await identity.candidates(db, [traits])
        placed = place(traits, found.known, found.population, proven=found.proven)
        times.append((time.perf_counter() - begun) * 1000)
        sizes.append(len(found.known))
        right = who in {
            each.patient_id for each in placed.candidates[: 1 if placed.verdict is Verdict.AUTO_LINKED else None]
        }
        ends[f"{placed.verdict.value}{'' if who is None else ', right' if right else ', wrong'}"] += 1
    cuts = statistics.quantiles(times, n=100)
    return {
        "asked": len(asked), "p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98], "most_ms": max(times),
        "candidates_mean": statistics.mean(sizes), "candidates_most": max(sizes), "ends": dict(ends),
    }  # fmt: skip


async def _together(db: Connection, asked: list[Traits]) -> dict[str, float]:
    random.Random(SEED).shuffle(asked)
    begun, matched = time.perf_counter(), 0
    for first in range(0, len(asked), TOGETHER):
        some = asked[first : first + TOGETHER]
        for traits, found in zip(some, await identity.candidates(db, some), strict=True):
            place(traits, found.known, found.population, proven=found.proven)
            matched += 1
    return {"at_once": TOGETHER, "ms_each": (time.perf_counter() - begun) * 1000 / matched}


async def _bytes(db: Connection) -> dict[str, int]:
    of = "select relname, pg_total_relation_size(oid) as bytes from pg_class where relname in ('person', 'person_key')"
    return {row["relname"]: row["bytes"] for row in await db.fetch(of)}


def shown(results: dict[str, object]) -> str:
    """As JSON, for the page."""
    return json.dumps(results, indent=2)

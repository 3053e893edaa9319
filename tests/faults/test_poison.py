"""Records that nobody can handle: each parked with its reason or passed over, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import math
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from carebus.kafka import topics
from carebus.settings import Settings
from tests.databases import fresh_database
from tests.faults import chain
from tests.faults.breaking import poison
from tests.faults.breaking.poisoned import Poisoned, compared
from tests.faults.kinds import ALLOWING, KINDS, REFUSING
from tests.faults.operator import Operator
from tests.faults.results import Result
from tests.faults.storm import run
from tests.faults.stranger import NOBODY, Stranger, stranger
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
PARTITIONS = 2
NAME = "Zqpoison"
Tell = Callable[[Result], Result]


async def test_every_kind_of_poison_is_parked_with_its_reason_or_passed_over_and_patients_go_on_in_order(
    postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await topics.create([kafka_bootstrap], prefix=topic_prefix, partitions=PARTITIONS)
    dice = random.Random(1)
    async with (
        fresh_database(postgres_url, "echo", chain.MIGRATIONS) as url,
        stranger(kafka_bootstrap, topic_prefix + "patient.events", PARTITIONS) as somebody,
    ):
        service = chain.make("echo", settings(url, kafka_bootstrap, topic_prefix))
        operator = Operator("echo", url, kafka_bootstrap, topic_prefix, tmp_path)
        async with service.running():
            async with service.core.database.connection() as db:
                await db.execute(REFUSING)
            well, written = poison.Healthy(uuid4()), []
            for kind in KINDS:
                written.append(await poison.write(somebody, kind, dice, NAME))
                await well.write(somebody, 3, dice)
            await poison.none_wrong(well.missing, url)
            await poison.none_wrong(poison.wrong, url, "echo", written)
            shown = (await operator.parked("list"))[2]
            async with service.core.database.connection() as db:
                await db.execute(ALLOWING)
            for one in written:
                one.mended = one.kind.becomes == "database_refused"
            await poison.clear(operator, written, mend=1)
            for one in written:
                await poison.write_on(somebody, one, NAME)
            await poison.none_wrong(poison.disordered, url, "echo", written)
            assert service.subscriber.stopped is None
    assert NAME not in shown
    assert NAME not in "".join(capfd.readouterr())


@pytest.mark.faults
async def test_one_record_in_a_hundred_is_poison_and_nobody_else_waits(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    fault = Poisoned(rounds=3, round_s=7)
    result = await run(own_servers, tmp_path, "1 % poison", fault, SEED)
    result = told(replace(result, seen=result.seen | await fault.latencies()))
    assert result.clean, result
    assert result.seen["kinds of poison"] >= 20
    assert fault.world is not None
    assert {member.starts for member in fault.world.fleet.members} == {1}
    assert not fault.world.fleet.logged("subscriber_stopped")
    assert not fault.world.fleet.logged("batch_retries"), "no batch waited for what is wrong with one of its records"


@pytest.mark.faults
async def test_what_one_poison_in_a_hundred_does_to_the_healthy_in_one_process(
    postgres_url: str, kafka_bootstrap: str, topic_prefix: str, told: Tell
) -> None:
    await topics.create([kafka_bootstrap], prefix=topic_prefix, partitions=PARTITIONS)
    dice, tries = random.Random(SEED), Tries()
    async with (
        fresh_database(postgres_url, "echo", chain.MIGRATIONS) as url,
        stranger(kafka_bootstrap, topic_prefix + "patient.events", PARTITIONS) as somebody,
    ):
        service = chain.make("echo", settings(url, kafka_bootstrap, topic_prefix))
        service.batch.apply = tries.counting(service.batch.apply)  # type: ignore[method-assign]
        async with service.running():
            async with service.core.database.connection() as db:
                await db.execute(REFUSING)
            crowd, written = poison.Crowd([uuid4() for _ in range(200)]), list[poison.Series]()
            of: dict[bool, list[str]] = {False: [], True: []}
            for n in range(WARM_UP + 2 * TURNS):
                before = len(crowd.sent)
                await paced(somebody, crowd, dice, written if n % 2 and n >= WARM_UP else None)
                await poison.none_wrong(crowd.unheard, url)
                if n >= WARM_UP:
                    of[bool(n % 2)] += list(crowd.sent)[before:]
            await poison.none_wrong(poison.wrong, url, "echo", written)
            waited = await crowd.waited(url)
            assert service.subscriber.stopped is None
            assert service.core.metrics.total(service.core.metrics.retries) == 0
    seen = compared({poisoned: [waited[mark] for mark in marks] for poisoned, marks in of.items()})
    told(_result(len(crowd.sent), len(written), seen | {"tries more": tries.more}))
    refused = sum(one.kind.becomes == "database_refused" for one in written)
    assert tries.more <= refused * 2 * math.ceil(math.log2(tries.largest + 1)), "the healthy are tried again too often"


WARM_UP, TURNS, EACH, PACE_S = 2, 4, 500, 0.005
"""Rounds before it counts, rounds of each sort, healthy events in one, seconds between them."""


async def paced(
    somebody: Stranger, crowd: poison.Crowd, dice: random.Random, written: list[poison.Series] | None
) -> None:
    """Healthy events at an even pace; with `written`, one series of poison to every hundred of them."""
    under_way = []
    for n in range(EACH):
        under_way.append(asyncio.create_task(crowd.write(somebody, dice)))
        if written is not None and n % 100 == 50:
            written.append(await poison.write(somebody, KINDS[len(written) * 7 % len(KINDS)], dice, NAME))
        await asyncio.sleep(PACE_S)
    await asyncio.gather(*under_way)


@dataclass
class Tries:
    """Counts how often a batch, or a part of one, was tried."""

    sizes: list[int] = field(default_factory=list)
    failed: int = 0

    @property
    def more(self) -> int:
        """Tries that a batch without poison would not have needed: what failed, and was tried in parts."""
        return 2 * self.failed

    @property
    def largest(self) -> int:
        return max(self.sizes)

    def counting(self, apply: Any) -> Any:
        """The same, counted."""

        async def counted(db: Any, arrivals: Any, *rest: Any) -> Any:
            self.sizes.append(len(arrivals))
            try:
                return await apply(db, arrivals, *rest)
            except Exception:
                self.failed += 1
                raise

        return counted


def _result(healthy: int, series: int, seen: dict[str, int]) -> Result:
    """No column of counts applies: what `wrong` and `unheard` find fails the test."""
    return Result(
        fault="1 % poison, one process",
        seed=SEED,
        injected={"poison": series},
        commands=healthy,
        acked=healthy,
        acked_meanwhile=0,
        counts={},
        fenced=0,
        repeated_records=0,
        refused={},
        recovery_s={},
        rested=True,
        first_violations=[],
        seen=seen,
    )


def settings(url: str, bootstrap: str, prefix: str) -> Settings:
    return Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap_servers": bootstrap,
            "topic_prefix": prefix,
            "drain_seconds": 3,
            "believed_sources": NOBODY,
        }
    )

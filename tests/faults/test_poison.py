"""Records that nobody can handle: each parked with its reason or passed over, and nobody else waits for it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from carebus import topics
from carebus.settings import Settings
from tests.databases import fresh_database
from tests.faults import chain
from tests.faults.breaking import poison
from tests.faults.breaking.poisoned import Poisoned
from tests.faults.kinds import ALLOWING, KINDS, REFUSING
from tests.faults.operator import Operator
from tests.faults.storm import Result, run
from tests.faults.stranger import stranger
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
PARTITIONS = 2
NAME = "Zqpoison"
Tell = Callable[[Result], Result]


async def test_every_kind_of_poison_is_parked_with_its_reason_or_passed_over_and_patients_go_on_in_order(
    postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await topics.create(kafka_bootstrap, prefix=topic_prefix, partitions=PARTITIONS)
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


def settings(url: str, bootstrap: str, prefix: str) -> Settings:
    return Settings.model_validate(
        {"database_url": url, "kafka_bootstrap_servers": bootstrap, "topic_prefix": prefix, "drain_seconds": 3}
    )

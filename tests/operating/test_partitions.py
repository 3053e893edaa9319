"""More partitions send a patient's later events elsewhere: what that does to readers, and which steps are safe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from carebus.service import Service
from services.outcomes import app
from tests.carebus.cli.clinic import Clinic
from tests.carebus.cli.conftest import Carebus
from tests.carebus.cli.test_rebuild import counts, read, right
from tests.carebus.wires import someone, until
from tests.outcomes.journeys import Way, way

PATIENTS = 60


@pytest.fixture
async def outcomes(clinic: Clinic) -> AsyncIterator[Clinic]:
    """A clinic whose operator looks after the outcomes service."""
    async with clinic.database("outcomes"):
        yield clinic


@asynccontextmanager
async def running() -> AsyncIterator[Service]:
    service = app.service()
    async with service.running():
        yield service


class Halves:
    """Patients whose ways are told half before and half after the partitions are added."""

    def __init__(self, seed: int) -> None:
        dice = Random(seed)
        self.ways: list[Way] = [way(dice) for _ in range(PATIENTS)]
        self.patients = [someone() for _ in self.ways]

    async def first(self, clinic: Clinic) -> None:
        for patient, one in zip(self.patients, self.ways, strict=True):
            await clinic.tell(patient, one.events[: len(one.events) // 2])
        await clinic.producer.flush()

    async def second(self, clinic: Clinic) -> None:
        for patient, one in zip(self.patients, self.ways, strict=True):
            await clinic.tell(patient, one.events[len(one.events) // 2 :])
        await clinic.producer.flush()


async def add_partitions(clinic: Clinic, total: int) -> None:
    """As an operator does, and with a relay that knows of them."""
    topic = clinic.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
    bootstrap = clinic.environment["KAFKA_BOOTSTRAP_SERVERS"]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_partitions({topic: NewPartitions(total_count=total)})
    await admin.close()
    while len(await clinic.producer.partitions_for(topic)) < total:
        await clinic.producer.client.force_metadata_update()


async def parked(clinic: Clinic) -> list[Any]:
    return await clinic.query("select reason, rule, count(*) from parked_event group by reason, rule")


async def test_added_when_everything_told_has_been_read_they_change_nothing(outcomes: Clinic) -> None:
    halves = Halves(seed=11)
    await halves.first(outcomes)
    async with running():
        await read(outcomes)
    await add_partitions(outcomes, 7)
    await halves.second(outcomes)
    async with running() as service:
        await read(outcomes)
        assert await parked(outcomes) == []
        assert await counts(service) == right(halves.ways)


async def test_added_while_events_wait_they_are_read_out_of_order_and_parked_until_it_is_mended(
    outcomes: Clinic,
) -> None:
    halves = Halves(seed=12)
    await halves.first(outcomes)
    await add_partitions(outcomes, 7)
    await halves.second(outcomes)
    async with running() as service:
        await read(outcomes)

        async def nothing_waits() -> bool:
            return await parked(outcomes) == []

        await until(nothing_waits, "what was parked has been handled")
        assert service.core.metrics.total(service.core.metrics.parked_total) > 0
        assert await counts(service) == right(halves.ways)


async def test_a_projection_is_rebuilt_from_topics_whose_partitions_were_added(
    outcomes: Clinic, carebus: Carebus
) -> None:
    halves = Halves(seed=13)
    await halves.first(outcomes)
    async with running():
        await read(outcomes)
    await add_partitions(outcomes, 7)
    await halves.second(outcomes)
    async with running() as service:
        await read(outcomes)
        ended = await carebus("rebuild", "outcomes", "--json")
        assert ended.code == 0, ended.out + ended.err
        assert await counts(service) == right(halves.ways)

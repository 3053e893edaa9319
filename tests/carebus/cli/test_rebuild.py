"""`carebus rebuild` on real servers: the outcomes service is made again from the first event, and nobody notices."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from carebus.operating import refilling
from carebus.service import Service
from carebus.storage import copies
from carebus.testing import client_of
from services.outcomes import app
from tests.carebus.cli.clinic import Clinic
from tests.carebus.cli.conftest import Carebus
from tests.carebus.wires import assessed, someone, until
from tests.outcomes.journeys import Way, expected, way

SPOIL = """update journey set doc = doc || '{"visits_completed": 100}'"""


@pytest.fixture
async def outcomes(clinic: Clinic) -> AsyncIterator[Clinic]:
    """A clinic whose operator looks after the outcomes service."""
    async with clinic.database("outcomes"):
        yield clinic


async def tell(clinic: Clinic, patients: int, seed: int) -> list[Way]:
    """The ways of so many patients, their events mixed as they come."""
    dice = Random(seed)
    ways = [way(dice) for _ in range(patients)]
    for one in ways:
        await clinic.tell(someone(), one.events)
    await clinic.producer.flush()
    return ways


@asynccontextmanager
async def running(clinic: Clinic) -> AsyncIterator[Service]:
    """The outcomes service at work, once it has read everything."""
    service = app.service()
    async with service.running():
        yield service


async def read(clinic: Clinic) -> None:
    """Wait until the service has read all that is told."""
    topic = clinic.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
    told = sum(clinic.sequences.values())

    async def done() -> bool:
        rows = await clinic.query(
            "select sum(next_offset)::bigint as read from consumer_offset where topic = $1", topic
        )
        return bool(rows[0]["read"] == told)

    await until(done, "everything is read")


async def counts(service: Service) -> dict[str, Any]:
    """What the service's page tells."""
    async with client_of(service) as http:
        told = (await http.get("/api/outcomes")).json()
    return {
        key: told[key] for key in ("received", "accepted", "visits_completed", "notified", "failed", "declined_in_all")
    }


def right(ways: list[Way]) -> dict[str, Any]:
    """What it should tell."""
    of = expected(ways)
    exact = {key: of[key] for key in ("received", "accepted", "visits_completed", "notified", "failed")}
    return {**exact, "declined_in_all": sum(of["declined"].values())}


async def test_a_running_projection_is_rebuilt_and_reads_on(outcomes: Clinic, carebus: Carebus) -> None:
    ways = await tell(outcomes, 40, seed=1)
    async with running(outcomes) as service:
        await read(outcomes)
        assert await counts(service) == right(ways)
        await outcomes.query(SPOIL)
        ended = await carebus("rebuild", "outcomes", "--actor", "nina", "--because", "wrong visits", "--json")
        assert (ended.code, ended.json["events"], ended.json["parked"]) == (0, sum(outcomes.sequences.values()), 0)
        assert await counts(service) == right(ways)
        ways += await tell(outcomes, 20, seed=2)
        await read(outcomes)
        assert await counts(service) == right(ways)
        assert service.subscriber.stopped is None
    acts = await outcomes.query("select actor, act, target, because, events from operator_act")
    assert [tuple(row.values()) for row in acts] == [
        ("nina", "rebuild", "outcomes", "wrong visits", ended.json["events"])
    ]
    assert await outcomes.query("select from pg_namespace where nspname = 'carebus_copy'") == []
    assert (await carebus("reconcile", "outcomes")).code == 0


async def test_until_it_is_ready_the_old_figures_stand_and_a_killed_rebuild_goes_on(
    outcomes: Clinic, carebus: Carebus
) -> None:
    ways = await tell(outcomes, 60, seed=3)
    async with running(outcomes) as service:
        await read(outcomes)
        await outcomes.query(SPOIL)
        old = await counts(service)
        command = ("rebuild", "outcomes")
        had = await outcomes.kill_midway(command, 50, CAREBUS_BATCH_RECORDS="2")
        assert await counts(service) == old
        ended = await carebus(*command, "--json")
        assert (ended.code, ended.json["went_on_after"]) == (0, had)
        assert f"goes on after {had} records" in ended.err
        assert ended.json["events"] == sum(outcomes.sequences.values())
        assert await counts(service) == right(ways)


async def test_what_is_told_while_it_changes_places_counts_once(outcomes: Clinic, carebus: Carebus) -> None:
    ways = await tell(outcomes, 30, seed=7)
    stop = asyncio.Event()

    async def go_on_telling() -> None:
        for seed in itertools.count(100):
            if stop.is_set():
                return
            ways.extend(await tell(outcomes, 5, seed))

    async with running(outcomes) as service:
        await read(outcomes)
        telling = asyncio.create_task(go_on_telling())
        for _ in range(3):
            assert (await carebus("rebuild", "outcomes")).code == 0
        stop.set()
        await telling
        await read(outcomes)
        assert await counts(service) == right(ways)
    assert (await carebus("reconcile", "outcomes")).code == 0


async def test_the_new_figures_are_never_behind_the_old(
    outcomes: Clinic, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(outcomes, 20, seed=8)
    async with running(outcomes):
        await read(outcomes)

    async def not_yet(_: refilling.Work) -> None:
        """As if all of it had been told, and read by the service, since the copy had caught up."""

    monkeypatch.setattr(refilling.Work, "catch_up", not_yet)
    ended = await carebus("rebuild", "outcomes", "--json")
    assert (ended.code, ended.json["events"]) == (0, sum(outcomes.sequences.values()))
    assert len(await outcomes.query("select from journey")) == 20


async def test_another_program_or_who_says_so_begins_afresh(
    outcomes: Clinic, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = await tell(outcomes, 60, seed=4)
    await outcomes.kill_midway(("rebuild", "outcomes"), 50, CAREBUS_BATCH_RECORDS="2")
    ended = await carebus("rebuild", "outcomes", "--afresh", "--json")
    assert (ended.code, ended.json["went_on_after"]) == (0, 0)
    await outcomes.query(SPOIL)
    await outcomes.kill_midway(("rebuild", "outcomes"), 50, CAREBUS_BATCH_RECORDS="2")
    monkeypatch.setattr(refilling, "sources_of", lambda _: [])
    ended = await carebus("rebuild", "outcomes", "--json")
    assert (ended.code, ended.json["went_on_after"]) == (0, 0)
    async with running(outcomes) as service:
        assert await counts(service) == right(ways)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("referral", "it tells events (FirstContactAttempted,"),
        ("care_plan", "it tells events (BereavedPersonStated,"),
        ("notifications", "it tells events (NotificationRequested,"),
    ],
)
async def test_who_tells_events_is_refused_in_a_sentence(
    clinic: Clinic, carebus: Carebus, monkeypatch: pytest.MonkeyPatch, service: str, why: str
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("CAREBUS_MAIL_FROM", "care@carebus.example")
    async with clinic.database(service):
        ended = await carebus("rebuild", service)
    assert ended.code == 1
    assert ended.err.startswith(f"carebus: {service} can't be made again from the topics: {why}")
    assert ended.err.endswith("Restore it from its backup and reconcile it.\n")


async def test_what_more_events_fail_on_than_before_is_not_put_in_place(outcomes: Clinic, carebus: Carebus) -> None:
    await tell(outcomes, 20, seed=5)
    patient = someone()
    broken = assessed("x").model_copy(update={"ruleset": None})
    await outcomes.put(broken, patient, "referral", 1)
    await outcomes.producer.flush()
    await outcomes.query("insert into journey (stream, doc) values ('patient/old', '{}')")
    ended = await carebus("rebuild", "outcomes")
    assert (ended.code, "carebus: 1 events could not be handled" in ended.err) == (1, True)
    assert [row["stream"] for row in await outcomes.query("select stream from journey")] == ["patient/old"]
    ended = await carebus("rebuild", "outcomes", "--accept-parked", "--json")
    assert (ended.code, ended.json["parked"]) == (1, 1)
    assert len(await outcomes.query("select from journey")) == 20
    assert [row["events"] for row in await outcomes.query("select events from operator_act order by id")] == [
        None,
        ended.json["events"],
    ]


async def test_most_events_failing_stops_it_at_once(outcomes: Clinic, carebus: Carebus) -> None:
    for _ in range(30):
        await outcomes.put(assessed("x").model_copy(update={"ruleset": None}), someone(), "referral", 1)
    await outcomes.producer.flush()
    ended = await carebus("rebuild", "outcomes", "--accept-parked")
    assert (ended.code, "Most events fail with this release" in ended.err) == (1, True)
    assert await outcomes.query("select from parked_event") == []


async def test_a_topic_without_its_first_events_is_refused(outcomes: Clinic, carebus: Carebus) -> None:
    await tell(outcomes, 60, seed=6)
    topic = outcomes.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=outcomes.environment["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    begins = await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=-1)})
    await admin.close()
    ended = await carebus("rebuild", "outcomes")
    assert begins[TopicPartition(topic, 0)] > 0
    assert (ended.code, f"{topic}:0 begins at offset {begins[TopicPartition(topic, 0)]}" in ended.err) == (1, True)
    outcomes.monkeypatch.setenv("CAREBUS_TOPIC_PREFIX", "nowhere.")
    ended = await carebus("rebuild", "outcomes")
    assert (ended.code, "The topic nowhere.call.events does not exist" in ended.err) == (1, True)


async def test_only_one_rebuild_is_at_work_in_a_database(
    outcomes: Clinic, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refilling, "LOCK_PATIENCE_S", 0.0)
    other = await asyncpg.connect(outcomes.environment["DATABASE_URL"])
    await other.fetchval(copies.TAKE_LOCK)
    ended = await carebus("rebuild", "outcomes")
    assert (ended.code, "Another rebuild or replay is at work" in ended.err) == (1, True)
    await other.close()

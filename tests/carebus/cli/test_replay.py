"""`carebus replay` on real servers: what is decided is told, nothing is sent, and a new database goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from carebus.contracts.event import Event, patient_stream
from carebus.service import Service
from services.notifications import app
from tests.carebus.cli.clinic import Clinic
from tests.carebus.cli.conftest import Carebus
from tests.carebus.wires import someone, until
from tests.notifications.conftest import MailServer
from tests.told import accepted, completed, contact, scheduled, team


@pytest.fixture
async def mail(clinic: Clinic) -> AsyncIterator[MailServer]:
    """A mail server, to which the notifications service of the environment sends."""
    server = MailServer()
    async with server.listening():
        for name, value in {
            "SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "CAREBUS_MAIL_FROM": "care@carebus.example",
            "CAREBUS_MAIL_RETRY_SECONDS": "0.02",
        }.items():
            clinic.environment[name] = value
            clinic.monkeypatch.setenv(name, value)
        yield server


def course() -> Sequence[Event]:
    """A patient whose family is told of the team and of two visits planned, and one done."""
    return (accepted(told=contact()), team(), scheduled(1), scheduled(2), completed(1))


async def tell(clinic: Clinic, patients: int) -> list[UUID]:
    """So many patients' courses: four messages each."""
    everyone = [someone() for _ in range(patients)]
    for patient in everyone:
        await clinic.tell(patient, course())
    await clinic.producer.flush()
    return everyone


@asynccontextmanager
async def running() -> AsyncIterator[Service]:
    """The notifications service of the environment at work, with its relay and its mail worker."""
    service = app.service()
    async with service.running():
        yield service


async def ends(clinic: Clinic) -> dict[Any, int]:
    """Where the topic ends."""
    topic = clinic.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
    consumer = AIOKafkaConsumer(bootstrap_servers=clinic.environment["KAFKA_BOOTSTRAP_SERVERS"])
    await consumer.start()
    try:
        return dict(await consumer.end_offsets([TopicPartition(topic, n) for n in range(3)]))
    finally:
        await consumer.stop()


async def settled(clinic: Clinic, mail: MailServer, messages: int) -> None:
    """Wait until so many messages are sent and everything about them is published."""

    async def done() -> bool:
        (row,) = await clinic.query(
            "select (select count(*) from outbox_pending) as pending,"
            " (select count(*) from dispatch where status = 'queued') as queued"
        )
        return len(mail.taken) >= messages and row["pending"] == row["queued"] == 0

    await until(done, f"{messages} messages are sent and told of")


async def test_a_look_tells_what_is_decided_and_what_fails_and_leaves_nothing(
    clinic: Clinic, carebus: Carebus, mail: MailServer
) -> None:
    await tell(clinic, 3)
    await clinic.tell(someone(), [team()])  # of a patient whom nobody accepted
    await clinic.producer.flush()
    before = await ends(clinic)
    async with clinic.database("notifications"):
        ended = await carebus("replay", "notifications", "--json")
        assert ended.code == 1
        assert ended.json["decided"] == {
            "ReferralAccepted": 3,
            "CareTeamAssigned": 3,
            "VisitScheduled": 6,
            "VisitCompleted": 3,
        }
        assert ended.json["would_tell"] == {"NotificationRequested": 12}
        (failed,) = ended.json["failed"]
        assert (failed["reason"], failed["rule"], failed["events"]) == ("decision_failed", "patient_not_accepted", 1)
        assert "NotificationRequested" in (await carebus("replay", "notifications")).out
        assert await clinic.query("select from dispatch union all select from outbox_pending") == []
        assert await clinic.query("select from consumer_offset union all select from mark") == []
        assert await clinic.query("select from pg_namespace where nspname = 'carebus_copy'") == []
        acts = await clinic.query("select act, target, events from operator_act order by id")
        assert [tuple(row.values()) for row in acts] == [("replay", "notifications", 16)] * 2
    assert await ends(clinic) == before
    assert mail.taken == []


async def test_a_span_of_offsets_or_of_time_or_a_stream_is_read_alone(
    clinic: Clinic, carebus: Carebus, mail: MailServer
) -> None:
    first, *_ = await tell(clinic, 2)
    topic = clinic.environment["CAREBUS_TOPIC_PREFIX"] + "patient.events"
    by_partition = {part.partition: end for part, end in (await ends(clinic)).items()}
    used = next(number for number, end in by_partition.items() if end)
    async with clinic.database("notifications"):
        span = ("--from", f"{topic}:{used}:1", "--to", f"{topic}:{used}:3")
        assert (await carebus("replay", "notifications", *span, "--json")).json["read"] == 2
        assert (await carebus("replay", "notifications", "--to", "2020-01-01T00:00Z", "--json")).json["read"] == 0
        assert (await carebus("replay", "notifications", "--from", "2020-01-01", "--json")).json["read"] == 10
        assert (await carebus("replay", "notifications", "--topic", topic, "--json")).json["read"] == 10
        alone = await carebus("replay", "notifications", "--stream", patient_stream(first), "--keep", "--json")
        assert sum(alone.json["decided"].values()) == 5
        kept = await clinic.query("select stream from carebus_copy.family")
        assert [row["stream"] for row in kept] == [patient_stream(first)]
        assert (await carebus("replay", "notifications", "--from", "yesterday")).code == 2
        assert (await carebus("replay", "notifications", "--load", *span)).code == 2
        assert (await carebus("replay", "notifications", "--to-offsets-of", "postgresql://x/y")).code == 2


async def test_the_database_that_a_service_works_on_is_refused(
    clinic: Clinic, carebus: Carebus, mail: MailServer
) -> None:
    await tell(clinic, 1)
    async with clinic.database("notifications"):
        async with running():
            await settled(clinic, mail, 4)
        rows = await clinic.query("select * from consumer_offset order by partition")
        for words in ((), ("--load",)):
            ended = await carebus("replay", "notifications", *words)
            assert (ended.code, "The service works on the database at DATABASE_URL" in ended.err) == (1, True)
        assert await clinic.query("select * from consumer_offset order by partition") == rows
        assert await clinic.query("select from operator_act") == []


async def test_a_new_database_takes_over_and_no_family_hears_of_the_past_again(
    clinic: Clinic, carebus: Carebus, mail: MailServer
) -> None:
    everyone = await tell(clinic, 8)
    async with clinic.database("notifications") as old:
        async with running():
            await settled(clinic, mail, 32)
        told = await ends(clinic)
        await clinic.tell(everyone[0], [completed(2)])  # while no service runs
        await clinic.producer.flush()
        async with clinic.database("notifications"):
            load = ("replay", "notifications", "--load", "--to-offsets-of", old)
            ended = await carebus(*load, "--json")
            assert (ended.code, ended.json["loaded"], ended.json["failed"]) == (0, True, [])
            assert await clinic.query("select from outbox union all select from outbox_pending") == []
            assert len(await clinic.query("select from dispatch where status = 'withdrawn'")) == 32
            assert sum((await ends(clinic)).values()) == sum(told.values()) + 1
            assert len(mail.taken) == 32
            async with running():
                await settled(clinic, mail, 33)
                await clinic.tell(everyone[1], [completed(2)])
                await settled(clinic, mail, 34)
            assert len({message["Message-ID"] for message in mail.taken}) == len(mail.taken) == 34
            assert (await carebus("reconcile", "notifications")).code == 0
            sequences = await clinic.query("select stream, min(sequence) as first from outbox group by stream")
            assert {row["stream"]: row["first"] for row in sequences} == {
                patient_stream(patient): 9 for patient in everyone[:2]
            }


async def test_a_load_that_was_killed_goes_on_and_nothing_of_it_shows_before_its_end(
    clinic: Clinic, carebus: Carebus, mail: MailServer
) -> None:
    await tell(clinic, 20)
    async with clinic.database("notifications"):
        load = ("replay", "notifications", "--load")
        had = await clinic.kill_midway(load, 20, CAREBUS_BATCH_RECORDS="2")
        assert await clinic.query("select from family union all select from consumer_offset") == []
        ended = await carebus(*load, "--json")
        assert (ended.code, ended.json["went_on_after"], ended.json["read"]) == (0, had, 100 - had)
        assert len(await clinic.query("select from dispatch where status = 'withdrawn'")) == 80
        async with running():
            await clinic.tell(someone(), course())
            await settled(clinic, mail, 4)
    assert len(mail.taken) == 4


async def test_a_look_that_was_killed_is_done_again(clinic: Clinic, carebus: Carebus, mail: MailServer) -> None:
    await tell(clinic, 20)
    async with clinic.database("notifications"):
        await clinic.kill_midway(("replay", "notifications"), 20, CAREBUS_BATCH_RECORDS="2")
        ended = await carebus("replay", "notifications", "--json")
        assert (ended.code, ended.json["read"]) == (0, 100)


async def test_who_takes_commands_can_be_looked_at_but_not_loaded(clinic: Clinic, carebus: Carebus) -> None:
    await tell(clinic, 2)
    async with clinic.database("care_plan"):
        looked = await carebus("replay", "care_plan", "--json")
        assert (looked.code, looked.json["decided"]) == (0, {"ReferralAccepted": 2})
        assert looked.json["would_tell"]["EpisodeOpened"] == 2
        ended = await carebus("replay", "care_plan", "--load")
        assert (ended.code, "it takes commands, which are on no topic" in ended.err) == (1, True)

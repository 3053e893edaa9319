"""A database that went back in time: found before anything is published, adopted, and then as if it had not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from uuid import UUID

import httpx
import pytest

from carebus.contracts.event import patient_stream
from carebus.deciding.sealing import Sealer
from carebus.service import Service
from carebus.storage import outbox, own_past
from carebus.testing import client_of
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.carebus.wires import Wire, assessed, someone, until
from tests.databases import copy_of

ADOPT = ("adopt", SERVICE, "--source", "tally", "--because", "a test", "--json")


@asynccontextmanager
async def at_work(on: Wire, role: str = "relay") -> AsyncIterator[Service]:
    """A process with this role; gives another one that takes commands, and whose database may be asked."""
    service = on.service(role="api")
    await service.core.database.open()
    async with on.service(role=role, database_connections=10).running():
        try:
            yield service
        finally:
            await service.core.database.close()


async def command(service: Service, patient: UUID, mark: str) -> httpx.Response:
    async with client_of(service) as http:
        body = assessed(mark).model_dump(mode="json")
        return await http.post(f"/api/{patient}/marks", json=body, headers={"Idempotency-Key": mark})


async def commands(service: Service, patient: UUID, *marks: str) -> None:
    """Take these and publish what they tell."""
    for mark in marks:
        assert (await command(service, patient, mark)).status_code == HTTPStatus.CREATED
    await until(partial(published, service), "everything is published")


async def published(service: Service) -> bool:
    async with service.core.database.connection() as db:
        return not await outbox.pending(db, 1)


async def is_older(service: Service) -> bool:
    async with service.core.database.connection() as db:
        return bool(await own_past.is_older(db))


def go_back(on: Wire, copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on.url = copy
    monkeypatch.setenv("DATABASE_URL", copy)


async def sequences(on: Wire, wait_for: int) -> list[int]:
    return [int(dict(record.headers)["ce_sequence"]) for record in await on.published(wait_for=wait_for)]


@pytest.fixture(autouse=True)
def no_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is what commands tell; the record of them is sealed at a time of its own."""

    async def idle(_: Sealer, stop: asyncio.Event) -> None:
        await stop.wait()

    monkeypatch.setattr(Sealer, "run", idle)


@pytest.fixture
async def gone_back(
    at_desk: Wire, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Wire, UUID]]:
    """A wire whose database is what it was before the last two of three events were published."""
    patient = someone()
    async with at_work(at_desk) as service:
        await commands(service, patient, "before")
    async with copy_of(postgres_url, at_desk.url) as copy:
        async with at_work(at_desk) as service:
            await commands(service, patient, "lost 1", "lost 2")
        go_back(at_desk, copy, monkeypatch)
        yield at_desk, patient


async def test_a_database_that_went_back_publishes_nothing_and_takes_no_command(
    gone_back: tuple[Wire, UUID], carebus: Carebus
) -> None:
    on, patient = gone_back
    async with at_work(on) as service:
        await until(partial(is_older, service), "the relay finds it")
        for whose in (patient, someone()):
            answer = await command(service, whose, f"after, {whose}")
            assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "database_older")
            assert answer.headers["retry-after"]
        status = await carebus("status", on.url, "--json")
    assert (status.code, status.json[0]["older_database"]) == (1, 2)
    assert await sequences(on, wait_for=3) == [1, 2, 3]


async def test_what_was_taken_before_it_was_found_is_published_after_what_was_lost(
    gone_back: tuple[Wire, UUID], carebus: Carebus
) -> None:
    on, patient = gone_back
    async with at_work(on, role="api") as service:  # no relay yet: its sequence is one that was used
        assert (await command(service, patient, "taken meanwhile")).status_code == HTTPStatus.CREATED
    listed = await carebus("adopt", SERVICE, "--source", "tally", "--list", "--json")
    assert (listed.code, listed.json["events"]) == (1, 2)
    adopted = await carebus(*ADOPT)
    [lost] = adopted.json["lost"]
    assert (lost["stream"], lost["first"], lost["last"]) == (patient_stream(patient), 2, 3)
    assert (adopted.code, adopted.json["renumbered"]) == (0, 1)
    async with at_work(on) as service:
        await commands(service, patient, "after")
    assert await sequences(on, wait_for=5) == [1, 2, 3, 4, 5]
    compared = await carebus("reconcile", SERVICE, "--source", "tally", "--json")
    assert (compared.code, compared.json["differences"]) == (0, 0), compared.out


async def test_adopting_again_finds_nothing(gone_back: tuple[Wire, UUID], carebus: Carebus) -> None:
    for events in (2, 0):
        adopted = await carebus(*ADOPT)
        assert (adopted.code, adopted.json["events"]) == (0, events)


async def test_a_decision_that_is_taken_again_tells_nothing_twice(
    at_desk: Wire, postgres_url: str, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader's offset went back as well, so what was heard is heard again."""
    patient = someone()
    async with copy_of(postgres_url, at_desk.url) as copy:
        async with at_work(at_desk, role="all"):
            await at_desk.tell(patient, "a", "b")
            assert await sequences(at_desk, wait_for=2) == [1, 2]
        go_back(at_desk, copy, monkeypatch)
        assert (await carebus(*ADOPT)).json["events"] == 2
        async with at_work(at_desk, role="all") as service:
            await at_desk.tell(patient, "c", first=3)

            async def heard() -> bool:
                return await at_desk.marks(service, patient) == ["a", "b", "c"]

            await until(heard, "what was heard is heard again")
            await until(partial(published, service), "everything is published")
        told = await at_desk.published(wait_for=3)
        assert [int(dict(record.headers)["ce_sequence"]) for record in told] == [1, 2, 3]
        assert len({dict(record.headers)["ce_id"] for record in told}) == 3


@pytest.mark.parametrize("dropped", [0, 1, 2])
@pytest.mark.parametrize("at_ms", [None, 1, 1_796_000_000_000_000])
async def test_what_somebody_else_put_on_the_topic_again_is_no_sign_of_an_older_database(
    at_ms: int | None, dropped: int, at_desk: Wire
) -> None:
    """A mirror, or a topic that keeps the time of arrival: the record's time, here also in microseconds, is another."""
    async with at_work(at_desk) as service:
        await commands(service, someone(), "a", "b", "c")
        for record in await at_desk.published(wait_for=3):
            again = {"value": record.value, "key": record.key, "headers": list(record.headers), "timestamp_ms": at_ms}
            await at_desk.producer.send_and_wait(record.topic, partition=record.partition, **again)
        await at_desk.query(service, "delete from outbox where sequence = $1", dropped)
    async with at_work(at_desk) as service:
        await commands(service, someone(), "d")
        assert not await is_older(service)


async def test_a_topic_that_ends_before_the_place_of_the_last_look_is_looked_at_from_its_beginning(
    gone_back: tuple[Wire, UUID],
) -> None:
    """It was made again since then, so that place means nothing."""
    on, _ = gone_back
    async with at_work(on, role="api") as service:
        await on.query(service, "update published_place set next_offset = 30")
        await on.query(service, "update witness set record_offset = 30")
    async with at_work(on) as service:
        await until(partial(is_older, service), "the relay finds it")


async def test_the_look_into_the_past_stays_short(at_desk: Wire) -> None:
    async with at_work(at_desk) as service:
        await commands(service, someone(), "a", "b", "c")
    async with at_work(at_desk) as service:

        async def known_upto() -> bool:
            async with service.core.database.connection() as db:
                return sum((await own_past.places(db)).values()) == 3

        await until(known_upto, "the next leader has compared what was published and begins after it")

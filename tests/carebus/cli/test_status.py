"""`carebus status`: what needs a person, asked over HTTP and straight from a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import uvicorn

from carebus.testing import Bench
from deploy.local.embedded import free_port
from tests.carebus.cli.conftest import Carebus
from tests.carebus.subscribing.test_redrive import Log
from tests.carebus.wires import Wire, someone, until


@pytest.fixture
async def address(at_desk: Wire) -> AsyncIterator[str]:
    """The address of a running tally service, without what reads the broker."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(at_desk.service(role="api").operators, port=port, log_config=None, lifespan="on")
    )
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "the service serves")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def test_a_service_that_is_well_is_exit_code_0(
    on_bench: Bench, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    ended = await carebus("status", "--json")
    assert ended.code == 0
    (one,) = ended.json
    assert (one["parked"], one["outbox_pending"], one["needs"]) == (0, 0, [])
    assert "lag_events" not in one


async def test_parked_events_and_an_old_outbox_need_a_person(
    on_bench: Bench, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    log = Log()
    await on_bench.deliver(log.record(someone(), "broken", 1), log.record(someone(), "b", 1))
    ended = await carebus("status", on_bench.service.core.database.dsn, "--max-outbox-age", "0", "--json")
    assert ended.code == 1
    assert ended.json[0]["needs"] == ["events are parked", "the outbox is not published"]


async def test_a_running_service_is_asked_by_its_address(at_desk: Wire, carebus: Carebus, address: str) -> None:
    ended = await carebus("status", address, "--json")
    assert (ended.code, ended.json[0]["service"]) == (0, "tally")
    await kept(
        at_desk,
        "insert into parked_event (topic, partition, record_offset, headers, reason)"
        " values ('patient.events', 0, 1, '{}', 'malformed')",
    )
    asked = await carebus("status", address, "--json")
    assert (asked.code, asked.json[0]["needs"]) == (1, ["events are parked"])


async def test_the_lag_is_what_the_topic_has_beyond_the_database(at_desk: Wire, carebus: Carebus) -> None:
    patient = someone()
    await at_desk.tell(patient, "a")
    async with (service := at_desk.service()).running():

        async def read() -> bool:
            return await at_desk.marks(service, patient) == ["a"]

        await until(read, "the first event is handled")
    await at_desk.tell(patient, "b", "c", first=2)
    ended = await carebus("status", "--max-lag", "1", "--json")
    assert ended.json[0]["lag_events"] >= 2
    assert "it is behind" in ended.json[0]["needs"]


async def test_it_lists_where_each_partition_is_read_next(at_desk: Wire, carebus: Carebus) -> None:
    await kept(
        at_desk, "insert into consumer_offset (topic, partition, next_offset) values ('t.a', 1, 7), ('t.a', 0, 12)"
    )
    ended = await carebus("status", at_desk.url)
    assert "reads next t.a 0:12 1:7" in ended.out


async def test_who_does_not_answer_needs_a_person_and_passwords_are_not_shown(carebus: Carebus) -> None:
    port = free_port()
    ended = await carebus("status", f"http://127.0.0.1:{port}", f"postgresql://x:secret@127.0.0.1:{port}/y")
    assert ended.code == 1
    assert ended.out.count("does not answer (ConnectionRefusedError)") == 2
    assert "secret" not in ended.out + ended.err
    assert (await carebus("status", "ftp://somewhere")).code == 2


async def test_a_refused_login_is_named_with_its_place_and_role(at_desk: Wire, carebus: Carebus) -> None:
    server = urlsplit(at_desk.url)
    ended = await carebus("status", f"postgresql://nobody_here:x@{server.hostname}:{server.port}{server.path}")
    assert ended.code == 1
    place = f"{server.hostname}:{server.port}{server.path}"
    assert f"{place} needs a person: does not answer (it refuses the login of nobody_here)" in ended.out


async def test_all_services_are_told_of_at_once_a_line_each_and_then_who_needs_a_person(
    at_desk: Wire, carebus: Carebus, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("CAREBUS_SERVICES", f"{address} {away} {at_desk.url}")
    ended = await carebus("status")
    head, well, missing, database, needs = ended.out.splitlines()
    assert head.split() == ["SERVICE", "LAG", "OUTBOX", "AGE", "PARKED", "STREAMS", "OVERDUE", "WHERE"]
    assert well.split() == ["tally", "0", "0", "0.0", "0", "0", "0", shown(address)]
    assert missing.split()[-1] == shown(away)
    assert needs.startswith(f"{shown(away)} needs a person: does not answer")
    assert database.split()[:3] == ["0", "0", "0.0"]
    assert ended.code == 1
    assert (await carebus("status", address)).code == 0


async def test_what_was_left_untold_is_summed_up_and_needs_nobody(at_desk: Wire, carebus: Carebus) -> None:
    await kept(at_desk, "insert into untold (type, events) values ('ReferralOverdue', 340), ('VisitOverdue', 2)")
    ended = await carebus("status")
    assert ended.code == 0
    said = "left untold, as it was due before it began: 340 ReferralOverdue, 2 VisitOverdue"
    assert ended.out.splitlines()[-1].endswith(said)


async def kept(wire: Wire, statement: str) -> None:
    """What a service that is away just now has in its database."""
    service = wire.service()
    await service.core.database.open()
    await wire.query(service, statement)
    await service.core.database.close()


def shown(address: str) -> str:
    return address.removeprefix("http://")

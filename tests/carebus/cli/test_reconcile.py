"""`carebus reconcile` on a real topic: what is lost, forged or not marked is found, and what is missing is put back."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.contracts.event import patient_stream
from carebus.ids import new_id
from carebus.service import Service
from carebus.testing import client_of
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.carebus.relaying.test_relay import forgotten
from tests.carebus.wires import Wire, assessed, headers, someone, until
from tests.databases import fresh_database
from tests.faults import chain


async def told(wire: Wire, *marks: str) -> tuple[Any, Service]:
    """A patient of whom the service heard these marks and told as many answers, all published."""
    patient = someone()
    await wire.tell(patient, *marks)
    async with (service := wire.service()).running():

        async def done() -> bool:
            return len(await wire.marks(service, patient)) == len(marks) and await forgotten(wire, service)

        await until(done, "everything is handled and published")
    return patient, service


async def do(wire: Wire, service: Service, sql: str, *args: Any) -> list[Any]:
    await service.core.database.open()
    try:
        return await wire.query(service, sql, *args)
    finally:
        await service.core.database.close()


async def lose(wire: Wire, service: Service) -> None:
    """Make it look as if the broker had lost the last event: the outbox has one that was never sent."""
    await do(
        wire,
        service,
        "insert into outbox (stream, sequence, event_id, type, topic, key, headers, body)"
        " select stream, sequence + 1, gen_random_uuid(), type, topic, key,"
        " (headers::jsonb || jsonb_build_object('ce_sequence', (sequence + 1)::text))::json, body"
        " from outbox order by id desc limit 1",
    )
    await do(
        wire,
        service,
        "update outbox set headers = (headers::jsonb || jsonb_build_object('ce_id', event_id::text))::json",
    )
    await do(wire, service, "update stream set next_sequence = next_sequence + 1")


async def test_what_was_told_heard_and_repeated_is_no_difference(at_desk: Wire, carebus: Carebus) -> None:
    await told(at_desk, "a", "b")
    (first, _) = await at_desk.published(wait_for=2)
    await at_desk.put(first.value, list(first.headers), key=first.key)
    ended = await carebus("reconcile", SERVICE, "--json")
    assert (ended.code, ended.json["differences"]) == (0, 0)
    assert (ended.json["outbox_events"], ended.json["topic_events"], ended.json["repeats"]) == (2, 3, 1)
    assert ended.json["outbox_digest"] == ended.json["topic_digest"]
    for heard in ended.json["heard"].values():
        assert (heard["read"], heard["read_digest"]) == (heard["marked"], heard["marked_digest"])
    assert ended.json["heard"]["referral"]["read"] == 2
    lines = (await carebus("reconcile", SERVICE)).out.splitlines()
    assert lines[-1] == "difference 0"
    assert [line.split()[-2] for line in lines if line.startswith(f"told by {SERVICE}")] == ["2"]


async def test_what_the_topic_lost_is_found_and_put_back(at_desk: Wire, carebus: Carebus) -> None:
    patient, service = await told(at_desk, "a", "b")
    await lose(at_desk, service)
    found = await carebus("reconcile", SERVICE, "--json")
    assert found.code == 1
    assert (found.json["outbox_events"], found.json["topic_count"]) == (3, 2)
    assert found.json["outbox_digest"] != found.json["topic_digest"]
    assert [one[1:] for one in found.json["missing"]] == [[patient_stream(patient), 3]]
    again = await carebus("reconcile", SERVICE, "--republish", "--actor", "nina", "--because", "disk lost")
    assert (again.code, "published again: 1" in again.out) == (0, True)
    assert len(await at_desk.published(wait_for=3)) == 3
    acts = await do(at_desk, service, "select actor, act, target, because, events from operator_act")
    assert [tuple(row.values()) for row in acts] == [("nina", "republish", "tally", "disk lost", 1)]


async def test_another_body_and_what_this_database_never_told_are_found(at_desk: Wire, carebus: Carebus) -> None:
    patient, service = await told(at_desk, "a")
    await do(at_desk, service, "update outbox set body = '{}'")
    await at_desk.put(b"{}", headers(assessed("x"), patient, 7, source="tally"))
    ended = await carebus("reconcile", SERVICE, "--json")
    assert ended.code == 1
    assert ended.json["differing"] == [[patient_stream(patient), 1]]
    assert ended.json["unknown"] == [[patient_stream(patient), 7]]


async def test_marks_that_do_not_match_the_topic_are_found(at_desk: Wire, carebus: Carebus) -> None:
    patient, service = await told(at_desk, "a", "b", "c")
    move = "update mark set last_sequence = $1 where source = 'referral'"
    of = ["referral", patient_stream(patient)]
    await do(at_desk, service, move, 2)
    behind = (await carebus("reconcile", SERVICE, "--json")).json
    assert behind["marks_behind"] == [[*of, 2]]
    assert (behind["heard"]["referral"]["read"], behind["heard"]["referral"]["marked"]) == (3, 2)
    assert behind["heard"]["referral"]["read_digest"] != behind["heard"]["referral"]["marked_digest"]
    await do(at_desk, service, move, 5)
    ended = await carebus("reconcile", SERVICE, "--json")
    assert (ended.code, ended.json["marks_beyond"]) == (1, [[*of, 5]])
    assert (await carebus("reconcile", SERVICE)).out.endswith("difference 1\n")


async def test_an_event_that_waits_for_a_missing_one_is_no_wrong_mark(at_desk: Wire, carebus: Carebus) -> None:
    patient, service = await told(at_desk, "a")
    await at_desk.tell(patient, "c", first=3)
    async with (service := at_desk.service()).running():

        async def parked() -> bool:
            return bool(await at_desk.query(service, "select from parked_event"))

        await until(parked, "the event with a gap before it is parked")
    assert (await carebus("reconcile", SERVICE)).code == 0


async def test_a_service_whose_events_call_it_something_else_is_named_by_its_source(
    at_desk: Wire, carebus: Carebus, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fresh_database(postgres_url, "chain", chain.MIGRATIONS) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        async with (service := chain.make("asking", at_desk.settings(database_url=url))).running():
            async with client_of(service) as http:
                said = {"mark": str(new_id()), "name": "Ann"}
                answer = await http.post(f"/api/{someone()}/say", json=said, headers={"Idempotency-Key": str(new_id())})
                assert answer.status_code == 201
            await until(lambda: forgotten(at_desk, service), "the event is published")
        ended = await carebus("reconcile", "tests.faults.chain", "--source", "asking", "--json")
        assert (ended.code, ended.json["outbox_events"], ended.json["topic_events"]) == (0, 1, 1)
        await lose(at_desk, service)
        again = await carebus("reconcile", "tests.faults.chain", "--source", "asking", "--republish", "--json")
        assert (again.code, again.json["published_again"]) == (0, 1)

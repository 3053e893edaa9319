"""The subscriber on real Kafka: effects once and in order, poison parked, offsets fenced and repaired."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carebus.contracts.care_plan import CareTeamAssignmentDelayed
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import EligibilityAssessed
from carebus.decisions import Cause, Decision, changed, on
from carebus.service import Service
from carebus.storage import offsets
from tests.carebus.tally import Tally
from tests.carebus.wires import Wire, assessed, headers, someone, until


async def handled(wire: Wire, service: Service, patient: Any, count: int) -> None:
    async def enough() -> bool:
        return len(await wire.marks(service, patient)) >= count

    await until(enough, f"{count} marks handled")


async def reasons(wire: Wire, service: Service) -> dict[str, str]:
    rows = await wire.query(service, "select record_offset, reason, rule from parked_event order by record_offset")
    return {f"{row['record_offset']}": row["reason"] for row in rows}


async def test_events_have_their_effects_in_order_and_their_answers_are_published(on_wire: Wire) -> None:
    patient, service = someone(), on_wire.service()
    await on_wire.tell(patient, "a", "b", "c")
    async with service.running():
        await handled(on_wire, service, patient, 3)
        assert await on_wire.marks(service, patient) == ["a", "b", "c"]
        published = await on_wire.published(wait_for=3)
    sequences = [int(dict(record.headers)["ce_sequence"]) for record in published]
    assert sequences == [1, 2, 3]
    assert {record.key for record in published} == {str(patient).encode()}


async def test_a_repeated_delivery_and_a_replayed_topic_have_no_second_effect(on_wire: Wire) -> None:
    patient, service = someone(), on_wire.service()
    await on_wire.tell(patient, "a", "b")
    await on_wire.tell(patient, "a", "b")
    async with service.running():
        await handled(on_wire, service, patient, 2)
        await on_wire.published(wait_for=2)
    async with (again := on_wire.service()).running():
        await on_wire.query(again, "update consumer_offset set next_offset = 0")
        await on_wire.tell(patient, "c", first=3)
        await handled(on_wire, again, patient, 3)
        assert await on_wire.marks(again, patient) == ["a", "b", "c"]
        assert len(await on_wire.query(again, "select from outbox")) == 3


async def test_kafkas_own_group_offset_is_never_believed(on_wire: Wire) -> None:
    """A database restored from a backup reads again what Kafka thinks is done."""
    patient = someone()
    await on_wire.tell(patient, "a")
    async with (first := on_wire.service()).running():
        await handled(on_wire, first, patient, 1)
        await asyncio.sleep(2.5)  # the lazy commit for lag tools
    async with (restored := on_wire.service()).running():
        pass
    await restored.core.database.open()
    for table in ("consumer_offset", "mark", "effect", "tally", "stream", "outbox", "outbox_pending"):
        await on_wire.query(restored, f"delete from {table}")
    await restored.core.database.close()
    async with (third := on_wire.service()).running():
        await handled(on_wire, third, patient, 1)
        assert await on_wire.marks(third, patient) == ["a"]


def poison() -> list[Any]:
    good = assessed("x").model_dump_json().encode()
    return [
        pytest.param(b"{not json", {}, "invalid_body", id="bad JSON"),
        pytest.param(b'{"ruleset": 7}', {}, "invalid_body", id="a body that breaks the contract"),
        pytest.param(None, {}, "invalid_body", id="a tombstone"),
        pytest.param(b"\xff\xfe", {}, "invalid_body", id="bytes that are not text"),
        pytest.param(
            good,
            {"ce_dataschema": b"urn:carebus:schema:EligibilityAssessed:2"},
            "invalid_body",
            id="another version of the type, in which its fields may mean something else",
        ),
        pytest.param(assessed("broken").model_dump_json().encode(), {}, "decision_failed", id="a refusal"),
        pytest.param(assessed("bug").model_dump_json().encode(), {}, "decision_failed", id="a bug"),
        pytest.param(
            assessed("refused-by-database").model_dump_json().encode(), {}, "database_refused", id="a refused row"
        ),
        pytest.param(
            assessed("nul \x00 byte").model_dump_json().encode(), {}, "database_refused", id="text no database takes"
        ),
        pytest.param(good, {"ce_id": b"no uuid"}, "malformed", id="an id that is none"),
        pytest.param(good, {"ce_sequence": b"-1"}, "malformed", id="a sequence that is none"),
        pytest.param(good, {"ce_specversion": None}, "malformed", id="no CloudEvents version"),
        pytest.param(good, {"ce_subject": b"\xff"}, "malformed", id="a subject that is not text"),
        pytest.param(good, {"ce_subject": b"patient/\x00"}, "malformed", id="a subject that no database takes"),
        pytest.param(good, {"ce_source": b"s" * 5000}, "malformed", id="a source too long for an index"),
    ]


@pytest.mark.parametrize(("body", "spoilt", "reason"), poison())
async def test_a_poison_event_is_parked_its_patient_waits_and_others_go_on(
    on_wire: Wire, body: bytes | None, spoilt: dict[str, bytes | None], reason: str
) -> None:
    ill, well, service = someone(), someone(), on_wire.service()
    await on_wire.tell(ill, "before")
    bad = {**dict(headers(assessed("x"), ill, 2)), **spoilt}
    offset = await on_wire.put(body, list(bad.items()))
    await on_wire.tell(ill, "after", first=3)
    await on_wire.tell(well, "a", "b")
    async with service.running():
        await handled(on_wire, service, well, 2)

        async def both_parked() -> bool:
            return len(await reasons(on_wire, service)) == 2

        await until(both_parked, "the poison and what is behind it are parked")
        parked = await reasons(on_wire, service)
        assert parked[str(offset)] == reason
        assert parked[str(offset + 1)] == ("gap" if reason == "malformed" else "behind")
        assert await on_wire.marks(service, ill) == ["before"]
        rules = await on_wire.query(service, "select rule from parked_event")
        assert len(rules) == 2
        assert not any("Jane" in row["rule"] or "1941" in row["rule"] for row in rules)


async def test_a_mended_event_is_redriven_in_order_with_those_behind_it(on_wire: Wire) -> None:
    patient, service = someone(), on_wire.service()
    await on_wire.tell(patient, "a", "broken", "c", "d")
    async with service.running():

        async def parked() -> bool:
            return len(await reasons(on_wire, service)) == 3

        await until(parked, "three events parked")
        stream = patient_stream(patient)
        assert (await service.redrive.stream(stream)).still == "broken"
        mended = assessed("mended").model_dump_json().encode()
        await on_wire.query(service, "update parked_event set body = $1 where sequence = 2", mended)
        assert (await service.redrive.stream(stream)).handled == 3
        assert await on_wire.marks(service, patient) == ["a", "mended", "c", "d"]
        assert await reasons(on_wire, service) == {}
        await on_wire.tell(patient, "e", first=5)
        await handled(on_wire, service, patient, 5)


def passed_over(service: Service) -> dict[str, float]:
    samples = [s for metric in service.core.metrics.passed_over.collect() for s in metric.samples]
    return {s.labels["type"]: s.value for s in samples if s.name.endswith("_total")}


async def test_types_not_heard_or_not_known_and_odd_foreign_headers_are_passed_over(on_wire: Wire) -> None:
    patient, service = someone(), on_wire.service()
    unheard = CareTeamAssignmentDelayed(episode_id=patient, roles=())
    await on_wire.put(b"not even json", headers(unheard, patient, 1))
    await on_wire.put(b"{}", headers(unheard, patient, 2, type="org.carebus.FromTheFuture"))
    odd: list[tuple[str, bytes | None]] = [("x-null", None), ("x-odd", b"\xff\x00")]
    await on_wire.put(assessed("a").model_dump_json().encode(), [*headers(assessed("a"), patient, 3), *odd])
    async with service.running():
        await handled(on_wire, service, patient, 1)
        assert await reasons(on_wire, service) == {}
        passed = passed_over(service)
        assert passed["CareTeamAssignmentDelayed"] == 1
        assert passed["unknown"] == 1


async def test_a_gap_holds_the_patient_until_the_missing_event_comes(on_wire: Wire) -> None:
    patient, other, service = someone(), someone(), on_wire.service()
    await on_wire.tell(patient, "a")
    await on_wire.tell(patient, "c", "d", first=3)
    await on_wire.tell(other, "x")
    async with service.running():
        await handled(on_wire, service, other, 1)
        assert await on_wire.marks(service, patient) == ["a"]
        assert set((await reasons(on_wire, service)).values()) == {"gap"}
        await on_wire.tell(patient, "b", first=2)
        await handled(on_wire, service, patient, 4)
        assert await on_wire.marks(service, patient) == ["a", "b", "c", "d"]
        assert await reasons(on_wire, service) == {}


async def test_a_bad_deploy_stops_the_subscriber_instead_of_parking_everything(on_wire: Wire) -> None:
    service = on_wire.service()
    for _ in range(60):
        await on_wire.tell(someone(), "broken")
    async with service.running():

        async def stopped() -> bool:
            return service.subscriber.stopped is not None

        await until(stopped, "the subscriber stopped")
        assert await on_wire.query(service, "select from parked_event") == []
        assert await on_wire.query(service, "select from mark") == []
    good = on_wire.service({EligibilityAssessed: on(Tally, repaired)})
    async with good.running():

        async def all_handled() -> bool:
            return len(await on_wire.query(good, "select from mark")) == 60

        await until(all_handled, "the repaired release handles all of them")


async def test_garbage_that_anybody_may_write_is_parked_and_stops_nobody(on_wire: Wire) -> None:
    patient = someone()
    for _ in range(60):
        await on_wire.put(b"garbage", [("ce_id", b"garbage")])
    await on_wire.tell(patient, "good")
    async with (service := on_wire.service()).running():

        async def heard() -> bool:
            return await on_wire.marks(service, patient) == ["good"]

        await until(heard, "what follows is handled")
        assert service.subscriber.stopped is None
        assert len(await on_wire.query(service, "select from parked_event")) == 60


@pytest.mark.parametrize("id_", [b"\x00", b"\x00" * 16, b"x" * 5000], ids=["NUL", "sixteen raw bytes", "long"])
async def test_an_id_that_no_database_takes_at_the_logs_end_stops_nobody(on_wire: Wire, id_: bytes) -> None:
    patient = someone()
    await on_wire.tell(patient, "good")
    await on_wire.put(b"garbage", [("ce_id", id_)])
    async with (service := on_wire.service()).running():
        await handled(on_wire, service, patient, 1)

        async def parked() -> bool:
            return len(await reasons(on_wire, service)) == 1

        await until(parked, "the garbage is parked")
        await on_wire.tell(patient, "better", first=2)
        await handled(on_wire, service, patient, 2)


def repaired(tally: Tally, heard: EligibilityAssessed, cause: Cause) -> Decision:
    return changed(tally.but(marks=(*tally.marks, heard.ruleset)))


async def test_a_process_that_slept_through_a_takeover_is_fenced(on_wire: Wire) -> None:
    """Only a rebalance has offsets read again, so that nothing is fenced: if one comes between, it is tried again."""
    patient, service = someone(), on_wire.service()
    part = (on_wire.prefix + "patient.events", 0)
    await on_wire.tell(patient, "a")
    async with service.running():
        await handled(on_wire, service, patient, 1)
        for tries in range(1, 4):
            generation = service.subscriber._generation
            async with service.core.database.transaction() as db:  # another process read on meanwhile
                await db.execute("select from consumer_offset for update")  # its own answer may just be read here
                stored = (await offsets.read(db, [part]))[part]
                await offsets.move(db, {part: (stored, stored + 1)}, {})
                await db.execute("update mark set last_sequence = $1", 2 * tries)
            await on_wire.tell(patient, "b", "c", first=2 * tries)
            await handled(on_wire, service, patient, 1 + tries)
            assert await on_wire.marks(service, patient) == ["a", *["c"] * tries]
            if service.subscriber._generation == generation:
                assert service.core.metrics.total(service.core.metrics.fenced) >= 1
                return
        pytest.fail("a rebalance came between each time")


async def test_an_offset_beyond_the_logs_end_is_repaired_and_recorded(on_wire: Wire) -> None:
    patient = someone()
    await on_wire.tell(patient, "a")
    async with (first := on_wire.service()).running():
        await handled(on_wire, first, patient, 1)
    await first.core.database.open()
    await on_wire.query(first, "update consumer_offset set next_offset = 500 where partition = 0")
    await first.core.database.close()
    await on_wire.tell(patient, "b", first=2)
    async with (second := on_wire.service()).running():
        await handled(on_wire, second, patient, 2)
        assert await on_wire.marks(second, patient) == ["a", "b"]
        repairs = await on_wire.query(second, "select stored_offset, set_to from offset_repair")
        assert [(row["stored_offset"], row["set_to"]) for row in repairs] == [(500, 0)]


async def test_two_processes_of_a_service_share_the_partitions_and_nothing_happens_twice(on_wire: Wire) -> None:
    patients = [someone() for _ in range(20)]
    first, second = on_wire.service(), on_wire.service()
    async with first.running():
        for patient in patients[:10]:
            await on_wire.tell(patient, "a", "b")
        async with second.running():
            for patient in patients[10:]:
                await on_wire.tell(patient, "a", "b")
            for patient in patients:
                await handled(on_wire, first, patient, 2)
        for patient in patients:
            await on_wire.tell(patient, "c", first=3)
        for patient in patients:
            await handled(on_wire, first, patient, 3)
            assert await on_wire.marks(first, patient) == ["a", "b", "c"]
        answers = await on_wire.query(first, "select stream, count(*) from outbox group by stream")
        assert {row["count"] for row in answers} == {3}

"""`carebus parked` on a real database: what it shows and hides, retries in order, gives up, and records."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from carebus.contracts.event import Event, patient_stream
from carebus.testing import Bench, TestRecord
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.carebus.subscribing.test_redrive import Log, marks, mend, parked
from tests.carebus.wires import assessed, headers, someone
from tests.told import accepted, contact


async def acts(bench: Bench) -> list[tuple[Any, ...]]:
    async with bench.service.core.database.connection() as db:
        rows = await db.fetch("select actor, act, target, because, events from operator_act order by id")
    return [tuple(row.values()) for row in rows]


def without(record: TestRecord, header: str) -> TestRecord:
    return dataclasses.replace(record, headers=tuple(pair for pair in record.headers if pair[0] != header))


def telling(log: Log, event: Event, sequence: int) -> TestRecord:
    """A record of any event, with patients' data in it."""
    patient, record = someone(), log.record(someone(), "x", 1)
    told = tuple(headers(event, patient, sequence))
    return dataclasses.replace(record, value=event.model_dump_json().encode(), headers=told)


async def test_nothing_parked_is_exit_code_0_and_anything_is_1(on_bench: Bench, carebus: Carebus) -> None:
    assert (await carebus("parked", "list", SERVICE)).code == 0
    patient, log = someone(), Log()
    await on_bench.deliver(log.record(patient, "broken", 1), log.record(patient, "b", 2))
    listed = await carebus("parked", "list", SERVICE, "--json")
    assert listed.code == 1
    assert [(one["stream"], one["sequence"], one["reason"], one["rule"]) for one in listed.json] == [
        (patient_stream(patient), 1, "decision_failed", "broken"),
        (patient_stream(patient), 2, "behind", "an earlier event of its stream is parked"),
    ]
    as_text = await carebus("parked", "list", SERVICE)
    assert "decision_failed" in as_text.out
    assert await acts(on_bench) == []


async def test_showing_hides_patients_data_unless_asked_and_then_records_it(on_bench: Bench, carebus: Carebus) -> None:
    await on_bench.deliver(telling(Log(), accepted(told=contact()), 2))
    (one,) = (await carebus("parked", "list", SERVICE, "--json")).json
    hidden = await carebus("parked", "show", SERVICE, one["event_id"])
    assert "Delgado" not in hidden.out
    assert "Zyxmarker" not in hidden.out
    assert "heart_failure" in hidden.out
    assert await acts(on_bench) == []
    asked = ("--show-phi", "--actor", "nina", "--because", "call from ward 3")
    seen = await carebus("parked", "show", SERVICE, one["record"], *asked)
    assert "Delgado" in seen.out
    assert await acts(on_bench) == [("nina", "show-phi", one["record"], "call from ward 3", 1)]


async def test_of_a_record_that_holds_to_no_contract_nothing_is_shown(on_bench: Bench, carebus: Carebus) -> None:
    log = Log()
    foreign = dataclasses.replace(without(telling(log, accepted(), 1), "ce_id"), key=b"Delgado")
    odd = dataclasses.replace(telling(log, assessed("x"), 1), value=b'{"eligible": "Delgado"}')
    await on_bench.deliver(foreign, odd)
    for one in (await carebus("parked", "list", SERVICE, "--json")).json:
        hidden = await carebus("parked", "show", SERVICE, one["record"])
        assert "[not shown]" in hidden.out
        assert "Delgado" not in hidden.out


async def test_retrying_a_stream_handles_it_in_order_until_one_fails(on_bench: Bench, carebus: Carebus) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(
        log.record(patient, "broken", 1), log.record(patient, "b", 2), log.record(patient, "broken", 3)
    )
    stream = patient_stream(patient)
    failed = await carebus("parked", "retry", SERVICE, stream)
    assert failed.code == 1
    assert f"left: {stream}: broken" in failed.out
    await mend(on_bench, 1, "a")
    ended = await carebus("parked", "retry", SERVICE, stream, "--json")
    assert ended.json == {"handled": 2, "left": [{"target": stream, "rule": "broken"}]}
    assert await marks(on_bench, patient) == ["a", "b"]
    assert [act[-1] for act in await acts(on_bench)] == [0, 2]


async def test_one_event_is_retried_only_in_its_turn(on_bench: Bench, carebus: Carebus) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(log.record(patient, "broken", 1), log.record(patient, "b", 2))
    first, second = (one["event_id"] for one in (await carebus("parked", "list", SERVICE, "--json")).json)
    early = await carebus("parked", "retry", SERVICE, second)
    assert (early.code, await marks(on_bench, patient)) == (1, [])
    assert "an earlier event of its stream is parked" in early.out
    await mend(on_bench, 1, "a")
    assert (await carebus("parked", "retry", SERVICE, first)).code == 0
    assert await marks(on_bench, patient) == ["a"]


async def test_a_mended_body_is_handled_instead_and_a_bad_one_changes_nothing(
    on_bench: Bench, carebus: Carebus, tmp_path: Path
) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(log.record(patient, "broken", 1))
    (one,) = (await carebus("parked", "list", SERVICE, "--json")).json
    body = tmp_path / "body.json"
    body.write_text('{"referral_id": "Jane Roe"}')
    refused = await carebus("parked", "retry", SERVICE, one["event_id"], "--body", str(body))
    assert refused.code == 1
    assert "referral_id: uuid_parsing" in refused.out
    assert "Jane" not in refused.out
    assert (await carebus("parked", "list", SERVICE, "--json")).json == [one]
    body.write_text(assessed("mended").model_dump_json())
    assert (await carebus("parked", "retry", SERVICE, one["event_id"], "--body", str(body))).code == 0
    assert await marks(on_bench, patient) == ["mended"]
    assert {act[1] for act in await acts(on_bench)} == {"retry with mended body"}


async def test_mended_headers_give_a_malformed_event_its_place_again(
    on_bench: Bench, carebus: Carebus, tmp_path: Path
) -> None:
    patient, log = someone(), Log()
    records = [log.record(patient, mark, n) for n, mark in enumerate("abc", 1)]
    id_of_b = dict(records[1].headers)["ce_id"]
    await on_bench.deliver(records[0], without(records[1], "ce_id"), records[2])
    assert await parked(on_bench) == [(None, "malformed"), (3, "gap")]
    where = "patient.events:0:2"
    as_it_is = await carebus("parked", "retry", SERVICE, where)
    assert (as_it_is.code, await marks(on_bench, patient)) == (1, ["a"])
    file = tmp_path / "headers.json"
    assert id_of_b
    file.write_text(json.dumps({"ce_id": id_of_b.decode()}))
    assert (await carebus("parked", "retry", SERVICE, where, "--headers", str(file))).code == 0
    assert await marks(on_bench, patient) == ["a", "b", "c"]
    assert await parked(on_bench) == []


async def test_a_mended_malformed_event_waits_its_turn_in_its_stream(
    on_bench: Bench, carebus: Carebus, tmp_path: Path
) -> None:
    patient, log = someone(), Log()
    records = [log.record(patient, mark, n) for n, mark in enumerate(("broken", "b"), 1)]
    await on_bench.deliver(records[0], without(records[1], "ce_type"))
    file = tmp_path / "headers.json"
    file.write_text(json.dumps({"ce_type": assessed("b").type_name()}))
    again = ("parked", "retry", SERVICE, "patient.events:0:2", "--headers", str(file))
    assert (await carebus(*again)).code == 1
    await mend(on_bench, 1, "a")
    assert await parked(on_bench) == [(1, "decision_failed"), (2, "behind")]
    assert (await carebus("parked", "retry", SERVICE, patient_stream(patient))).code == 0
    assert await marks(on_bench, patient) == ["a", "b"]


async def test_two_malformed_events_mended_in_the_wrong_order_lose_nothing(
    on_bench: Bench, carebus: Carebus, tmp_path: Path
) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(*(without(log.record(patient, mark, n), "ce_type") for n, mark in enumerate("ab", 1)))
    file = tmp_path / "headers.json"
    file.write_text(json.dumps({"ce_type": assessed("b").type_name()}))
    codes = [
        (await carebus("parked", "retry", SERVICE, f"patient.events:0:{offset}", "--headers", str(file))).code
        for offset in (2, 1, 2)
    ]
    assert codes == [1, 0, 0]
    assert await marks(on_bench, patient) == ["a", "b"]


async def test_headers_of_an_event_with_a_place_cannot_be_mended(
    on_bench: Bench, carebus: Carebus, tmp_path: Path
) -> None:
    await on_bench.deliver(Log().record(someone(), "broken", 1))
    file = tmp_path / "headers.json"
    file.write_text('{"ce_subject": "patient/other"}')
    refused = await carebus("parked", "retry", SERVICE, "patient.events:0:1", "--headers", str(file))
    assert refused.code == 1
    assert "Only an event that was malformed" in refused.err


async def test_everything_is_retried_stream_by_stream(on_bench: Bench, carebus: Carebus) -> None:
    log, patients = Log(), [someone() for _ in range(3)]
    for patient in patients:
        await on_bench.deliver(log.record(patient, "broken", 1), log.record(patient, "b", 2))
    await on_bench.deliver(without(log.record(someone(), "x", 1), "ce_id"))
    await mend(on_bench, 1, "a")
    ended = await carebus("parked", "retry", SERVICE, "--all", "--json")
    assert ended.code == 1
    assert ended.json == {
        "handled": 6,
        "left": [{"target": "patient.events:0:7", "rule": "ce_id is missing"}],
    }
    assert "3 of 3 streams, 6 events handled" in ended.err
    assert [await marks(on_bench, patient) for patient in patients] == [["a", "b"]] * 3


async def test_what_is_discarded_is_recorded_and_those_behind_it_go_on(on_bench: Bench, carebus: Carebus) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(log.record(patient, "broken", 1), log.record(patient, "b", 2))
    first = (await carebus("parked", "list", SERVICE, "--json")).json[0]["event_id"]
    assert (await carebus("parked", "discard", SERVICE, first)).code == 2
    assert len(await parked(on_bench)) == 2
    done = await carebus("parked", "discard", SERVICE, first, "--because", "told twice", "--actor", "nina")
    assert done.code == 0
    await on_bench.service.redrive.waiting()
    assert await marks(on_bench, patient) == ["b"]
    assert await acts(on_bench) == [("nina", "discard", first, "told twice", 1)]


async def test_discarding_an_event_with_a_gap_before_it_gives_up_the_gap(on_bench: Bench, carebus: Carebus) -> None:
    patient, log = someone(), Log()
    await on_bench.deliver(log.record(patient, "a", 1), *(log.record(patient, f"m{n}", n) for n in (3, 4)))
    third, fourth = (one["event_id"] for one in (await carebus("parked", "list", SERVICE, "--json")).json)
    early = await carebus("parked", "discard", SERVICE, fourth, "--because", "lost")
    assert early.code == 1
    assert "discard that one first" in early.err
    assert (await carebus("parked", "discard", SERVICE, third, "--because", "lost")).code == 0
    await on_bench.service.redrive.waiting()
    await on_bench.deliver(log.record(patient, "m2", 2))
    assert await marks(on_bench, patient) == ["a", "m4"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("parked", "show", SERVICE, "nobody"), 1, "names no event"),
        (("parked", "show", SERVICE, "patient/x"), 1, "Nothing that is called patient/x"),
        (("parked", "retry", SERVICE), 2, "required"),
        (("parked", "retry", SERVICE, "--all", "--body", "/dev/null"), 2, "name exactly one"),
        (("parked", "list", "no_such_service"), 2, "no service called no_such_service"),
        (("parked", "list", "care_plan"), 1, "not the database of care_plan"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
async def test_a_command_that_cannot_be_done_says_why(
    on_bench: Bench, carebus: Carebus, words: tuple[str, ...], code: int, says: str
) -> None:
    ended = await carebus(*words)
    assert ended.code == code
    assert says in ended.err


async def test_the_list_can_be_narrowed_to_what_waits_for_long(on_bench: Bench, carebus: Carebus) -> None:
    log, long_ago, now = Log(), someone(), someone()
    await on_bench.deliver(log.record(long_ago, "broken", 1))
    async with on_bench.service.core.database.connection() as db:
        await db.execute("update parked_event set parked_at = parked_at - interval '3 hours'")
    await on_bench.deliver(log.record(now, "broken", 1))
    for span, streams in (("1m", [long_ago]), ("3h", [long_ago]), ("4h", [])):
        listed = await carebus("parked", "list", SERVICE, "--older-than", span, "--json")
        assert [one["stream"] for one in listed.json] == [f"patient/{each}" for each in streams]
    refused = await carebus("parked", "list", SERVICE, "--older-than", "soon")
    assert (refused.code, "soon is no span" in refused.err) == (2, True)

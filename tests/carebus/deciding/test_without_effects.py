"""Side effects off, in the one place where they are: decisions about the past, on a real database."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from carebus.contracts.event import patient_stream
from carebus.deciding.without_effects import WithoutEffects
from carebus.storage import outbox
from carebus.subscribing.arrivals import read_record
from carebus.subscribing.batch import Batch
from carebus.subscribing.interpreting import Interpreter
from carebus.subscribing.redrive import Redrive
from carebus.testing import Bench, TestRecord
from tests.carebus.subscribing.test_redrive import Log, marks, parked
from tests.carebus.wires import someone


def quietly(bench: Bench, quiet: WithoutEffects) -> Batch:
    core = bench.service.core
    return Batch(Interpreter(core.name, core.states, bench.service.hearing, core.tracing, quiet))


async def replay(bench: Bench, batch: Batch, *records: TestRecord) -> None:
    async with bench.service.core.database.transaction() as db:
        whole = {(record.topic, record.partition) for record in records}
        await batch.apply(db, [read_record(record) for record in records], bench.now(), whole)


def told_at(record: TestRecord, when: object) -> TestRecord:
    headers = tuple((k, str(when).replace(" ", "T").encode() if k == "ce_time" else v) for k, v in record.headers)
    return dataclasses.replace(record, headers=headers)


async def rows(bench: Bench, table: str) -> int:
    async with bench.service.core.database.connection() as db:
        return int(await db.fetchval(f"select count(*) from {table}"))


async def test_states_are_kept_and_nothing_is_told(tallying: Bench) -> None:
    patient, log, quiet = someone(), Log(), WithoutEffects(tallying.now())
    await replay(tallying, quietly(tallying, quiet), log.record(patient, "a", 1), log.record(patient, "b", 2))
    assert await marks(tallying, patient) == ["a", "b"]
    assert (await rows(tallying, "outbox"), await rows(tallying, "outbox_pending")) == (0, 0)
    assert quiet.would_tell == {"ReferralDeclined": 2}
    await tallying.deliver(log.record(patient, "c", 3))
    (told,) = await tallying.all_published()
    assert (told.stream, told.sequence) == (patient_stream(patient), 1)


async def test_decisions_are_taken_as_of_their_events_and_only_timers_of_the_future_are_kept(tallying: Bench) -> None:
    past, soon, moved, log, now = someone(), someone(), someone(), Log(), tallying.now()
    at = {past: now - timedelta(days=30), soon: now - timedelta(minutes=30)}
    batch = quietly(tallying, WithoutEffects(now))
    for patient, when in at.items():
        await replay(tallying, batch, told_at(log.record(patient, "later", 1), when))
    first, second = log.record(moved, "later", 1), log.record(moved, "later", 2)
    await replay(tallying, batch, told_at(first, now), told_at(second, now - timedelta(days=30)))
    async with tallying.service.core.database.connection() as db:
        due = {row["stream"]: row["due_at"] for row in await db.fetch("select stream, due_at from timer")}
    assert due == {patient_stream(soon): now + timedelta(minutes=30)}
    await tallying.passes(minutes=31)
    assert await marks(tallying, soon) == ["later", "reminded of later"]


async def test_what_waited_for_a_missing_event_is_as_quiet(tallying: Bench) -> None:
    patient, log = someone(), Log()
    batch = quietly(tallying, WithoutEffects(tallying.now()))
    await replay(tallying, batch, log.record(patient, "b", 2), log.record(patient, "c", 3))
    await replay(tallying, batch, log.record(patient, "a", 1))
    await Redrive(tallying.service.core, batch).waiting()
    assert await marks(tallying, patient) == ["a", "b", "c"]
    assert await rows(tallying, "outbox") == 0


async def test_what_could_not_be_told_for_its_size_fails_as_it_would_have(
    tallying: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, log, quiet = someone(), Log(), WithoutEffects(tallying.now())
    monkeypatch.setattr(outbox, "MAX_BODY", 10)
    await replay(tallying, quietly(tallying, quiet), log.record(patient, "a", 1))
    assert await parked(tallying) == [(1, "decision_failed")]
    assert (await marks(tallying, patient), quiet.would_tell) == ([], {})

"""Timers: due once, in order, unless cancelled; a failing one is kept and holds nobody up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from carebus.clock import Clock
from carebus.contracts.event import patient_stream
from carebus.service import Service
from carebus.testing import START, Bench, set_clock
from tests.carebus import tally
from tests.carebus.subscribing.test_redrive import marks, mend
from tests.carebus.wires import assessed, someone


async def ask(bench: Bench, patient: UUID, *wanted: str) -> None:
    for mark in wanted:
        answer = await bench.command(f"/api/{patient}/marks", assessed(mark).model_dump(mode="json"))
        assert answer.status_code == 201


async def timers(bench: Bench) -> list[Any]:
    async with bench.service.core.database.connection() as db:
        return list(await db.fetch("select * from timer order by due_at"))


async def standing(bench: Bench) -> dict[str, int]:
    status = (await bench.operators.get("/api/status")).json()
    return {"overdue": status["timers_overdue"], "held": status["timers_held"]}


async def test_a_timer_is_due_once_and_not_before_its_time(tallying: Bench) -> None:
    patient = someone()
    await ask(tallying, patient, "later")
    await tallying.passes(minutes=59)
    assert await marks(tallying, patient) == ["later"]
    await tallying.passes(minutes=1)
    await tallying.passes(days=1)
    assert await marks(tallying, patient) == ["later", "reminded of later"]
    assert await timers(tallying) == []


async def test_a_cancelled_timer_is_never_due(tallying: Bench) -> None:
    patient = someone()
    await ask(tallying, patient, "later", "cancel")
    await tallying.passes(days=1)
    assert await marks(tallying, patient) == ["later", "cancel"]


async def test_a_timer_set_again_is_moved(tallying: Bench) -> None:
    patient = someone()
    await ask(tallying, patient, "later1")
    await tallying.passes(minutes=30)
    await ask(tallying, patient, "later2")
    await tallying.passes(minutes=31)
    assert await marks(tallying, patient) == ["later1", "later2"]
    await tallying.passes(minutes=30)
    assert await marks(tallying, patient) == ["later1", "later2", "reminded of later2"]


async def test_one_batch_may_set_cancel_and_set_again(tallying: Bench) -> None:
    patient = someone()
    await tallying.hears(assessed("later1"), assessed("cancel"), assessed("later2"), patient=patient)
    await tallying.passes(hours=1)
    assert await marks(tallying, patient) == ["later1", "cancel", "later2", "reminded of later2"]


async def test_what_a_timer_causes_is_part_of_the_matter_that_set_it(tallying: Bench) -> None:
    patient, correlation = someone(), someone()
    await tallying.http.post(
        f"/api/{patient}/marks",
        json=assessed("later").model_dump(mode="json"),
        headers={"Idempotency-Key": "k", "X-Correlation-Id": str(correlation)},
    )
    [timer] = await timers(tallying)
    await tallying.passes(hours=1)
    [told] = await tallying.all_published()
    assert (told.correlation_id, told.causation_id) == (correlation, timer["id"])


async def test_a_timer_of_a_parked_patient_is_held_visibly_until_the_patient_goes_on(tallying: Bench) -> None:
    patient, other = someone(), someone()
    await ask(tallying, patient, "later")
    await ask(tallying, other, "later")
    await tallying.hears(assessed("broken"), patient=patient)
    await tallying.passes(hours=1)
    assert await marks(tallying, patient) == ["later"]
    assert await marks(tallying, other) == ["later", "reminded of later"]
    assert await standing(tallying) == {"overdue": 0, "held": 1}
    await mend(tallying, 1)
    await tallying.service.redrive.stream(patient_stream(patient))
    await tallying.passes(minutes=1)
    assert await marks(tallying, patient) == ["later", "mended", "reminded of later"]


@pytest.mark.parametrize("body", ['{"mark": "broken"}', '{"mark": "refused-by-database"}', '{"mark": "bug"}', "{}"])
async def test_a_failing_timer_is_kept_with_its_rule_and_holds_nobody_up(tallying: Bench, body: str) -> None:
    ill, well = someone(), someone()
    await ask(tallying, ill, "later")
    await ask(tallying, well, "later")
    async with tallying.service.core.database.connection() as db:
        await db.execute("update timer set body = $2::jsonb where stream = $1", patient_stream(ill), body)
    await tallying.passes(hours=1)
    await tallying.passes(hours=1)
    assert await marks(tallying, ill) == ["later"]
    assert await marks(tallying, well) == ["later", "reminded of later"]
    [kept] = await timers(tallying)
    assert kept["failed"]
    assert "Jane" not in kept["failed"]
    assert await standing(tallying) == {"overdue": 0, "held": 1}
    await ask(tallying, ill, "later again")  # setting it again mends it
    await tallying.passes(hours=1)
    assert await marks(tallying, ill) == ["later", "later again", "reminded of later again"]


async def test_timers_are_handled_in_the_order_of_their_times(tallying: Bench) -> None:
    patients = [someone() for _ in range(5)]
    for patient in reversed(patients):
        await ask(tallying, patient, "later")
        set_clock(tallying.clock_file, tallying.now() + timedelta(minutes=1))
    await tallying.passes(hours=2)
    told = [one.stream for one in await tallying.all_published()]
    assert told == [patient_stream(patient) for patient in reversed(patients)]


async def test_of_two_processes_one_handles_each_timer(tallying: Bench) -> None:
    patients = [someone() for _ in range(30)]
    await tallying.deliver(*(tallying.record(assessed("later"), patient_stream(patient)) for patient in patients))
    set_clock(tallying.clock_file, START + timedelta(hours=2))
    others: list[Service] = [tally.make(tallying.service.core.settings) for _ in range(2)]
    for other in others:
        await other.core.database.open()
    try:
        await asyncio.gather(*(service.timers.handle() for service in (tallying.service, *others) for _ in range(3)))
    finally:
        for other in others:
            await other.core.database.close()
    assert await timers(tallying) == []
    assert sorted(one.stream for one in await tallying.all_published()) == sorted(map(patient_stream, patients))


async def test_timers_and_commands_for_the_same_patients_at_once_neither_deadlock_nor_lose(tallying: Bench) -> None:
    patients = [someone() for _ in range(6)]
    for patient in patients:
        await ask(tallying, patient, "later")
    set_clock(tallying.clock_file, START + timedelta(hours=2))
    wanted = ["cancel", "plain", "later"]

    async def command(n: int) -> None:
        await ask(tallying, patients[n % 6], wanted[n % 3] if n % 3 < 2 else "plain")

    async def due() -> None:
        for _ in range(5):
            await tallying.service.timers.handle()

    await asyncio.gather(*(command(n) for n in range(60)), *(due() for _ in range(4)))
    for patient in patients:
        kept = await marks(tallying, patient)
        assert kept.count("later") == 1
        assert kept.count("reminded of later") <= 1
        assert len([mark for mark in kept if mark in {"plain", "cancel"}]) == 10
    assert await timers(tallying) == []
    for patient in patients:
        told = [one.sequence for one in await tallying.all_published() if one.stream == patient_stream(patient)]
        assert told == list(range(1, len(told) + 1))
    assert Clock(tallying.clock_file).now() == tallying.now()


NO_RIGHT = """
create function no_right() returns trigger language plpgsql as
$$ begin raise exception using errcode = '42501'; end $$
"""
PASSING = {
    "a role lacks a right for a while": (
        "create trigger held before insert on effect execute function no_right()",
        "drop trigger held on effect",
    ),
    "a table is not there yet": ("alter table effect rename to elsewhere", "alter table elsewhere rename to effect"),
}


@pytest.mark.parametrize("what", PASSING)
async def test_a_timer_waits_while_the_database_refuses_for_a_reason_of_its_own(tallying: Bench, what: str) -> None:
    patient = someone()
    await ask(tallying, patient, "later")
    breaks, mends = PASSING[what]
    async with tallying.service.core.database.connection() as db:
        await db.execute(NO_RIGHT)
        await db.execute(breaks)
    with pytest.raises(asyncpg.PostgresError):
        await tallying.passes(hours=1)
    [timer] = await timers(tallying)
    assert timer["failed"] is None
    async with tallying.service.core.database.connection() as db:
        await db.execute(mends)
    await tallying.passes(seconds=1)
    assert await marks(tallying, patient) == ["later", "reminded of later"]

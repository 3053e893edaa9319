"""Parked events and what waits behind them: in order, never skipping, on a real database without a broker."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.storage import parked_list
from carebus.storage.parked import Parked, Reason
from carebus.testing import Bench, TestRecord
from tests.carebus.wires import assessed, headers, someone


class Log:
    """Makes records as they stand in a log: each at the next offset."""

    def __init__(self) -> None:
        self.end = 0

    def record(
        self,
        patient: UUID,
        mark: str,
        sequence: int,
        source: str = "referral",
        follows: tuple[str, int] | None = None,
    ) -> TestRecord:
        self.end += 1
        event = assessed(mark)
        return TestRecord(
            "patient.events",
            0,
            self.end,
            0,
            str(patient).encode(),
            event.model_dump_json().encode(),
            tuple(headers(event, patient, sequence, source, follows=follows)),
        )


async def marks(bench: Bench, patient: UUID) -> list[str]:
    async with bench.service.core.database.connection() as db:
        rows = await db.fetch("select mark from effect where stream = $1 order by ordinal", patient_stream(patient))
    return [row["mark"] for row in rows]


async def parked(bench: Bench) -> list[tuple[int | None, str]]:
    async with bench.service.core.database.connection() as db:
        rows = await db.fetch("select sequence, reason from parked_event order by record_offset")
    return [(row["sequence"], row["reason"]) for row in rows]


async def mend(bench: Bench, sequence: int, mark: str = "mended") -> None:
    body: Any = assessed(mark).model_dump_json().encode()
    async with bench.service.core.database.connection() as db:
        await db.execute("update parked_event set body = $2 where sequence = $1", sequence, body)


async def test_a_gap_at_the_very_start_of_a_source_is_not_skipped_by_waiting(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "b", 2), log.record(patient, "c", 3))
    assert await parked(tallying) == [(2, "gap"), (3, "gap")]
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == []
    await tallying.deliver(log.record(patient, "a", 1))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["a", "b", "c"]
    assert await parked(tallying) == []


async def test_an_event_that_fills_a_gap_and_fails_is_mended_before_those_that_waited_for_it(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "a", 1), log.record(patient, "c", 3), log.record(patient, "d", 4))
    await tallying.deliver(log.record(patient, "broken", 2), log.record(patient, "x", 1, source="care_plan"))
    assert await parked(tallying) == [(3, "gap"), (4, "gap"), (2, "decision_failed"), (1, "behind")]
    redrive, stream = tallying.service.redrive, patient_stream(patient)
    assert (await redrive.stream(stream)).still == "broken"
    assert await marks(tallying, patient) == ["a"]
    await mend(tallying, 2, "b")
    assert (await redrive.stream(stream)).handled == 4
    assert await marks(tallying, patient) == ["a", "b", "c", "d", "x"]


async def test_an_event_that_waited_in_a_gap_and_fails_when_its_turn_comes_leaves_no_gap_behind(
    tallying: Bench,
) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "a", 1), log.record(patient, "broken", 3), log.record(patient, "d", 4))
    await tallying.deliver(log.record(patient, "b", 2))
    redrive, stream = tallying.service.redrive, patient_stream(patient)
    assert (await redrive.stream(stream)).still == "broken"
    assert await parked(tallying) == [(3, "decision_failed"), (4, "gap")]
    await mend(tallying, 3, "c")
    assert (await redrive.stream(stream)).handled == 2
    assert await marks(tallying, patient) == ["a", "b", "c", "d"]
    assert (await tallying.deliver(log.record(patient, "e", 5))).parked == {}


async def test_an_event_that_fills_one_gap_does_not_overtake_what_waits_behind_another(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "b", 2), log.record(patient, "x", 1, "care_plan"), log.record(patient, "z", 3, "care_plan")
    )
    await tallying.deliver(log.record(patient, "y", 2, "care_plan"))
    assert await marks(tallying, patient) == []
    await tallying.deliver(log.record(patient, "a", 1))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["a", "b", "x", "y", "z"]


async def test_an_event_that_waits_in_a_gap_and_comes_again_when_the_gap_is_filled_is_not_lost(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "broken", 1), log.record(patient, "c", 3))
    await tallying.deliver(log.record(patient, "b", 2), log.record(patient, "c", 3))
    await mend(tallying, 1, "a")
    await tallying.service.redrive.stream(patient_stream(patient))
    assert await marks(tallying, patient) == ["a", "b", "c"]


async def test_waiting_handles_nothing_behind_an_event_that_failed(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "broken", 1), log.record(patient, "b", 2))
    await tallying.service.redrive.waiting()
    assert await parked(tallying) == [(1, "decision_failed"), (2, "behind")]


async def test_a_retry_that_fails_again_is_counted_with_its_newest_reason(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "broken", 1))
    await mend(tallying, 1, "refused-by-database")
    redriven = await tallying.service.redrive.stream(patient_stream(patient))
    assert redriven.handled == 0
    assert redriven.still == "SQLSTATE 23514"
    async with tallying.service.core.database.connection() as db:
        row = await db.fetchrow("select reason, attempts from parked_event")
    assert row is not None
    assert (row["reason"], row["attempts"]) == (Reason.DATABASE_REFUSED, 2)
    assert await marks(tallying, patient) == []


async def test_what_was_redriven_is_a_repeat_when_it_is_delivered_again(tallying: Bench) -> None:
    patient, log = someone(), Log()
    records = [log.record(patient, "broken", 1), log.record(patient, "b", 2)]
    await tallying.deliver(*records)
    await tallying.deliver(*records)
    assert len(await parked(tallying)) == 2
    await mend(tallying, 1, "a")
    await tallying.service.redrive.stream(patient_stream(patient))
    assert (await tallying.deliver(*records)).repeats == 2
    assert await marks(tallying, patient) == ["a", "b"]


async def test_a_patient_with_nothing_parked_has_nothing_to_redrive(tallying: Bench) -> None:
    assert (await tallying.service.redrive.stream(patient_stream(someone()))).handled == 0


async def test_a_gap_in_one_source_holds_the_events_of_all_others_of_that_patient(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "a", 1), log.record(patient, "c", 3), log.record(patient, "x", 1, source="care_plan")
    )
    assert await parked(tallying) == [(3, "gap"), (1, "behind")]
    await tallying.deliver(log.record(patient, "b", 2))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["a", "b", "c", "x"]


async def without_headers(tallying: Bench, record: TestRecord) -> tuple[Parked, Parked]:
    """Deliver it with its envelope destroyed; gives what is in custody, and the same mended."""
    await tallying.deliver(dataclasses.replace(record, headers=record.headers[1:]))
    async with tallying.service.core.database.connection() as db:
        (kept,) = await parked_list.listed(db, target=f"{record.topic}:{record.partition}:{record.offset}")
    good = [(name, value) for name, value in record.headers if value is not None]
    return kept.event, dataclasses.replace(kept.event, headers=good)


async def test_a_mended_envelope_that_fills_a_gap_goes_before_what_waits(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "a", 1))
    event, mended = await without_headers(tallying, log.record(patient, "b", 2))
    await tallying.deliver(log.record(patient, "c", 3), log.record(patient, "x", 1, "care_plan"))
    assert (await tallying.service.redrive.event(event, mended=mended)).handled == 3
    assert await marks(tallying, patient) == ["a", "b", "c", "x"]
    assert await parked(tallying) == []


async def test_a_mended_envelope_waits_its_turn_behind_what_failed_before_it(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "broken", 1, "care_plan"))
    event, mended = await without_headers(tallying, log.record(patient, "a", 1))
    redriven = await tallying.service.redrive.event(event, mended=mended)
    assert (redriven.handled, redriven.still) == (0, "broken")
    assert await parked(tallying) == [(1, "decision_failed"), (1, "behind")]
    async with tallying.service.core.database.connection() as db:
        await db.execute("update parked_event set body = $1", assessed("x").model_dump_json().encode())
    assert (await tallying.service.redrive.stream(patient_stream(patient))).handled == 2


async def test_a_service_that_hears_its_own_events_waits_for_one_that_the_log_lost(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "a", 1, "tally"), log.record(patient, "c", 3, "tally"))
    await tallying.deliver(log.record(patient, "b", 2, "tally"))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["a", "b", "c"]


def another(record: TestRecord) -> TestRecord:
    """The same record with another id: what a producer publishes whose database went back in time."""
    replaced = [(name, str(someone()).encode() if name == "ce_id" else value) for name, value in record.headers]
    return dataclasses.replace(record, headers=tuple(replaced))


async def test_another_event_with_a_known_sequence_is_parked_and_blocks_its_stream(tallying: Bench) -> None:
    log, patient, other = Log(), someone(), someone()
    first, fork = log.record(patient, "a", 1), another(log.record(patient, "another a", 1))
    await tallying.deliver(first)
    handled = await tallying.deliver(fork, log.record(patient, "b", 2), log.record(other, "x", 1))
    assert handled.parked == {Reason.FORKED: 1, Reason.BEHIND: 1}
    assert (await marks(tallying, patient), await marks(tallying, other)) == (["a"], ["x"])
    again = await tallying.deliver(first, fork)
    assert (again.repeats, again.parked) == (1, {Reason.FORKED: 1})
    assert (await tallying.operators.get("/api/status")).json()["forked"] == 1


async def test_a_forked_event_is_handled_when_an_operator_says_so_and_its_stream_goes_on(tallying: Bench) -> None:
    log, patient = Log(), someone()
    await tallying.deliver(log.record(patient, "a", 1))
    await tallying.deliver(another(log.record(patient, "another a", 1)), log.record(patient, "b", 2))
    redriven = await tallying.service.redrive.stream(patient_stream(patient))
    assert (redriven.handled, redriven.still) == (2, None)
    assert await marks(tallying, patient) == ["a", "another a", "b"]

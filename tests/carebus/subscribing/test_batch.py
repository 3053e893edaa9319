"""One event that cannot be saved is set aside alone, whatever it is that breaks, and at a price that stays small."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import pytest

from carebus.contracts.event import Stream, patient_stream
from carebus.storage.database import Connection
from carebus.subscribing.batch import Batch
from tests.carebus import tally
from tests.carebus.tally import Tally
from tests.carebus.wires import Wire, someone, until

MANY = 256


async def handled(wire: Wire, service: Any, patient: Any, count: int) -> None:
    async def enough() -> bool:
        return len(await wire.marks(service, patient)) >= count

    await until(enough, f"{count} marks handled")


async def in_custody(wire: Wire, service: Any) -> list[tuple[str, str]]:
    rows = await wire.query(service, "select reason, rule from parked_event order by record_offset")
    return [(row["reason"], row["rule"]) for row in rows]


async def test_one_refused_row_in_a_large_batch_costs_a_few_halves_and_not_one_try_per_event(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, apply = [], Batch.apply

    async def counted(self: Batch, db: Connection, arrivals: Any, *rest: Any) -> Any:
        tries.append(len(arrivals))
        return await apply(self, db, arrivals, *rest)

    monkeypatch.setattr(Batch, "apply", counted)
    well = someone()
    await on_wire.tell(well, *(f"m{n}" for n in range(MANY // 2)))
    await on_wire.tell(someone(), "refused-by-database")
    await on_wire.tell(well, *(f"m{n}" for n in range(MANY // 2, MANY)), first=MANY // 2 + 1)
    async with (service := on_wire.service(batch_records=2 * MANY)).running():
        await handled(on_wire, service, well, MANY)
        assert await on_wire.marks(service, well) == [f"m{n}" for n in range(MANY)]
        assert await in_custody(on_wire, service) == [("database_refused", "SQLSTATE 23514")]
    batches = sum(size > MANY // 8 for size in tries) + 2
    assert len(tries) <= batches + 2 * math.ceil(math.log2(MANY)) + 2, tries


async def test_what_the_database_refuses_only_at_commit_is_parked_alone(on_wire: Wire) -> None:
    well, service = someone(), on_wire.service()
    async with service.running():
        await on_wire.query(
            service,
            "create function late() returns trigger language plpgsql as $$"
            " begin raise exception using errcode = '23514'; end $$",
        )
        await on_wire.query(
            service,
            "create constraint trigger late after insert on effect deferrable initially deferred"
            " for each row when (new.mark = 'late') execute function late()",
        )
        await on_wire.tell(well, "a")
        await on_wire.tell(someone(), "late")
        await on_wire.tell(well, "b", first=2)
        await handled(on_wire, service, well, 2)
        assert await in_custody(on_wire, service) == [("database_refused", "SQLSTATE 23514")]


async def test_a_value_too_long_for_an_index_is_parked_alone(on_wire: Wire) -> None:
    well, service = someone(), on_wire.service()
    long = random.Random(1).randbytes(20_000).hex()
    async with service.running():
        await on_wire.query(service, "create index on effect (mark)")
        await on_wire.tell(well, "a")
        await on_wire.tell(someone(), long)
        await on_wire.tell(well, "b", first=2)
        await handled(on_wire, service, well, 2)
        assert await in_custody(on_wire, service) == [("database_refused", "SQLSTATE 54000")]


async def test_an_error_in_a_services_own_saving_of_one_patient_parks_that_patient_alone(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = tally._save_effects  # the room where a service's bug would be

    async def buggy(db: Connection, states: Mapping[Stream, Tally]) -> None:
        if any("saved-with-a-bug" in state.marks for state in states.values()):
            raise KeyError("Jane Roe, born 1941")
        await save(db, states)

    monkeypatch.setattr(tally, "_save_effects", buggy)
    well, service = someone(), on_wire.service()
    await on_wire.tell(well, "a")
    await on_wire.tell(ill := someone(), "before", "saved-with-a-bug", "after")
    await on_wire.tell(well, "b", first=2)
    async with service.running():
        await handled(on_wire, service, well, 2)
        assert await in_custody(on_wire, service) == [
            ("decision_failed", "KeyError"),
            ("behind", "an earlier event of its stream is parked"),
        ]
        assert (await service.redrive.stream(patient_stream(ill))).still == "KeyError"
        monkeypatch.setattr(tally, "_save_effects", save)
        mended = on_wire.service()
        await mended.core.database.open()
        assert (await mended.redrive.stream(patient_stream(ill))).handled == 2
        await mended.core.database.close()
        assert await on_wire.marks(service, ill) == ["before", "saved-with-a-bug", "after"]


async def test_a_stored_state_that_cannot_be_read_stops_its_patient_alone(on_wire: Wire) -> None:
    ill, well, service = someone(), someone(), on_wire.service()
    await on_wire.tell(ill, "a")
    async with service.running():
        await handled(on_wire, service, ill, 1)
        await on_wire.query(service, """update tally set doc = '{"marks": 7}'""")
        await on_wire.tell(ill, "b", first=2)
        await on_wire.tell(well, "c")
        await handled(on_wire, service, well, 1)
        assert await in_custody(on_wire, service) == [("decision_failed", "marks: tuple_type")]

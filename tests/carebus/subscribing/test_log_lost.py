"""A reader of a log that is another one now reads it from its first event, and nothing that it held of the old one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from carebus.service import Service
from tests.carebus.kafka.test_witness import lose_the_log
from tests.carebus.wires import Wire, someone, until


async def test_what_was_fetched_before_a_look_at_the_log_is_fetched_again(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be of a log that another broker replaced before the look."""
    service, patient, held, given = on_wire.service(role="subscriber"), someone(), asyncio.Event(), list[int]()
    async with service.running():
        await on_wire.tell(patient, "a")
        await until_heard(on_wire, service, patient, "a")
        once = service.subscriber._once

        async def holds(records: Any, *args: Any, **kwargs: Any) -> None:
            given.extend(record.offset for record in records)
            await held.wait()
            await once(records, *args, **kwargs)

        monkeypatch.setattr(service.subscriber, "_once", holds)
        await on_wire.tell(patient, "b", first=2)

        async def in_hand() -> bool:
            return given == [1]

        await until(in_hand, "a batch is in hand")
        await on_wire.tell(patient, "c", first=3)
        service.subscriber._witness.look_again()
        held.set()
        await until_heard(on_wire, service, patient, "a", "b", "c")
    assert given == [1, 1, 2]


async def test_a_commit_that_a_look_at_the_log_may_not_have_seen_makes_another_look(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, patient = on_wire.service(role="subscriber"), someone()
    witness, batch = service.subscriber._witness, service.subscriber._batch
    async with service.running():
        await on_wire.tell(patient, "a")
        await until_heard(on_wire, service, patient, "a")
        apply, before = batch.apply, witness.looks

        async def while_another_looks(*args: Any) -> Any:
            monkeypatch.setattr(batch, "apply", apply)
            witness.looks += 1
            return await apply(*args)

        monkeypatch.setattr(batch, "apply", while_another_looks)
        await on_wire.tell(patient, "b", first=2)

        async def looked_again() -> bool:
            return witness.looks == before + 2

        await until(looked_again, "the log is looked at after the commit too")
        await until_heard(on_wire, service, patient, "a", "b")


async def until_heard(wire: Wire, service: Service, patient: UUID, *marks: str) -> None:
    async def heard() -> bool:
        return await wire.marks(service, patient) == list(marks)

    await until(heard, f"{marks} are heard")


async def test_a_subscriber_reads_a_log_that_grew_again_from_its_first_event(on_wire: Wire) -> None:
    early, late = someone(), someone()
    first = on_wire.service(role="subscriber")
    async with first.running():
        await on_wire.tell(early, "a", "b", "c")

        async def heard() -> bool:
            return await on_wire.marks(first, early) == ["a", "b", "c"]

        await until(heard, "the first events are heard")
    await lose_the_log(on_wire)
    await on_wire.tell(late, "x", "y", "z", "w")  # beyond the stored offset, which would skip the first three
    second = on_wire.service(role="subscriber")
    async with second.running():

        async def heard_too() -> bool:
            return await on_wire.marks(second, late) == ["x", "y", "z", "w"]

        await until(heard_too, "what is at places that were read before is heard")
        repairs = await on_wire.query(second, "select set_to from offset_repair")
    assert [row["set_to"] for row in repairs] == [0]


async def test_what_is_parked_of_a_lost_log_keeps_no_other_event_from_being_parked(on_wire: Wire) -> None:
    async def in_custody(service: Service) -> list[str]:
        rows = await on_wire.query(service, "select stream from parked_event order by topic, partition, record_offset")
        return [row["stream"] for row in rows]

    before, after = someone(), someone()
    first = on_wire.service(role="subscriber")
    async with first.running():
        await on_wire.tell(before, "broken")

        async def parked() -> bool:
            return await in_custody(first) == [f"patient/{before}"]

        await until(parked, "the first event is parked")
    await lose_the_log(on_wire)
    await on_wire.tell(after, "broken")
    second = on_wire.service(role="subscriber")
    async with second.running():

        async def both_parked() -> bool:
            return await in_custody(second) == [f"patient/{before}", f"patient/{after}"]

        await until(both_parked, "the event at the same offset is parked too")

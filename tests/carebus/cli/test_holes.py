"""Records that were deleted before a service had read them: shown, filled by republishing, closed by an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from carebus.contracts import PUBLISHED_BY
from carebus.service import Service
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.carebus.wires import Wire, someone, until

BECAUSE = ("--because", "a test", "--json")


async def delete_before(on: Wire, offset: int) -> None:
    """Delete every record of the journal's partition 0 before this offset, as an operator or a retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=on.bootstrap)
    await admin.start()
    try:
        part = TopicPartition(on.prefix + "patient.events", 0)
        await admin.delete_records({part: RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


async def all_heard(on: Wire, service: Service, patient: UUID, marks: Sequence[str]) -> None:
    async def heard() -> bool:
        return await on.marks(service, patient) == list(marks)

    await until(heard, f"{marks} are heard")


async def standing(carebus: Carebus, on: Wire) -> dict[str, Any]:
    ended = await carebus("status", on.url, "--json")
    found = dict(ended.json[0])
    assert ended.code == (1 if found["needs"] else 0)
    return found


async def compare(on: Wire, source: str, missing: int) -> None:
    """The source's operator has compared its outbox with the topics."""
    db = await asyncpg.connect(on.url)
    await db.execute("insert into comparison (source, began_at, missing, differences) values ($1, now(), $2, $2)",
                     source, missing)  # fmt: skip
    await db.close()


async def close(carebus: Carebus, on: Wire) -> Any:
    others = [word for source in PUBLISHED_BY if source != "referral" for word in ("--without", source)]
    return await carebus("holes", "close", SERVICE, on.url, *others, *BECAUSE)


async def test_what_was_deleted_unread_is_heard_after_it_was_published_again(at_desk: Wire, carebus: Carebus) -> None:
    known, new = someone(), someone()
    async with at_desk.service().running():
        await at_desk.tell(known, "a", "b")
        service = at_desk.service()
        await service.core.database.open()
        await all_heard(at_desk, service, known, ["a", "b"])
    await at_desk.tell(known, "c", "d", first=3)
    await at_desk.tell(new, "x")
    last = await at_desk.put(b"{}", [])
    await at_desk.tell(known, "e", first=5)
    await at_desk.tell(new, "y", first=2)
    await delete_before(at_desk, last)
    async with at_desk.service().running():

        async def parked() -> bool:
            return bool((await standing(carebus, at_desk))["parked"] == 3)

        await until(parked, "what stands behind the hole waits: two gaps and one record that is no event")
        found = await standing(carebus, at_desk)
        assert (found["holes"], await at_desk.marks(service, new)) == (1, [])
        assert any("deleted before it had read them" in why for why in found["needs"])
        await at_desk.tell(known, "c", "d", first=3)  # as `reconcile --republish` does
        await at_desk.tell(new, "x")
        await all_heard(at_desk, service, known, ["a", "b", "c", "d", "e"])
        await all_heard(at_desk, service, new, ["x", "y"])
    assert (await standing(carebus, at_desk))["holes"] == 1, "a last event would have left no gap: a person must look"
    await service.core.database.close()


async def test_a_hole_is_closed_only_after_every_source_was_compared_and_lacked_nothing(
    at_desk: Wire, carebus: Carebus
) -> None:
    await compare(at_desk, "referral", 0)
    db = await asyncpg.connect(at_desk.url)
    await db.execute(
        "insert into log_hole (topic, partition, from_offset, to_offset, at_start) values ('t', 0, 1, 5, false)"
    )
    await db.close()
    listed = await carebus("holes", "list", SERVICE, "--json")
    assert (listed.code, listed.json[0]["start"], listed.json[0]["end"]) == (1, 1, 5)
    too_early = await close(carebus, at_desk)
    assert (too_early.code, "referral has not been compared" in too_early.err) == (1, True)
    await compare(at_desk, "referral", 3)
    lacking = await close(carebus, at_desk)
    assert (lacking.code, "3 of its events were not on the topics" in " ".join(lacking.err.split())) == (1, True)
    await compare(at_desk, "referral", 0)
    assert (await close(carebus, at_desk)).json == {"closed": 1}
    assert (await carebus("holes", "list", SERVICE)).code == 0
    assert (await standing(carebus, at_desk))["needs"] == []


async def test_a_new_service_on_a_shortened_log_begins_as_an_operator_says(at_desk: Wire, carebus: Carebus) -> None:
    patient, other = someone(), someone()
    await at_desk.tell(patient, "a", "b")
    last = await at_desk.put(b"{}", [])
    await at_desk.tell(patient, "c", first=3)
    await at_desk.tell(other, "x")
    await delete_before(at_desk, last)
    service = at_desk.service()
    await service.core.database.open()
    async with at_desk.service().running():

        async def waits() -> bool:
            return bool((await standing(carebus, at_desk))["waits_on_shortened_log"])

        await until(waits, "it waits")
        assert await at_desk.marks(service, other) == []
        begun = await carebus("holes", "begin-with-what-is-left", SERVICE, *BECAUSE)
        assert begun.json == {"partitions": 1}
        await all_heard(at_desk, service, patient, ["c"])
        await all_heard(at_desk, service, other, ["x"])
    await service.core.database.close()
    nothing = await carebus("holes", "begin-with-what-is-left", SERVICE, *BECAUSE)
    assert (nothing.code, "waits on no shortened log" in nothing.err) == (1, True)

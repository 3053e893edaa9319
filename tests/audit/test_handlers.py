"""Rows are kept as they come, each once, and a chain that is not whole is seen; every event delivered twice."""

from __future__ import annotations

from carebus.contracts import patient_stream
from carebus.contracts.audit import AuditSealed
from carebus.testing import START, Bench, Happens, Opened, late_differences
from services.audit import store
from services.audit.domain import Chain
from services.audit.store import Wanted
from tests.audit.sealing import ANNA, BENNO, NURSE, batches, row, stream
from tests.merges import merged, unmerged


async def kept(audit: Bench, wanted: Wanted | None = None) -> list[int]:
    async with audit.service.core.database.connection() as db:
        found, _ = await store.rows(db, wanted or Wanted(), None, 100)
    return [one.number for one in found]


async def chain(audit: Bench, service: str = "care_plan") -> Chain:
    async with audit.service.core.database.connection() as db:
        return (await store.chains(db)).get(service, Chain())


async def test_rows_are_kept_once_and_the_chain_goes_on(audit: Bench) -> None:
    told = batches([row(1), row(2)], [row(3)])
    await audit.hears(*told, stream=stream(), times=2)
    assert await kept(audit) == [3, 2, 1]
    found = await chain(audit)
    assert (found.rows, found.batches, found.head, found.faults) == (3, 2, told[-1].head, ())


async def test_two_services_have_a_chain_each(audit: Bench) -> None:
    await audit.hears(*batches([row(1)]), stream=stream())
    await audit.hears(*batches([row(2)], service="referral"), stream=stream("referral"))
    for service in ("care_plan", "referral"):
        assert (await chain(audit, service)).faults == ()
    assert len(await kept(audit)) == 2


async def test_a_row_that_was_changed_after_it_was_sealed_is_seen_and_kept(audit: Bench) -> None:
    [told] = batches([row(1), row(2)])
    await audit.hears(told.model_copy(update={"rows": (row(1), row(2, who="x"))}), stream=stream())
    assert [fault.what for fault in (await chain(audit)).faults] == ["told_with_another_head"]
    assert await kept(audit) == [2, 1]


async def test_a_batch_that_is_missing_is_seen_once(audit: Bench) -> None:
    first, _, third, fourth = batches([row(1)], [row(2)], [row(3)], [row(4)])
    await audit.hears(first, third, fourth, stream=stream())
    assert [(fault.what, fault.at) for fault in (await chain(audit)).faults] == [("rows_missing", 2)]


async def test_a_chain_that_begins_anew_is_seen_and_hides_nothing(audit: Bench) -> None:
    await audit.hears(*batches([row(1)], [row(2)]), stream=stream())
    await audit.hears(*batches([row(5)]), stream=stream())
    assert [fault.what for fault in (await chain(audit)).faults] == ["rows_missing"]
    assert len(await kept(audit)) == 3


async def test_what_another_tells_in_a_services_name_is_left_out(audit: Bench) -> None:
    [told] = batches([row(1)])
    await audit.deliver(audit.record(told, stream(), source="referral"))
    assert (await kept(audit), await chain(audit)) == ([], Chain())


async def test_whom_a_list_showed_is_found_by_each_of_them(audit: Bench) -> None:
    await audit.hears(*batches([row(1), row(2, patients=()), row(3, who="x")]), stream=stream())
    assert await kept(audit, Wanted(patient=ANNA)) == [3, 1]
    assert await kept(audit, Wanted(patient=ANNA, who=NURSE)) == [1]


async def test_the_service_hears_its_own_rows_too(audit: Bench) -> None:
    async with audit.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from audit_pending") == 0
    await audit.http.get("/api/rows")
    await audit.command(f"/api/reviews/{ANNA}", {"finding": "justified"})
    while await audit.service.sealer.seal():
        pass
    for told in await audit.published(AuditSealed):
        await audit.hears(told, stream=stream("audit"))
        assert (await chain(audit, "audit")).faults == ()


async def test_what_is_heard_a_month_late_has_its_own_dates(opened: Opened) -> None:
    [told] = batches([row(1)])
    assert told.rows[0].clinic_at == START
    story = [
        Happens(row(1).at - START, told, stream()),
        *(Happens(row(2).at - START, each(BENNO, ANNA), patient_stream(BENNO)) for each in (merged, unmerged)),
    ]
    assert await late_differences(opened, story) == set()

"""Pending rows become links of a chain and events, each once, whoever leads and whatever was killed in between."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from carebus.access import Caller
from carebus.contracts.audit import AuditKind, AuditSealed, ChainFault, rows_of
from carebus.contracts.event import Stream
from carebus.deciding import sealing
from carebus.deciding.auditing import Asking, Audit
from carebus.deciding.sealing import Sealer
from carebus.deciding.transaction import Deciding
from carebus.testing import Bench
from carebus.testing.people import account
from tests.carebus.audited import pending, seal_all, tampered, walked
from tests.carebus.tallied import body, rows
from tests.carebus.wires import someone

STREAM = Stream("audit/tally")


async def commanded(bench: Bench, many: int) -> None:
    for n in range(many):
        await bench.command(f"/api/{someone()}/marks", body(f"m{n}"))


async def batches(bench: Bench) -> list[AuditSealed]:
    return await bench.published(AuditSealed)


async def test_what_was_pending_is_sealed_in_order_and_told_once(tallying: Bench) -> None:
    await commanded(tallying, 3)
    waited = [row.id for row in await pending(tallying)]
    await seal_all(tallying)
    walk, faults = await walked(tallying)
    [batch] = await batches(tallying)
    assert (await pending(tallying), faults, walk.number) == ([], [], 3)
    assert [row.id for row in batch.rows] == waited
    assert (batch.batch, batch.first, batch.head, rows_of(batch)[-1].hash) == (1, 1, walk.head, walk.head)
    [told] = [one for one in await tallying.all_published() if isinstance(one.event, AuditSealed)]
    assert (told.stream, told.sequence) == (STREAM, 1)


async def test_nothing_pending_is_no_batch(tallying: Bench) -> None:
    await seal_all(tallying)
    assert (await batches(tallying), await rows(tallying, "audit_sealed")) == ([], 0)


async def test_a_batch_has_two_hundred_rows_at_most_and_goes_on_where_the_last_ended(
    tallying: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 4)
    await commanded(tallying, 10)
    await seal_all(tallying)
    found = await batches(tallying)
    assert [(one.batch, one.first, len(one.rows)) for one in found] == [(1, 1, 4), (2, 5, 4), (3, 9, 2)]
    assert [one.previous for one in found[1:]] == [one.head for one in found[:-1]]
    assert (await walked(tallying))[1] == []


async def test_a_batch_of_long_lists_fits_into_an_event(tallying: Bench) -> None:
    audit = Audit(tallying.service.core)
    for n in range(20):
        asking = Asking(Caller(account=account(str(n))))
        await audit.seen(asking, "GET /export", [someone() for _ in range(1200)], AuditKind.EXPORT)
    assert len(await pending(tallying)) == 60
    await seal_all(tallying)
    assert sum(len(one.rows) for one in await batches(tallying)) == 60
    assert (await walked(tallying))[1] == []


async def test_two_leaders_seal_each_row_once(tallying: Bench) -> None:
    one, other = Sealer(tallying.service.core), Sealer(tallying.service.core)
    for _ in range(5):
        await commanded(tallying, 4)
        await asyncio.gather(one.seal(), other.seal(), one.seal())
    await seal_all(tallying)
    walk, faults = await walked(tallying)
    told = [row.id for batch in await batches(tallying) for row in batch.rows]
    assert (faults, walk.number, len(told), len(set(told))) == ([], 20, 20, 20)


async def test_a_seal_that_is_undone_leaves_the_rows_pending(tallying: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the process is killed between the chain and the event: it is one transaction."""
    await commanded(tallying, 3)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(Deciding, "save", killed)
        with pytest.raises(asyncio.CancelledError):
            await tallying.service.sealer.seal()
    assert (len(await pending(tallying)), await rows(tallying, "audit_sealed")) == (3, 0)
    await seal_all(tallying)
    assert ((await walked(tallying))[1], len((await batches(tallying))[0].rows)) == ([], 3)


@pytest.mark.parametrize(
    "what", ["update audit_sealed set batch = 7", "delete from audit_sealed", "truncate audit_sealed"]
)
async def test_sealed_rows_are_only_added_to(tallying: Bench, what: str) -> None:
    await commanded(tallying, 1)
    await seal_all(tallying)
    async with tallying.service.core.database.connection() as db:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed"):
            await db.execute(what)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (
            "update audit_sealed set content = replace(content, 'done', 'gone') || ' ' where number = 2",
            ("row_changed", 2),
        ),
        ("delete from audit_sealed where number = 2", ("rows_missing", 2)),
        ("delete from audit_sealed where number = 1", ("rows_missing", 1)),
        ("update audit_sealed set previous = hash where number = 3", ("not_the_next_row", 3)),
    ],
)
async def test_whoever_takes_the_trigger_away_is_found(tallying: Bench, what: str, found: tuple[str, int]) -> None:
    await commanded(tallying, 4)
    await seal_all(tallying)
    await tampered(tallying, what)
    assert ChainFault(*found) in (await walked(tallying))[1]


async def test_the_leader_seals_what_comes_within_two_seconds(tallying: Bench) -> None:
    stop = asyncio.Event()
    with tallying.service.core.notices.audited.doing(stop):
        running = asyncio.create_task(tallying.service.sealer.run(stop))
        await asyncio.sleep(0.1)
        for _ in range(2):
            await commanded(tallying, 2)
            async with asyncio.timeout(2):
                while await pending(tallying):
                    await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(running, 5)
    assert sum(len(one.rows) for one in await batches(tallying)) == 4

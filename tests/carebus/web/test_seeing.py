"""A row says who saw whom before the answer goes out, once for the same people within a quarter of an hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from carebus.access import AccountRole
from carebus.settings import Settings
from carebus.testing import Bench, bench
from carebus.testing.people import account
from tests.carebus import audited, tally
from tests.carebus.audited import ANNA, BENNO, CLARA, told
from tests.carebus.tallied import body
from tests.databases import fresh_database


@pytest.fixture
async def seen(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The service on the bench; whoever asks says who."""
    clock = tmp_path / "clock.json"
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
        settings = Settings.model_validate(
            {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "clock_file": clock}
        )
        async with bench(lambda: audited.make(settings), clock, token_for=lambda _: None) as made:
            yield made


async def get(seen: Bench, path: str, *roles: AccountRole, subject: str = "") -> httpx.Response:
    async with seen.as_(*roles, subject=subject) as http:
        return await http.get(path)


PAGE = f"/patients/{ANNA}"


async def test_a_page_of_a_patient_is_a_row_of_who_saw_whom(seen: Bench) -> None:
    assert (await get(seen, PAGE, AccountRole.SUPERVISOR)).status_code == 200
    [row] = await audited.pending(seen)
    assert (row.kind, row.name, row.role, row.patients) == ("read", "GET /patients/{patient_id}", "supervisor", (ANNA,))
    assert (row.who, row.clinic_at, row.from_address) == (str(account("supervisor")), seen.now(), "127.0.0.1")
    assert row.correlation_id is not None


async def test_the_same_page_within_a_quarter_of_an_hour_is_no_further_row(seen: Bench) -> None:
    for _ in range(3):
        await get(seen, PAGE, AccountRole.SUPERVISOR)
    await get(seen, PAGE, AccountRole.SUPERVISOR, subject="another")
    assert len(await told(seen)) == 2
    await later(seen, "16 minutes")
    await get(seen, PAGE, AccountRole.SUPERVISOR)
    assert len(await told(seen)) == 3


async def later(seen: Bench, span: str) -> None:
    async with seen.service.core.database.connection() as db:
        await db.execute("update audit_known set at = at - $1::text::interval", span)


async def test_many_at_once_see_the_same_and_are_one_row(seen: Bench) -> None:
    async with seen.as_(AccountRole.SUPERVISOR) as http:
        for answer in await asyncio.gather(*(http.get(PAGE) for _ in range(8))):
            assert answer.status_code == 200
    assert len(await told(seen)) == 1


async def test_a_list_names_whom_it_showed(seen: Bench) -> None:
    await get(seen, "/list", AccountRole.SUPERVISOR)
    assert await told(seen) == [("read", "GET /list", "supervisor", (ANNA, BENNO), "done")]


async def test_an_export_is_a_row_each_time(seen: Bench) -> None:
    for _ in range(2):
        await get(seen, "/export", AccountRole.SUPERVISOR)
    assert await told(seen) == [("export", "GET /export", "supervisor", (ANNA, BENNO, CLARA), "done")] * 2


async def test_what_shows_nobody_is_no_row(seen: Bench) -> None:
    assert (await get(seen, "/public")).status_code == 200
    assert await told(seen) == []


@pytest.mark.parametrize(
    ("path", "who", "status", "expected"),
    [
        ("/list", AccountRole.NURSE, 403, ("denial", "GET /list", "nurse", (), "access_denied")),
        (PAGE, AccountRole.NURSE, 404, ("denial", "GET /patients/{patient_id}", "nurse", (ANNA,), "unseen")),
        (f"/of/{CLARA}", AccountRole.NURSE, 404, ("denial", "GET /of/{visit_id}", "nurse", (ANNA,), "unseen")),
    ],
)
async def test_a_denial_is_one_row_a_minute(
    seen: Bench, path: str, who: AccountRole, status: int, expected: tuple[object, ...]
) -> None:
    for _ in range(3):
        assert (await get(seen, path, who)).status_code == status
    assert await told(seen) == [expected]
    await later(seen, "2 minutes")
    await get(seen, path, who)
    assert await told(seen) == [expected] * 2


async def test_a_bad_token_is_a_denial_and_no_token_is_none(seen: Bench) -> None:
    assert (await seen.http.get(PAGE, headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await seen.http.get(PAGE)).status_code == 401
    assert await told(seen) == [("denial", "GET /patients/{patient_id}", "outsider", (ANNA,), "token_refused")]


async def test_nothing_is_shown_while_the_row_cannot_be_written(seen: Bench) -> None:
    async with seen.service.core.database.connection() as db:
        await db.execute("alter table audit_pending rename to audit_elsewhere")
    for path in (PAGE, "/list", "/export"):
        answer = await get(seen, path, AccountRole.SUPERVISOR)
        assert (answer.status_code, str(ANNA) in answer.text, "shown" in answer.text) == (503, False, False)


async def test_a_command_and_its_denial_are_rows(seen: Bench) -> None:
    path, sent = f"/patients/{BENNO}/marks", body("a")
    for who, status in ((AccountRole.SUPERVISOR, 201), (AccountRole.NURSE, 403)):
        async with seen.as_(who) as http:
            for _ in range(2):
                answer = await http.post(path, json=sent, headers={"Idempotency-Key": who.value})
                assert answer.status_code == status
    assert await told(seen) == [
        ("command", "EligibilityAssessed", "supervisor", (BENNO,), "done"),
        ("denial", "EligibilityAssessed", "nurse", (BENNO,), "access_denied"),
    ]


async def test_no_row_holds_a_name(seen: Bench) -> None:
    async with seen.as_(AccountRole.SUPERVISOR, subject="Jane Roe") as http:
        await http.get(PAGE)
    [row] = await audited.pending(seen)
    assert "Jane" not in row.model_dump_json()
    assert UUID(row.who).version == 5

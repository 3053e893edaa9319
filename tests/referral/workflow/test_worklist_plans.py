"""How PostgreSQL answers the worklist's questions among many referrals: by an index, and never by reading them all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from bench.office import fill
from services.referral.domain import Status
from services.referral.store import NOBODY, TABS, Place, Shelf, Wanted, moved_ahead, tally
from services.referral.store.workflow.worklist import _PEOPLE, _TALLY, _TALLY_OF, statement
from tests.databases import fresh_database, migrations_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
MANY = 20_000
WANTED = {
    "open": Wanted(),
    "undecided": Wanted(Shelf.UNDECIDED),
    "taken on": Wanted(Shelf.TAKEN_ON),
    "ended": Wanted(Shelf.ENDED),
    "of a status": Wanted(status=Status.CONTACTING),
    "of an end": Wanted(Shelf.ENDED, Status.CLOSED),
    "urgent": Wanted(urgent=True),
    "of a payer": Wanted(payer="medicaid"),
    "of a person": Wanted(person="coordinator7"),
    "of nobody": Wanted(person=NOBODY),
    "of an organization": Wanted(organization="Organization 17"),
    "overdue": Wanted(overdue_at=NOW),
    **{tab.value: Wanted(tab) for tab in TABS},
    **{f"{tab} of a person": Wanted(tab, person="coordinator7") for tab in TABS},
    "all at once": Wanted(Shelf.UNDECIDED, Status.TRIAGE, urgent=True, payer="medicare", person=NOBODY, overdue_at=NOW),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(postgres_url: str) -> AsyncIterator[Any]:
    """A database with many referrals."""
    async with fresh_database(postgres_url, "referral", migrations_of("referral")) as url:
        db = await asyncpg.connect(url)
        await fill(db, MANY, NOW)
        yield db
        await db.close()


async def plan(db: Any, sql: str, *given: object) -> list[dict[str, Any]]:
    """Every node of the plan that was really run."""
    text = await db.fetchval(f"explain (analyze, format json) {sql}", *given)
    return list(nodes(json.loads(text)[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from nodes(inner)


def reads_all(found: list[dict[str, Any]]) -> bool:
    return any(node["Node Type"] == "Seq Scan" and node.get("Relation Name") == "referral" for node in found)


def rows_read(found: list[dict[str, Any]]) -> float:
    scans = [node for node in found if node.get("Relation Name") == "referral" or node.get("Index Name")]
    read = [(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans]
    return float(max(read))


@pytest.mark.parametrize("name", WANTED)
async def test_every_page_of_the_worklist_comes_from_an_index(office: Any, name: str) -> None:
    wanted = WANTED[name]
    for one in (wanted, replace(wanted, after=Place(NOW, UUID(int=0)))):
        sql, given = statement(one, 26)
        found = await plan(office, sql, *given)
        assert not reads_all(found), sql
        assert rows_read(found) < MANY / 5, [(n["Node Type"], n.get("Index Name"), n["Actual Rows"]) for n in found]


async def test_counting_what_wants_attention_ends_at_a_thousand_each(office: Any) -> None:
    for found in (await plan(office, _TALLY, NOW), await plan(office, _TALLY_OF, NOW, "coordinator7")):
        assert rows_read(found) <= 4000
    counted = await tally(office, NOW)
    assert (counted.tabs[Shelf.DECIDE], counted.open) == (1000, 1000)


async def test_what_moved_ahead_of_a_page_is_counted(office: Any) -> None:
    after = Place(NOW + timedelta(days=5), UUID(int=0))
    assert await moved_ahead(office, Wanted(after=after), NOW) == 0
    move = "update referral set next_due = $1, sorted_at = $2 where referral_id in (select referral_id from referral"
    move += " where open and next_due > $3 order by next_due desc limit 3)"
    await office.execute(move, NOW + timedelta(hours=1), NOW + timedelta(minutes=1), after.at)
    assert await moved_ahead(office, Wanted(after=after), NOW) == 3
    assert await moved_ahead(office, Wanted(), NOW) == 0


async def test_everybody_who_has_something_is_found_without_reading_it_all(office: Any) -> None:
    found = await plan(office, _PEOPLE)
    assert not reads_all(found)
    assert len(await office.fetch(_PEOPLE)) == 25


async def test_the_check_would_see_a_plan_that_reads_all(office: Any) -> None:
    assert reads_all(await plan(office, "select * from referral where eligible order by patient_name limit 26"))

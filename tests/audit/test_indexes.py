"""Whatever is searched for is found by an index, however many rows there are: by the plan, not by the time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from carebus.contracts.audit import AuditKind
from carebus.testing import START, Bench
from services.audit import store
from services.audit.store import Place, Wanted
from tests.audit.sealing import ANNA, NURSE

MANY = 20_000
"""Rows of as many shapes as there are in a million: the plans are those of a large table."""
FEW = 500
"""So many rows of one patient may be sorted."""
_FILL = """
with new as (
    insert into audit_row (id, service, batch, number, at, who, kind, name, emergency_reason, patients, doc)
    select gen_random_uuid(), 'care_plan', n / 200, n, $1::timestamptz + n * interval '1 second', 'account ' || n % 200,
           (array['read', 'read', 'read', 'command', 'denial'])[n % 5 + 1], 'GET /',
           case when n % 5000 = 0 then 'pain' else '' end,
           array[('00000000-0000-0000-0000-' || lpad((n % 2000)::text, 12, '0'))::uuid], '{}'
    from generate_series(1, $2::int) as n
    returning id, at, kind, patients
)
insert into audit_patient (patient, at, id, kind) select patients[1], at, id, kind from new
"""
SEARCHES = {
    "everything": Wanted(),
    "a patient": Wanted(patient=ANNA),
    "a person": Wanted(who=NURSE),
    "a time": Wanted(since=START, until=START),
    "a kind": Wanted(kinds=(AuditKind.DENIAL,)),
    "a reason": Wanted(reason="pain"),
    "a patient and a person": Wanted(patient=ANNA, who=NURSE),
    "disclosures": Wanted(patient=ANNA, kinds=(AuditKind.DISCLOSURE, AuditKind.EXPORT)),
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize("what", SEARCHES)
async def test_no_search_reads_a_whole_table_or_sorts_one(audit: Bench, what: str) -> None:
    async with audit.service.core.database.connection() as db:
        await db.execute(_FILL, START, MANY)
        await db.execute("analyze audit_row, audit_patient")
        for after in (None, Place(START, ANNA)):
            statement, values = store.query(SEARCHES[what], after, 51)
            plan = json.loads(await db.fetchval(f"explain (format json) {statement}", *values))[0]["Plan"]
            found = [(one["Node Type"], one["Plan Rows"]) for one in nodes(plan)]
            assert [kind for kind, _ in found if kind in {"Seq Scan", "Parallel Seq Scan"}] == []
            assert [rows for kind, rows in found if kind == "Sort" and rows > FEW] == []

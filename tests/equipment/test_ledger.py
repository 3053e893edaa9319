"""What adds up: state, rows and a count from events agree at any instant, after random loans, faults and repeats."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.event import subject_id
from carebus.testing import START, Bench
from services.equipment.domain.ledger import Ledger, of_events, of_loans
from services.equipment.store import lists, patients
from tests.equipment.homes import BED, CONCENTRATOR, WALKER, taken_on

PATIENTS, ACTS = 6, 40


async def counted(equipment: Bench, patient: UUID, instant: datetime) -> tuple[Ledger, Ledger, Ledger]:
    """The same thing counted from the state, the rows and the events."""
    async with equipment.service.core.database.connection() as db:
        found = await patients.equipment_of(db, patient)
        rows = await lists.ledger(db, instant, patient)
    assert found is not None
    told = [one.event for one in await equipment.all_published() if subject_id(one.stream) == str(patient)]
    return of_loans(found.loans, instant), rows, of_events([*told, *told], instant)


async def acts(equipment: Bench, patient: UUID, dice: Random) -> int:
    """One thing is done, and sent again; gives its status."""
    stands = (await equipment.http.get(f"/api/patients/{patient}")).json()
    loan = dice.choice([one["loan_id"] for one in stands["loans"]] or [str(uuid4())])
    records = [one["record_id"] for each in stands["loans"] for one in (each, *each["records"])]
    at = (equipment.now() - timedelta(days=dice.choice([0, 0, 1, 30]))).isoformat()
    choices: list[tuple[str, dict[str, Any]]] = [
        *[("found", {"item_code": dice.choice([BED, CONCENTRATOR, WALKER]), "supplier_id": "acme", "at": at})] * 3,
        ("fault", {"loan_id": loan, "words": "?", "at": at}),
        ("replaced", {"loan_id": loan, "because": "?", "at": at}),
        ("returned", {"loan_id": loan, "at": at}),
        ("lost", {"loan_id": loan, "because": "?", "at": at}),
        ("correct", {"loan_id": loan, "serial": "9", "because": "?", "at": at}),
        ("take-back", {"record_id": dice.choice(records or [str(uuid4())]), "because": "?"}),
    ]
    act, body = dice.choice(choices)
    key = str(uuid4())
    first, again = [await equipment.command(f"/api/patients/{patient}/{act}", body, key=key) for _ in range(2)]
    assert first.status_code == again.status_code
    return first.status_code


async def test_state_rows_and_events_agree_at_every_instant(equipment: Bench) -> None:
    dice, statuses = Random(7), Counter[int]()
    people = [await taken_on(equipment) for _ in range(PATIENTS)]
    for n in range(ACTS * PATIENTS):
        statuses[await acts(equipment, people[n % PATIENTS], dice)] += 1
        if n % 60 == 0:
            await equipment.passes(days=dice.choice([1, 20, 200]))
    assert statuses[200] > ACTS, statuses
    assert set(statuses) <= {200, 404, 409, 422}, statuses
    for patient in people:
        for days in (-60, -1, 0, 20, 200, 400, 900):
            state, rows, events = await counted(equipment, patient, START + timedelta(days=days))
            assert state == rows == events
    async with equipment.service.core.database.connection() as db:
        balances = await lists.balances(db)
        of_all = await lists.ledger(db, equipment.now())
    assert {one.account: one.counts for one in balances} == of_all
    page = (await equipment.http.get("/balances")).text
    assert str(sum(one.counts.delivered for one in balances if one.account.item_code == BED)) in page


async def test_a_delivery_said_twice_with_one_key_is_one_thing(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    body = {"item_code": BED, "supplier_id": "acme"}
    for _ in range(3):
        await equipment.command(f"/api/patients/{patient}/found", body, key="the same")
    state, rows, events = await counted(equipment, patient, equipment.now())
    assert state == rows == events
    ((_, counts),) = state.items()
    assert (counts.delivered, counts.in_use) == (1, 1)

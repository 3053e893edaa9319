"""Equipment of as many invented patients as a large practice has, six loans each, with what is due of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from bench import sheets
from bench.saying import Say
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Person
from services.equipment.domain.equipment import Equipment
from services.equipment.store.catalogue import catalogue
from services.equipment.store.patients import EQUIPMENT

EACH, AT_ONCE = 6, 250
ITEMS = ("E0260", "E0143", "E1390", "E0163", "B9002", "E0600")
SUPPLIERS = ({"supplier_id": "acme", "name": "Acme Medical"}, {"supplier_id": "elm", "name": "Elm Street Supplies"})
DOUBLED_EACH = 200
"""Of so many things one has a serial number that another has as well."""


def equipment_of(n: int, now: datetime) -> Equipment:
    """The nth patient's: one thing broken, one to be fetched, one whose oxygen nobody has looked at."""
    person = sheets.person_of(n)
    patient = Person.model_validate({name: person[name] for name in ("given_name", "family_name", "birth_date")})
    loans = [_loan(n, k, now) for k in range(EACH)]
    return Equipment.model_validate({"patient": patient, "in_care": True, "loans": loans})


def _loan(n: int, k: int, now: datetime) -> dict[str, Any]:
    number = n * EACH + k
    at = now - timedelta(days=number % 300 + 1)
    record = {"record_id": _id(n, k, "record"), "at": at + timedelta(hours=1), "by": "R. Reyes"}
    kinds: dict[int, dict[str, Any]] = {
        0: {"kind": "fault", "words": "It hums.", "urgent": False},
        1: {"kind": "pickup", "reason": "not_needed", "due_on": (now + timedelta(days=number % 30)).date()},
    }
    return {
        "loan_id": _id(n, k, "loan"),
        "record_id": _id(n, k, "delivery"),
        "item": catalogue(None).by_code[ITEMS[k]],
        "supplier": SUPPLIERS[number % 2],
        "serial": f"S{number - number % DOUBLED_EACH // (DOUBLED_EACH - 1)}",
        "delivered_at": at,
        "delivered_by": "R. Reyes",
        "records": [{**record, **kinds[k]}] if k in kinds else [],
    }


def _id(n: int, k: int, what: str) -> UUID:
    return uuid5(sheets.patient_of(n), f"{what} {k}")


async def fill(db: asyncpg.Connection[asyncpg.Record], patients: int, say: Say) -> None:
    """All by the service's own store; statistics as autovacuum would have them."""
    now = datetime.now(UTC)
    for first in range(0, patients, AT_ONCE):
        some = range(first, min(first + AT_ONCE, patients))
        await EQUIPMENT.save(db, {patient_stream(sheets.patient_of(n)): equipment_of(n, now) for n in some})
    await db.execute("vacuum (analyze) equipment, person, loan, duty")
    due, doubled = await db.fetchrow(
        "select (select count(*) from duty), (select count(*) - count(distinct serial) from loan)"
    ) or (0, 0)
    say(f"  {patients * EACH} loans, {due} of them with something to be done, {doubled} serial numbers twice")

"""Equipment as one document per patient, with the rows that lists need of it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from carebus import folding
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage import parked
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.equipment.domain.deadlines import ASKED_BY_A_PERSON, to_be_asked_for
from services.equipment.domain.duties import duties
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.loans.loan import Loan

_SAVE_PEOPLE = """
insert into person select * from jsonb_populate_recordset(null::person, $1::jsonb)
on conflict (patient_id) do update set
    family = excluded.family, given = excluded.given, full_name = excluded.full_name, in_care = excluded.in_care,
    held = excluded.held, merged_into = excluded.merged_into, not_fetched = excluded.not_fetched
where person is distinct from excluded
"""
_FORGET_LOANS = "delete from loan where patient_id = any($1::uuid[]) and loan_id <> all($2::uuid[])"
_SAVE_LOANS = """
insert into loan select * from jsonb_populate_recordset(null::loan, $1::jsonb)
on conflict (loan_id) do update set
    serial = excluded.serial, status = excluded.status, delivered_at = excluded.delivered_at,
    ended_at = excluded.ended_at
where loan is distinct from excluded
"""
_FORGET_DUTIES = """
delete from duty as d where d.patient_id = any($1::uuid[]) and not exists (
    select from jsonb_populate_recordset(null::duty, $2::jsonb) as kept
    where (kept.patient_id, kept.kind, kept.about) = (d.patient_id, d.kind, d.about))
"""
_SAVE_DUTIES = """
insert into duty select * from jsonb_populate_recordset(null::duty, $1::jsonb)
on conflict (patient_id, kind, about) do update set
    due_on = excluded.due_on, item_code = excluded.item_code, supplier = excluded.supplier, held = excluded.held
where duty is distinct from excluded
"""
_SAVE_LINKS = """
insert into order_link select * from jsonb_populate_recordset(null::order_link, $1::jsonb)
on conflict (link_id) do nothing
"""
_RETIRED = """
select e.stream, e.doc::text as doc from person as p join equipment as e on e.stream = 'patient/' || p.patient_id
where p.merged_into = $1 order by e.stream
"""
_LINK = "select patient_id, order_id from order_link where link_id = $1"


class OrderLink(NamedTuple):
    """Whose order a private link opens."""

    patient_id: UUID
    order_id: UUID


async def save_rows(db: Connection, states: Mapping[Stream, Equipment]) -> None:
    """What lists need of these patients."""
    known = {UUID(subject_id(stream)): one for stream, one in states.items() if one.patient}
    if not known:
        return
    loans = [_loan(patient_id, loan) for patient_id, one in known.items() for loan in one.loans]
    to_do = _json([row for patient_id, one in known.items() for row in _duties(patient_id, one)])
    await db.execute(_SAVE_PEOPLE, _json([_person(patient_id, one) for patient_id, one in known.items()]))
    await db.execute(_FORGET_LOANS, [*known], [loan["loan_id"] for loan in loans])
    await db.execute(_SAVE_LOANS, _json(loans))
    await db.execute(_FORGET_DUTIES, [*known], to_do)
    await db.execute(_SAVE_DUTIES, to_do)
    await db.execute(_SAVE_LINKS, _json([row for patient_id, one in known.items() for row in _links(patient_id, one)]))


EQUIPMENT = Documents("equipment", Equipment, rows=save_rows)


async def equipment_of(db: Connection, patient_id: UUID) -> Equipment | None:
    """What is known of a patient's equipment; None when they were never taken on."""
    found = await EQUIPMENT.one(db, patient_stream(patient_id))
    return found if found and found.patient else None


async def retired_into(db: Connection, patient_id: UUID) -> dict[UUID, Equipment]:
    """The records that were found to be the same person's."""
    rows = await db.fetch(_RETIRED, patient_id)
    return {UUID(subject_id(row["stream"])): read_document(Equipment, row["doc"]) for row in rows}


async def is_behind(db: Connection, patient_id: UUID) -> bool:
    """Whether something that was told of them waits for an operator."""
    return bool(await parked.blocked(db, [patient_stream(patient_id)]))


async def order_link(db: Connection, link_id: UUID) -> OrderLink | None:
    """The order that a private link is of."""
    row = await db.fetchrow(_LINK, link_id)
    return OrderLink(row["patient_id"], row["order_id"]) if row else None


def _person(patient_id: UUID, equipment: Equipment) -> dict[str, Any]:
    assert equipment.patient is not None, "only who is known has a row"
    waits = to_be_asked_for(equipment) or (equipment.ended and equipment.ended.reason in ASKED_BY_A_PERSON)
    return {
        "patient_id": patient_id,
        "family": folding.name(equipment.patient.family_name),
        "given": folding.name(equipment.patient.given_name),
        "full_name": equipment.patient.full_name,
        "in_care": equipment.in_care,
        "held": bool(equipment.holds),
        "merged_into": equipment.merged_into,
        "not_fetched": 0 if waits else sum(one.in_use and one.pickup is None for one in equipment.loans),
    }


def _loan(patient_id: UUID, loan: Loan) -> dict[str, Any]:
    return {
        "loan_id": loan.loan_id,
        "patient_id": patient_id,
        "item_code": loan.item.code,
        "supplier_id": loan.supplier.supplier_id,
        "supplier": loan.supplier.name,
        "serial": serial_of(loan.serial),
        "status": loan.status,
        "delivered_at": loan.delivered_at,
        "ended_at": loan.end.at if loan.end else None,
    }


def serial_of(typed: str) -> str:
    """A serial number as it is compared: without spaces and signs, in capitals."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def _duties(patient_id: UUID, equipment: Equipment) -> list[dict[str, Any]]:
    """An urgent fault beside another of the same thing is one row, due with the earlier."""
    found: dict[tuple[str, UUID], dict[str, Any]] = {}
    for one in sorted(duties(equipment), key=lambda duty: duty.due_on, reverse=True):
        row = {**one._asdict(), "patient_id": patient_id, "held": bool(equipment.holds)}
        found[one.kind, one.about] = row
    return list(found.values())


def _links(patient_id: UUID, equipment: Equipment) -> list[dict[str, Any]]:
    return [{"link_id": o.link_id, "patient_id": patient_id, "order_id": o.order_id} for o in equipment.orders]


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()

"""Wishes as documents, and as rows for lists: who is asked for by name, and what is to be done by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from carebus import folding
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage import parked
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.wishes.domain.documents.document import Document
from services.wishes.domain.summarising import open_conflicts
from services.wishes.domain.wishes import Wishes

MOST_SHOWN = 200
MOST_FOUND = 25
_SAVE = """
insert into person select * from jsonb_populate_recordset(null::person, $1::jsonb)
on conflict (patient_id) do update set
    family = excluded.family, given = excluded.given, in_care = excluded.in_care, held = excluded.held,
    merged_into = excluded.merged_into, open_conflicts = excluded.open_conflicts, ask_by = excluded.ask_by,
    review_on = excluded.review_on
where person is distinct from excluded
"""
_SAVE_DOCUMENTS = """
insert into document_row select * from jsonb_populate_recordset(null::document_row, $1::jsonb)
on conflict (document_id) do update set status = excluded.status, doc = excluded.doc, kind = excluded.kind
where document_row is distinct from excluded
"""
_TO_DO = f"""
select p.patient_id, p.ask_by, p.review_on, p.open_conflicts, w.doc::text as doc
from person as p join wishes as w on w.stream = 'patient/' || p.patient_id
where p.in_care and not p.held and p.merged_into is null
  and (p.open_conflicts > 0 or least(p.ask_by, p.review_on) <= $1)
order by (p.open_conflicts > 0) desc, least(p.ask_by, p.review_on) nulls last, p.patient_id limit {MOST_SHOWN}
"""
_FIND = f"""
select p.patient_id, p.ask_by, p.review_on, p.open_conflicts, w.doc::text as doc
from person as p join wishes as w on w.stream = 'patient/' || p.patient_id
where p.merged_into is null and (p.family like $1 || '%' or p.given like $1 || '%'
      or p.given || ' ' || p.family like $1 || '%')
order by p.in_care desc, p.family, p.given, p.patient_id limit {MOST_FOUND}
"""
_RETIRED = """
select w.stream, w.doc::text as doc from person as p join wishes as w on w.stream = 'patient/' || p.patient_id
where p.merged_into = $1
"""


@dataclass(frozen=True, slots=True)
class ToDo:
    """A patient of a list, with what is to be done for them."""

    patient_id: UUID
    ask_by: date | None
    review_on: date | None
    open_conflicts: int
    wishes: Wishes


async def save_rows(db: Connection, states: Mapping[Stream, Wishes]) -> None:
    """What lists need of these patients."""
    known = {UUID(subject_id(stream)): wishes for stream, wishes in states.items() if wishes.patient}
    if known:
        await db.execute(_SAVE, orjson.dumps([_row(one, wishes) for one, wishes in known.items()]).decode())
    filed = [
        _document(one, document) for one, wishes in known.items() for document in (*wishes.left, *wishes.documents)
    ]
    if filed:
        await db.execute(_SAVE_DOCUMENTS, orjson.dumps(filed).decode())


WISHES = Documents("wishes", Wishes, rows=save_rows)


async def wishes_of(db: Connection, patient_id: UUID) -> Wishes | None:
    """What is known of a patient; None when they were never taken on."""
    found = await WISHES.one(db, patient_stream(patient_id))
    return found if found and found.patient else None


async def retired_into(db: Connection, patient_id: UUID) -> dict[UUID, Wishes]:
    """The records that were found to be the same person's."""
    rows = await db.fetch(_RETIRED, patient_id)
    return {UUID(subject_id(row["stream"])): read_document(Wishes, row["doc"]) for row in rows}


async def is_behind(db: Connection, patient_id: UUID) -> bool:
    """Whether something that was told of them waits for an operator."""
    return bool(await parked.blocked(db, [patient_stream(patient_id)]))


async def to_do(db: Connection, today: date) -> list[ToDo]:
    """Conflicts first, then what is due by today."""
    return [_to_do(row) for row in await db.fetch(_TO_DO, today)]


async def find(db: Connection, name: str) -> list[ToDo]:
    """Whose names begin so."""
    return [_to_do(row) for row in await db.fetch(_FIND, folding.name(name))]


def _to_do(row: Any) -> ToDo:
    wishes = read_document(Wishes, row["doc"])
    return ToDo(row["patient_id"], row["ask_by"], row["review_on"], row["open_conflicts"], wishes)


def _row(patient_id: UUID, wishes: Wishes) -> dict[str, Any]:
    assert wishes.patient is not None, "only who is known has a row"
    return {
        "patient_id": patient_id,
        "family": folding.name(wishes.patient.family_name),
        "given": folding.name(wishes.patient.given_name),
        "in_care": wishes.in_care,
        "held": bool(wishes.holds),
        "merged_into": wishes.merged_into,
        "open_conflicts": len(open_conflicts(wishes)),
        "ask_by": min((one.ask_by for one in wishes.not_known), default=None),
        "review_on": wishes.review.due_on if wishes.review else None,
    }


def _document(patient_id: UUID, document: Document) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "patient_id": patient_id,
        "file_id": document.file_id,
        "kind": document.kind,
        "status": document.status,
        "doc": document.model_dump(mode="json"),
    }

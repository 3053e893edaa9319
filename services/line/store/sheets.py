"""Sheets, and how somebody is found at once: by phone, name, date of birth or member number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from carebus import folding
from carebus.contracts.event import Stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.line.domain.sheet import Sheet

MOST_FOUND = 25
READINGS = 3
"""Ways to part several words into a given and a family name: `Mary Ann Abbott`, `Ana Ruiz Ortega`."""
MOST_NOTES = 200
_SAVE = """
insert into person select * from jsonb_populate_recordset(null::person, $1::jsonb)
on conflict (patient_id) do update set
    family = excluded.family, given = excluded.given, birth_date = excluded.birth_date,
    member_number = excluded.member_number, phones = excluded.phones, in_care = excluded.in_care,
    merged_into = excluded.merged_into
where person is distinct from excluded
"""
_NAMED = " or ".join(
    f"(family like $4[{n}] || '%' and given like $4[{n + 1}] || '%')"
    f" or (given like $4[{n}] || '%' and family like $4[{n + 1}] || '%')"
    for n in range(1, 2 * READINGS, 2)
)
_FITS = f"""
($1::text = '' or phones @> array[$1::text])
and ($2::date is null or birth_date = $2)
and ($3::text = '' or member_number = $3)
and (cardinality($4::text[]) = 0 or {_NAMED})
"""
_FIRST = f"order by in_care desc, family, given, patient_id limit {MOST_FOUND + 1}"
_FIND = f"""
select p.patient_id, s.doc from (
    (select patient_id, in_care, family, given from person where merged_into is null and {_FITS} {_FIRST})
    union  -- what a retired record says leads to the one that goes on
    select patient_id, in_care, family, given from person where patient_id in (
        select merged_into from person where merged_into is not null and {_FITS}
    )
    {_FIRST}
) as p join sheet as s on s.stream = 'patient/' || p.patient_id
order by p.in_care desc, p.family, p.given, p.patient_id
"""


_SAVE_NOTES = """
insert into hand_over select * from jsonb_populate_recordset(null::hand_over, $1::jsonb)
on conflict (patient_id) do update set due_at = excluded.due_at, written_at = excluded.written_at
"""
_NOTES = f"""
select h.patient_id, h.due_at, h.written_at, s.doc::text as doc from hand_over as h
join sheet as s on s.stream = 'patient/' || h.patient_id
where h.due_at is not null or h.written_at > $1 order by h.due_at nulls last, h.written_at desc limit {MOST_NOTES}
"""


@dataclass(frozen=True, slots=True)
class Note:
    """A patient whose team is to read of a call, or has of late."""

    patient_id: UUID
    due_at: datetime | None
    written_at: datetime | None
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of somebody: all that is stated must fit. Names are beginnings, in either order.

    names: pairs, each a way to part what was said into the two names; one of them must fit.
    """

    phone: str = ""
    born: date | None = None
    number: str = ""
    names: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stated."""
        return not (self.phone or self.born or self.number or self.names)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who fits."""

    patient_id: UUID
    sheet: Sheet


async def save_people(db: Connection, states: Mapping[Stream, Sheet]) -> None:
    """By what these patients are found."""
    rows = [_row(UUID(subject_id(stream)), sheet) for stream, sheet in states.items() if sheet.person]
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())
    if notes := [_note(stream, sheet) for stream, sheet in states.items() if _has_note(sheet)]:
        await db.execute(_SAVE_NOTES, orjson.dumps(notes).decode())


SHEETS = Documents("sheet", Sheet, rows=save_people)


async def find(db: Connection, sought: Sought) -> Sequence[Found]:
    """Whoever fits, those in care first; one more than `MOST_FOUND` where there are more."""
    if sought.is_empty:
        return []
    readings = (sought.names + sought.names[:1] * READINGS)[:READINGS]
    names = [_literally(name) for reading in readings for name in reading]
    rows = await db.fetch(_FIND, sought.phone, sought.born, sought.number, names)
    return [Found(row["patient_id"], read_document(Sheet, row["doc"])) for row in rows]


async def notes(db: Connection, written_since: datetime) -> list[Note]:
    """What is to be handed over, the first to be due first, then what was of late."""
    rows = await db.fetch(_NOTES, written_since)
    return [Note(row["patient_id"], row["due_at"], row["written_at"], read_document(Sheet, row["doc"])) for row in rows]


def _has_note(sheet: Sheet) -> bool:
    return sheet.hand_over_due_at is not None or sheet.handed_over_at is not None


def _note(stream: Stream, sheet: Sheet) -> dict[str, Any]:
    return {
        "patient_id": subject_id(stream),
        "due_at": sheet.hand_over_due_at,
        "written_at": sheet.handed_over_at,
    }


def _row(patient_id: UUID, sheet: Sheet) -> dict[str, Any]:
    person, contact = sheet.person, sheet.contact
    assert person is not None, "only who is known is found"
    phones = {folding.phone(person.phone), folding.phone(contact.phone if contact else None)} - {""}
    return {
        "patient_id": patient_id,
        "family": folding.name(person.family_name),
        "given": folding.given_name(person.given_name),
        "birth_date": person.birth_date,
        "member_number": folding.number(sheet.payer.member_id) if sheet.payer else "",
        "phones": sorted(phones),
        "in_care": sheet.in_care,
        "merged_into": sheet.merged_into,
    }


def _literally(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""All that the screen of a call shows of it and of whom it is about, in one query; and a sheet by itself, in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.storage import parked
from carebus.storage.database import Connection
from carebus.storage.states import read_document
from services.line.domain.calls import Call
from services.line.domain.sheet import Sheet
from services.line.store.calls import call_stream

EARLIER = 5
"""Calls from the same number that are shown."""
_SCREEN = f"""
select c.doc::text as call, s.doc::text as sheet, {parked.waits("s.stream")} as behind, array(
    select (call_id, came_at, disposition, patient_id) from call_row
    where from_number <> '' and from_number = c.doc ->> 'from_number' and call_id <> $2
    order by came_at desc limit {EARLIER}
) as earlier
from call as c left join sheet as s on s.stream = 'patient/' || (c.doc ->> 'patient_id')
where c.stream = $1
"""
_SHEET = f"select doc::text as doc, {parked.waits('s.stream')} as behind from sheet as s where stream = $1"


class Earlier(NamedTuple):
    """An earlier call from the same number."""

    call_id: UUID
    came_at: datetime
    disposition: str
    patient_id: UUID | None


@dataclass(frozen=True, slots=True)
class Screen:
    """A call, the sheet of whom it is about, and earlier calls from the same number.

    behind: something that was told of the patient waits, since it was parked, and what follows it with it.
    """

    call: Call
    sheet: Sheet | None
    behind: bool
    earlier: Sequence[Earlier]


async def screen_of(db: Connection, call_id: UUID) -> Screen | None:
    """What the screen of this call shows; None when there is no such call."""
    row = await db.fetchrow(_SCREEN, call_stream(call_id), call_id)
    call = read_document(Call, row["call"]) if row else None
    if row is None or call is None or not call.is_known:
        return None
    return Screen(call, _known(row["sheet"]), row["behind"], [Earlier(*one) for one in row["earlier"]])


async def sheet_of(db: Connection, patient_id: UUID) -> tuple[Sheet, bool] | None:
    """What is known of a patient, and whether more waits; None when they were never taken on."""
    row = await db.fetchrow(_SHEET, patient_stream(patient_id))
    sheet = _known(row["doc"]) if row else None
    return (sheet, row["behind"]) if row and sheet else None


def _known(doc: str | None) -> Sheet | None:
    sheet = read_document(Sheet, doc) if doc else None
    return sheet if sheet and sheet.person else None

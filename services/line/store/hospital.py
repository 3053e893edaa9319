"""Stays and contacts of patients, and messages that are nobody's yet, which are deleted once that is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from carebus.web.waiting import Stands
from services.line.domain.hospital.keys import keys_of_message
from services.line.domain.hospital.record import HospitalRecord
from services.line.domain.hospital.unclaimed import Unclaimed
from services.line.store.identity import MEANT, reached_by

MOST = 200
_SAVE_CONTACTS = """
with now as (select * from jsonb_populate_recordset(null::discharge_contact, $2::jsonb)), gone as (
    delete from discharge_contact as c where c.patient_id = any($1::uuid[])
      and not exists (select from now where now.patient_id = c.patient_id and now.stay_id = c.stay_id)
)
insert into discharge_contact select * from now
on conflict (patient_id, stay_id) do update set discharged_at = excluded.discharged_at, due_at = excluded.due_at,
    made_at = excluded.made_at
where discharge_contact is distinct from excluded
"""
_OPEN_CONTACTS = f"""
select c.*, s.doc #>> '{{person,given_name}}' as given_name, s.doc #>> '{{person,family_name}}' as family_name
from discharge_contact as c left join sheet as s on s.stream = 'patient/' || c.patient_id
where c.made_at is null order by c.due_at limit {MOST}
"""
_SAVE_KEYS = """
insert into unclaimed_key (stream, offered, came_at, birth_date, families, givens, reached_by, hospital_numbers)
select stream, offered, came_at, birth_date, families, givens, reached_by, hospital_numbers
from jsonb_populate_recordset(null::unclaimed_key, $1::jsonb)
on conflict (stream) do update set offered = excluded.offered, looked_at = clock_timestamp()
"""
_OFFERED = f"""
select u.stream, u.doc::text as doc from unclaimed_key as k join unclaimed as u using (stream)
where k.offered order by k.came_at limit {MOST}
"""
_LOOKED = "update unclaimed_key set looked_at = greatest(looked_at, $2) where stream = any($1::text[])"
_COUNTS = """
select count(*) filter (where offered) as offered, count(*) filter (where not offered) as sealed from unclaimed_key
"""
_WAITING = "select count(*) as many, min(came_at) as first from unclaimed_key where offered"
_TO_LOOK_AT = f"""
select u.stream, u.doc::text as doc from unclaimed_key as k join unclaimed as u using (stream)
where exists (
    select from person_key as p
    where p.changed_at > k.looked_at - interval '10 seconds'  -- what is committed now may have begun before
      and {MEANT.format(person="p", stated="k")}
) order by k.came_at limit $1
"""
_NAMES = """
select stream, doc -> 'person' ->> 'given_name' as given_name, doc -> 'person' ->> 'family_name' as family_name,
       (doc -> 'person' ->> 'birth_date')::date as birth_date, doc -> 'in_care' as in_care
from sheet where stream = any($1::text[])
"""
_SENT = "insert into sent_number (number, content) select * from unnest($1::bytea[], $2::bytea[])"
_SENT_BEFORE = """
select a.n - 1 as n, s.content = a.content as same
from unnest($1::bytea[], $2::bytea[]) with ordinality as a (number, content, n) join sent_number as s using (number)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is nobody's yet."""

    notice_id: UUID
    unclaimed: Unclaimed


@dataclass(frozen=True, slots=True)
class OpenContact:
    """A contact after a discharge that nobody has made yet."""

    patient_id: UUID
    stay_id: UUID
    hospital: str
    discharged_at: datetime
    due_at: datetime
    patient: str


async def save_contacts(db: Connection, states: Mapping[Stream, HospitalRecord]) -> None:
    """What the board lists of these patients' contacts."""
    rows = [
        one.model_dump(exclude={"missed"}) | {"patient_id": subject_id(stream)}
        for stream, record in states.items()
        for one in record.contacts
    ]
    await db.execute(_SAVE_CONTACTS, [subject_id(stream) for stream in states], orjson.dumps(rows).decode())


class Erasing(Documents[Unclaimed]):
    """Messages that are nobody's: one of which nothing is left to keep is deleted, and not only emptied."""

    async def save(self, db: Connection, states: Mapping[Stream, Unclaimed]) -> None:
        """Store those that wait, and delete the others."""
        kept = {stream: one for stream, one in states.items() if one.notice is not None}
        gone = sorted(states.keys() - kept.keys())
        if gone:
            await db.execute("delete from unclaimed where stream = any($1::text[])", gone)
        if kept:
            await super().save(db, kept)


async def save_keys(db: Connection, states: Mapping[Stream, Unclaimed]) -> None:
    """By what these messages are found when somebody is stated."""
    await db.execute(_SAVE_KEYS, orjson.dumps([_row(stream, one) for stream, one in states.items()]).decode())


RECORDS = Documents("hospital_record", HospitalRecord, rows=save_contacts)
UNCLAIMED = Erasing("unclaimed", Unclaimed, rows=save_keys)


def notice_stream(notice_id: UUID) -> Stream:
    """Where a message that is nobody's is kept. Nothing is told on it, so it has no topic."""
    return Stream(f"hospital/{notice_id}")


async def unclaimed_of(db: Connection, notice_id: UUID) -> Unclaimed | None:
    """A message that is nobody's yet; None when somebody has decided, or it was erased."""
    return await UNCLAIMED.one(db, notice_stream(notice_id))


async def offered(db: Connection) -> list[Waiting]:
    """Messages that a nurse decides upon, the oldest first."""
    return [_waiting(row) for row in await db.fetch(_OFFERED)]


async def to_look_at(db: Connection, limit: int) -> list[Waiting]:
    """Messages that somebody may be meant by who was stated, or stated otherwise, since they were looked at."""
    return [_waiting(row) for row in await db.fetch(_TO_LOOK_AT, limit)]


async def looked_at(db: Connection, waiting: Sequence[Waiting], since: datetime) -> None:
    """These were compared with whoever was known at this time (real time)."""
    await db.execute(_LOOKED, [notice_stream(one.notice_id) for one in waiting], since)


async def counts(db: Connection) -> dict[str, int]:
    """How many messages a nurse is to decide upon, and how many are sealed."""
    row = await db.fetchrow(_COUNTS)
    return {"offered": row["offered"], "sealed": row["sealed"]} if row else {"offered": 0, "sealed": 0}


async def waiting(db: Connection, now: datetime) -> Stands:
    """How many messages nurses are to decide upon, and how long the first has waited."""
    row = await db.fetchrow(_WAITING)
    if row is None or row["first"] is None:
        return Stands()
    return Stands(row["many"], max((now - row["first"]).total_seconds(), 0.0))


async def people(db: Connection, patients: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Of these patients what the worklist shows, as far as they have a sheet."""
    rows = await db.fetch(_NAMES, [patient_stream(one) for one in patients])
    return {UUID(subject_id(row["stream"])): dict(row) for row in rows}


async def open_contacts(db: Connection) -> list[OpenContact]:
    """Whom somebody is to speak with after a discharge, what is due first at the head."""
    found = []
    for row in await db.fetch(_OPEN_CONTACTS):
        kept = {name: row[name] for name in OpenContact.__slots__ if name != "patient"}
        found.append(OpenContact(**kept, patient=" ".join(filter(None, (row["given_name"], row["family_name"])))))
    return found


async def sent_before(db: Connection, numbers: Sequence[bytes], contents: Sequence[bytes]) -> list[set[bool]]:
    """For each of these, whether the same (True), or something else (False), was sent under its number before."""
    found: list[set[bool]] = [set() for _ in numbers]
    for row in await db.fetch(_SENT_BEFORE, list(numbers), list(contents)):
        found[row["n"]].add(row["same"])
    return found


async def keep_sent(db: Connection, numbers: Sequence[bytes], contents: Sequence[bytes]) -> None:
    """Keep what was sent under these numbers. Raises UniqueViolationError where one is just being kept elsewhere."""
    await db.execute(_SENT, list(numbers), list(contents))


def _waiting(row: Any) -> Waiting:
    return Waiting(UUID(subject_id(row["stream"])), read_document(Unclaimed, row["doc"]))


def _row(stream: Stream, one: Unclaimed) -> dict[str, Any]:
    assert one.notice is not None, "only what waits has keys"
    keys = keys_of_message(one.notice.person)
    return {
        "stream": stream,
        "offered": bool(one.candidates),
        "came_at": one.came_at,
        "birth_date": keys.birth_date,
        "families": keys.families,
        "givens": keys.givens,
        "reached_by": reached_by(keys),
        "hospital_numbers": keys.hospital_numbers,
    }

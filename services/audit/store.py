"""Where rows, chains and reviews are kept and how they are found. All of the service's SQL is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from carebus.contracts.audit import AuditKind, AuditRow
from carebus.contracts.event import Stream, subject_id
from carebus.storage import relations
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document, tables
from carebus.web.waiting import Stands
from services.audit.domain import Arrived, Chain, KeptRow, Review
from services.audit.domain.reviews import DUE

_KEEP = """
with new as (
    insert into audit_row (id, service, batch, number, at, who, kind, name, emergency_reason, patients, doc)
    select (doc ->> 'id')::uuid, service, batch, number, (doc ->> 'at')::timestamptz, doc ->> 'who', doc ->> 'kind',
           doc ->> 'name', doc ->> 'emergency_reason',
           array(select json_array_elements_text(doc -> 'patients'))::uuid[], doc
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::json[]) as row (service, batch, number, doc)
    on conflict (id) do nothing
    returning id, at, kind, patients
)
insert into audit_patient (patient, at, id, kind)
select distinct patient, at, id, kind from new, unnest(patients) as patient on conflict do nothing
"""
_CHAINS = "select stream, doc::text as doc from chain order by stream"
_ROW = "select service, batch, number, doc::text as doc from audit_row where id = $1"
_REVIEWS = """
select r.id, r.at, r.who, r.service, r.patients, r.emergency_reason, review.doc::text as review
from audit_row as r left join review on review.stream = 'review/' || r.id
where r.emergency_reason <> '' and ($1::timestamptz is null or (r.at, r.id) < ($1, $2::uuid))
order by r.at desc, r.id desc limit $3
"""
_UNREVIEWED = """
select count(*) as many, count(*) filter (where r.at + $2::interval < $1) as late,
       coalesce(extract(epoch from $1 - min(r.at)), 0)::float8 as age
from audit_row as r left join review on review.stream = 'review/' || r.id
where r.emergency_reason <> '' and (review.doc ->> 'finding') is null
"""
_ROWS = "select r.service, r.batch, r.number, r.at, r.id, r.doc::text as doc from "
_OF_ALL, _OF_PATIENT = "audit_row as r", "audit_patient as of join audit_row as r on r.id = of.id"


class Place(NamedTuple):
    """Where a page of rows ends: the next one begins with what is older."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; times are from and below. `reason` are words in the reason of an emergency access."""

    patient: UUID | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: Sequence[AuditKind] = ()
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency access with what its review found so far."""

    row_id: UUID
    at: datetime
    who: str
    service: str
    patients: Sequence[UUID]
    reason: str
    review: Review


class _Rows:
    """The table of rows, filled by decisions; nothing is loaded from it for one."""

    kind = Arrived

    async def load(self, _: Connection, __: Sequence[Stream]) -> dict[Stream, Arrived]:
        return {}

    async def save(self, db: Connection, states: Mapping[Stream, Arrived]) -> None:
        rows = [row for state in states.values() for row in state.rows]
        if rows:
            await db.execute(
                _KEEP,
                [one.service for one in rows],
                [one.batch for one in rows],
                [one.number for one in rows],
                [one.row.model_dump_json() for one in rows],
            )


STATES = tables(Documents("chain", Chain), _Rows(), Documents("review", Review))


def query(wanted: Wanted, after: Place | None, limit: int, same: Sequence[UUID] = ()) -> tuple[str, list[Any]]:
    """The statement that finds what is wanted, newest first and older than a place, with its parameters.

    same: the other records of the patient, who was recorded more than once.
    """
    values: list[Any] = []

    def given(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    of = "of" if wanted.patient else "r"
    tests = []
    if same:
        tests.append(f"of.patient = any({given([wanted.patient, *same])})")
    elif wanted.patient:
        tests.append(f"of.patient = {given(wanted.patient)}")
    tests += [f"r.who = {given(wanted.who)}"] if wanted.who else []
    tests += [f"{of}.at >= {given(wanted.since)}"] if wanted.since else []
    tests += [f"{of}.at < {given(wanted.until)}"] if wanted.until else []
    if len(wanted.kinds) == 1:
        tests.append(f"{of}.kind = {given(wanted.kinds[0].value)}")
    elif wanted.kinds:
        tests.append(f"{of}.kind = any({given([kind.value for kind in wanted.kinds])})")
    tests += ["r.emergency_reason <> ''"] if wanted.emergency or wanted.reason else []
    words = (wanted.reason or "").split()
    tests += [f"strpos(lower(r.emergency_reason), lower({given(word)})) > 0" for word in words]
    tests += [f"({of}.at, {of}.id) < ({given(after.at)}, {given(after.id)})"] if after else []
    where = " where " + " and ".join(tests) if tests else ""
    order = f" order by {of}.at desc, {of}.id desc limit {given(limit)}"
    columns = _ROWS.replace("select ", "select distinct on (of.at, of.id) ", 1) if same else _ROWS
    return columns + (_OF_PATIENT if wanted.patient else _OF_ALL) + where + order, values


async def rows(db: Connection, wanted: Wanted, after: Place | None, limit: int) -> tuple[list[KeptRow], Place | None]:
    """The newest rows that are wanted, and where the next page begins, if there is one."""
    same = await relations.others_of(db, wanted.patient) if wanted.patient else []
    statement, values = query(wanted, after, limit + 1, same)
    found = await db.fetch(statement, *values)
    place = Place(found[limit - 1]["at"], found[limit - 1]["id"]) if len(found) > limit else None
    return [_kept(row) for row in found[:limit]], place


async def row(db: Connection, row_id: UUID) -> KeptRow | None:
    """One row."""
    found = await db.fetchrow(_ROW, row_id)
    return _kept(found) if found else None


async def chains(db: Connection) -> dict[str, Chain]:
    """Every service's chain, by the service's name."""
    return {subject_id(one["stream"]): read_document(Chain, one["doc"]) for one in await db.fetch(_CHAINS)}


async def emergencies(db: Connection, after: Place | None, limit: int) -> tuple[list[Emergency], Place | None]:
    """Emergency access, newest first, and where the next page begins."""
    found = await db.fetch(_REVIEWS, *(after or (None, None)), limit + 1)
    place = Place(found[limit - 1]["at"], found[limit - 1]["id"]) if len(found) > limit else None
    return [_emergency(one) for one in found[:limit]], place


async def unreviewed(db: Connection, _: datetime) -> Stands:
    """Emergency access that nobody has looked at yet; of real time, as the rows are."""
    row = await db.fetchrow(_UNREVIEWED, datetime.now(UTC), DUE)
    return Stands(row["many"], row["age"], row["late"]) if row else Stands()


def _kept(found: Any) -> KeptRow:
    row = AuditRow.model_validate_json(found["doc"])
    return KeptRow(service=found["service"], batch=found["batch"], number=found["number"], row=row)


def _emergency(found: Any) -> Emergency:
    review = read_document(Review, found["review"]) if found["review"] else Review()
    return Emergency(
        found["id"], found["at"], found["who"], found["service"], found["patients"], found["emergency_reason"], review
    )

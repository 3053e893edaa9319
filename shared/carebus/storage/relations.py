"""How holders stand to patients: rows with an end, which follow a subject to where its story goes on."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from carebus.relations import Ends, Follows, Holds, Relation, RelationChange
from carebus.storage.database import Connection

_HOLD = """
insert into relation (relation, account, subject, since, until)
select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
    as new (relation, account, subject, since, until)
where not exists (
    select from relation as r where r.account = new.account and r.subject = new.subject
    and r.relation = new.relation and r.until is not distinct from new.until and r.since <= new.since)
on conflict (account, subject, relation, since) do update set until = excluded.until
"""
_END = """
update relation set until = greatest(gone.until, since)
from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::uuid[]) as gone (relation, subject, until, account)
where relation.relation = gone.relation and relation.subject = gone.subject
  and (relation.until is null or relation.until > gone.until)
  and (gone.account is null or relation.account = gone.account)
"""
_FOLLOW = """
insert into goes_on (subject, as_subject) values ($1, $2)
on conflict (subject) do update set as_subject = excluded.as_subject
"""
_PART = "delete from goes_on where subject = $1"
_OTHERS = """
with root as (select coalesce((select as_subject from goes_on where subject = $1), $1) as id)
select id from (select id from root union select subject from goes_on join root on as_subject = root.id) as same
where id <> $1
"""

_NOW = "r.account = any({holders}) and r.relation = any({relations}) and (r.until is null or r.until > now())"


class Own(NamedTuple):
    """Whose own patients a list is to show: of these holders, to whom they stand in one of these relations."""

    holders: list[UUID]
    relations: list[str]


EVERYBODY = (None, None)
"""Given in the place of `Own` to a list that shows all."""


def of_own(subject: str, at: int) -> str:
    """The condition of a list that shows only the caller's own: its parameters `at` and the next are Own, or EVERYBODY.

    subject: SQL for whom a row is about.  The caller's own are found first and once: most have few, however many the
    list has.
    """
    now = _NOW.format(holders=f"${at}::uuid[]", relations=f"${at + 1}::text[]")
    return f"""(${at}::uuid[] is null or {subject} in (
        select r.subject from relation as r where {now}
        union all
        select g.as_subject from relation as r join goes_on as g using (subject) where {now}))"""


_STANDS_AS = f"""
select distinct r.relation
from (select $3::uuid as id union all select subject from goes_on where as_subject = $3) as known
join relation as r on r.subject = known.id
where {_NOW.format(holders="$1::uuid[]", relations="$2::text[]")}
"""


async def write(db: Connection, changes: Sequence[RelationChange]) -> None:
    """Keep these changes, in their order."""
    begun: list[Holds] = []
    ended: list[Ends] = []
    for change in changes:
        if isinstance(change, Ends):
            ended.append(change)
            begun = [left for one in begun if (left := _ended(one, change))]
        elif isinstance(change, Holds):
            begun.append(change)
    if ended:
        await db.execute(_END, *_columns((e.relation.value, e.subject, e.at, e.holder) for e in ended))
    if begun:
        await db.execute(_HOLD, *_columns((h.relation.value, *h[1:]) for h in begun))
    await _write_merges(db, [one for one in changes if isinstance(one, Follows)])


def _ended(begun: Holds, gone: Ends) -> Holds | None:
    """What began in the same batch, as it is after an end in it; None if it then never was."""
    same = (begun.relation, begun.subject) == (gone.relation, gone.subject) and gone.holder in {None, begun.holder}
    if not same or (begun.until is not None and begun.until <= gone.at):
        return begun
    return begun._replace(until=gone.at) if gone.at > begun.since else None


async def _write_merges(db: Connection, follows: Sequence[Follows]) -> None:
    """The last word on each subject counts."""
    last = {one.subject: one.goes_on_as for one in follows}
    if joined := [(subject, other) for subject, other in last.items() if other]:
        await db.executemany(_FOLLOW, joined)
    if parted := [(subject,) for subject, other in last.items() if other is None]:
        await db.executemany(_PART, parted)


async def stands_as(
    db: Connection, holders: Collection[UUID], relations: Collection[Relation], subject: UUID
) -> frozenset[Relation]:
    """In which of these ways one of the holders stands to the subject now."""
    rows = await db.fetch(_STANDS_AS, list(holders), [one.value for one in relations], subject)
    return frozenset(Relation(row["relation"]) for row in rows)


async def are_own(db: Connection, own: Own, subject: UUID) -> bool:
    """Whether this subject is one of them."""
    return bool(await db.fetch(_STANDS_AS, *own, subject))


async def others_of(db: Connection, subject: UUID) -> list[UUID]:
    """The other records of the person whose record this is."""
    return [row["id"] for row in await db.fetch(_OTHERS, subject)]


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

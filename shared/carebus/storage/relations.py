"""How accounts stand to patients and referrals: rows with an end, which follow a subject to where its story goes on."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from carebus.access.relations import Ends, Follows, Holds, Relation, RelationChange
from carebus.storage.database import Connection

_HOLD = """
insert into relation (relation, account, subject, since)
select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as new (relation, account, subject, since)
where not exists (
    select from relation as r where r.account = new.account and r.subject = new.subject
    and r.relation = new.relation and r.until is null)
on conflict do nothing
"""
_END = """
update relation set until = greatest(gone.until, since)
from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::uuid[]) as gone (relation, subject, until, account)
where relation.relation = gone.relation and relation.subject = gone.subject and relation.until is null
  and (gone.account is null or relation.account = gone.account)
"""
_FOLLOW = """
insert into goes_on (subject, as_subject) values ($1, $2)
on conflict (subject) do update set as_subject = excluded.as_subject
"""
_PART = "delete from goes_on where subject = $1"

STANDS_TO = """
exists (
    select from relation as r
    where r.account = {account} and r.relation = any({relations}) and r.until is null
      and (r.subject = {subject}
           or r.subject in (select g.subject from goes_on as g where g.as_subject = {subject})))
"""
"""The condition of lists that show only whom the caller stands to: format it with SQL for its three parts."""

_STANDS = "select " + STANDS_TO.format(account="$1", relations="$2::text[]", subject="$3")


async def write(db: Connection, changes: Sequence[RelationChange]) -> None:
    """Keep these changes, in their order as far as it matters: what ends is ended before what begins."""
    if ends := [one for one in changes if isinstance(one, Ends)]:
        await db.execute(_END, *_columns([(e.relation.value, e.subject, e.at, e.account) for e in ends]))
    if holds := [one for one in changes if isinstance(one, Holds)]:
        await db.execute(_HOLD, *_columns([(h.relation.value, h.account, h.subject, h.since) for h in holds]))
    follows = [one for one in changes if isinstance(one, Follows)]
    if joined := [(one.subject, one.goes_on_as) for one in follows if one.goes_on_as]:
        await db.executemany(_FOLLOW, joined)
    if parted := [(one.subject,) for one in follows if one.goes_on_as is None]:
        await db.executemany(_PART, parted)


async def stands(db: Connection, account: UUID, relations: Collection[Relation], subject: UUID) -> bool:
    """Whether the account stands to the subject in one of these ways now."""
    return bool(await db.fetchval(_STANDS, account, [one.value for one in relations], subject))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

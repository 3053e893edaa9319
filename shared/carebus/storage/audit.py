"""Rows of the audit: pending as they are written, then sealed into the service's chain, where none is ever changed."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from carebus.contracts.audit import SealedRow
from carebus.storage.database import Connection, joined

READ_AHEAD = 1000

_KEEP = """
insert into audit_pending (content)
select content from unnest(string_to_array($1, e'\x1f')) with ordinality as row (content, n) order by n
"""
_KEEP_IF_NEW = """
with new as (
    insert into audit_known as known (digest, at) values ($2, clock_timestamp())
    on conflict (digest) do update set at = excluded.at where known.at < excluded.at - $3::interval
    returning 1
)
insert into audit_pending (content)
select content from new, unnest(string_to_array($1, e'\x1f')) with ordinality as row (content, n) order by n
returning position
"""
_FORGET_KNOWN = "delete from audit_known where at < clock_timestamp() - $1::interval"
_PENDING = "select position, content from audit_pending order by position limit $1"
_FORGET = "delete from audit_pending where position = any($1::bigint[])"
_SEAL = """
insert into audit_sealed (number, batch, previous, hash, content)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
"""
_HEAD = "select number, batch, hash from audit_sealed order by number desc limit 1"
_CHAIN = "select number, batch, previous, hash, content from audit_sealed order by number"
_WAITING = """
select count(*) as rows, coalesce(extract(epoch from clock_timestamp() - min(made_at)), 0)::float8 as age
from audit_pending
"""


class ChainHead(NamedTuple):
    """How far a chain has come: its last row's number, batch and hash."""

    number: int
    batch: int
    hash: str


class Unsealed(NamedTuple):
    """A row that is not sealed yet."""

    position: int
    content: str


async def keep(db: Connection, contents: Sequence[str]) -> None:
    """Keep these rows, in the caller's transaction; they are sealed once that is committed."""
    if contents:
        await db.execute(_KEEP, joined(contents))


async def keep_if_new(db: Connection, contents: Sequence[str], digest: bytes, within: timedelta) -> bool:
    """Keep these rows unless rows of the same digest were kept within this time; tells whether they were."""
    return bool(await db.fetch(_KEEP_IF_NEW, joined(contents), digest, within))


async def forget_known(db: Connection, after: timedelta) -> None:
    """Forget what was kept longer ago than this: it would be kept again."""
    await db.execute(_FORGET_KNOWN, after)


async def waiting(db: Connection, limit: int) -> list[Unsealed]:
    """The first rows that are not sealed yet."""
    return [Unsealed(row["position"], row["content"]) for row in await db.fetch(_PENDING, limit)]


async def seal(db: Connection, rows: Sequence[Unsealed], links: Sequence[SealedRow]) -> None:
    """These waiting rows become these links, in the caller's transaction."""
    numbers, batches, previous, hashes, contents = [list(column) for column in zip(*links, strict=True)]
    await db.execute(_SEAL, numbers, batches, previous, hashes, contents)
    await db.execute(_FORGET, [row.position for row in rows])


async def head(db: Connection) -> ChainHead | None:
    """How far the chain has come; None before its first row."""
    row = await db.fetchrow(_HEAD)
    return ChainHead(row["number"], row["batch"], row["hash"]) if row else None


async def backlog(db: Connection) -> tuple[int, float]:
    """How many rows wait to be sealed, and the age of the oldest in seconds of real time."""
    row = await db.fetchrow(_WAITING)
    return (row["rows"], row["age"]) if row else (0, 0.0)


async def chain(db: Connection) -> AsyncIterator[SealedRow]:
    """Every link, in order, one by one; only inside a transaction."""
    rows: Any = db.cursor(_CHAIN, prefetch=READ_AHEAD)
    async for row in rows:
        yield SealedRow(*row)

"""Streams: the lock that puts all work on a patient (or another subject) in one order, and its next sequence."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.storage.database import Connection, DatabaseOlder, joined

_LOCK = """
select stream, next_sequence, adopted, exists (select from older_database) as older,
       (select began_at from beginning) as began_at from stream
where stream = any(string_to_array($1, e'\x1f')) and (
    select set_config('plan_cache_mode', 'force_generic_plan', true) || set_config('enable_seqscan', 'off', true)
) <> ''
order by stream for no key update
"""
# Sorted, so that two batches cannot deadlock. What follows in this transaction looks rows up by their keys: let it be
# planned once, by an index, also while a table is small. Otherwise PostgreSQL plans most of it again each time.

_BEGIN = """
insert into stream (stream) select s from unnest(string_to_array($1, e'\x1f')) as s order by s on conflict do nothing
returning stream, next_sequence, null::uuid[] as adopted, exists (select from older_database) as older,
          (select began_at from beginning) as began_at
"""
# Of a new patient there is nothing to lock yet: the one that inserts the row has it locked, another one locks it then.


class Locked(NamedTuple):
    """A stream whose lock this transaction holds: the next sequence, and events told that its states do not know of.

    began_at: when the service was first started, the same for every stream.
    """

    next_sequence: int
    adopted: frozenset[UUID] = frozenset()
    began_at: datetime | None = None


async def lock(db: Connection, streams: Iterable[Stream]) -> dict[Stream, Locked]:
    """Lock these streams until the transaction ends.

    Must be the first statement of a transaction that reads their state: what was read before the lock is stale.
    Raises DatabaseOlder while the topics know events of this service that this database does not.
    """
    wanted = sorted(set(streams))
    if not wanted:
        return {}
    locked: dict[Stream, Locked] = {}
    for statement in (_LOCK, _BEGIN, _LOCK):
        if missing := [stream for stream in wanted if stream not in locked]:
            rows = await db.fetch(statement, joined(missing))
            if any(row["older"] for row in rows):
                raise DatabaseOlder
            locked |= {Stream(row["stream"]): _locked(row) for row in rows}
    return locked


def _locked(row: Any) -> Locked:
    adopted = frozenset(row["adopted"]) if row["adopted"] else frozenset()
    return Locked(row["next_sequence"], adopted, row["began_at"])


_GO_ON = """
insert into stream (stream, next_sequence) select s, n from unnest($1::text[], $2::bigint[]) as told (s, n) order by s
on conflict (stream) do update set next_sequence = greatest(stream.next_sequence, excluded.next_sequence)
"""


async def go_on_after(db: Connection, told: dict[str, int]) -> None:
    """A service that is read in again told up to these sequences before: what it tells next comes after them."""
    if told:
        await db.execute(_GO_ON, list(told), [last + 1 for last in told.values()])


async def lock_all(db: Connection) -> None:
    """Let every batch wait at its first statement until this transaction ends."""
    await db.execute("lock table stream in exclusive mode")


async def next_sequences(db: Connection, streams: Iterable[str]) -> dict[str, int]:
    """The next sequence of each of these streams, as far as any event was told on them; takes no locks."""
    rows = await db.fetch("select stream, next_sequence from stream where stream = any($1::text[])", list(streams))
    return {row["stream"]: row["next_sequence"] for row in rows}

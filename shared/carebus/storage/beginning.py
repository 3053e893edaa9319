"""When a service was first started, and what it therefore left untold."""

from collections.abc import Mapping
from datetime import datetime

from carebus.storage.database import Connection

_BEGIN = """
insert into beginning (began_at)
select case when exists (select from stream) or exists (select from mark) or exists (select from consumer_offset)
            then null else $1::timestamptz end
on conflict do nothing
"""
# A database that was used by an earlier release says nothing of when: nothing is of the past for it, as before.

_LEAVE = """
insert into untold (type, events) select * from unnest($1::text[], $2::bigint[])
on conflict (type) do update set events = untold.events + excluded.events
"""


async def begin(db: Connection, now: datetime) -> None:
    """Keep that the service begins now, unless it has begun before."""
    await db.execute(_BEGIN, now)


async def leave_untold(db: Connection, events: Mapping[str, int]) -> None:
    """Count what would have been told, by type."""
    if events:
        await db.execute(_LEAVE, list(events), list(events.values()))


async def untold(db: Connection) -> dict[str, int]:
    """How many events of each type were left untold."""
    return {row["type"]: row["events"] for row in await db.fetch("select type, events from untold order by type")}

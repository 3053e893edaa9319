"""Emergency access: who has opened one patient's record without being on their panel, why, and until when."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from carebus.access import Caller, Relation
from carebus.storage import relations
from carebus.storage.database import Connection

LASTS = timedelta(hours=1)
"""Of real time; then it has to be asked for again."""

_TAKE = """
insert into emergency_access (account, subject, reason, until) values ($1, $2, $3, clock_timestamp() + $4)
on conflict (account, subject) do update set reason = excluded.reason, until = excluded.until
returning until
"""
_OPEN = "select reason, until from emergency_access where account = $1 and subject = $2 and until > clock_timestamp()"


class Emergency(NamedTuple):
    """An access that is open now."""

    reason: str
    until: datetime


async def take(db: Connection, account: UUID, subject: UUID, reason: str) -> Emergency:
    """Open this one patient's record to this one account for an hour."""
    return Emergency(reason, await db.fetchval(_TAKE, account, subject, reason, LASTS))


async def open_to(db: Connection, account: UUID, subject: UUID) -> Emergency | None:
    """The access that this account has to this patient now, if it took one."""
    row = await db.fetchrow(_OPEN, account, subject)
    return Emergency(row["reason"], row["until"]) if row else None


async def admits(
    db: Connection, caller: Caller, wanted: Collection[Relation], subject: UUID
) -> frozenset[Relation] | Emergency:
    """How the caller stands to the subject, of these ways; or the emergency that opens a panel's patients; or not."""
    if found := await relations.stands_as(db, caller.holders, wanted, subject):
        return found
    taken = await open_to(db, caller.account, subject) if caller.account and Relation.PANEL in wanted else None
    return taken or frozenset()

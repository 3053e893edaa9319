"""Shifts and presence as rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carebus.storage.database import Connection
from carebus.storage.states import document, read_document
from services.line.domain.shifts.shift import Planned, Shift

MOST = 500
_KEEP = """
insert into shift (shift_id, duty, starts_at, ends_at, doc) values ($1, $2, $3, $4, $5::jsonb)
on conflict (shift_id) do nothing
"""
_BETWEEN = f"""
select shift_id, doc::text as doc from shift where ends_at > $1 and starts_at < $2
order by starts_at, duty, shift_id limit {MOST}
"""
_ARRIVE = """
insert into presence (account, name, since) values ($1, $2, $3) on conflict (account) do update set name = excluded.name
"""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is on the line now."""

    account: str
    name: str
    since: datetime


async def keep(db: Connection, planned: Planned) -> None:
    """One shift more; the same id again changes nothing."""
    shift = planned.shift
    await db.execute(_KEEP, planned.shift_id, shift.duty, shift.starts_at, shift.ends_at, document(shift))


async def take_out(db: Connection, shift_id: UUID) -> None:
    """This shift is none."""
    await db.execute("delete from shift where shift_id = $1", shift_id)


async def between(db: Connection, since: datetime, until: datetime) -> list[Planned]:
    """The shifts that lie in these hours, or reach into them."""
    rows = await db.fetch(_BETWEEN, since, until)
    return [Planned(row["shift_id"], read_document(Shift, row["doc"])) for row in rows]


async def arrive(db: Connection, account: str, name: str, now: datetime) -> None:
    """They are on the line from now on, if they were not."""
    await db.execute(_ARRIVE, account, name, now)


async def leave(db: Connection, account: str) -> None:
    """They are not on the line any more."""
    await db.execute("delete from presence where account = $1", account)


async def present(db: Connection) -> list[Present]:
    """Who is on the line now, the first to come first."""
    rows = await db.fetch("select account, name, since from presence order by since, account")
    return [Present(row["account"], row["name"], row["since"]) for row in rows]

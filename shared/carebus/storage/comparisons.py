"""The record of each comparison of a service's outbox with the topics: other services' holes are closed by it."""

from dataclasses import dataclass
from datetime import datetime

from carebus.storage.database import Connection

_KEEP = "insert into comparison (source, began_at, missing, differences) values ($1, $2, $3, $4)"
_LAST = "select source, began_at, missing, differences from comparison order by id desc limit 1"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the last comparison of a source found, and when it began."""

    source: str
    began_at: datetime
    missing: int
    differences: int


async def now(db: Connection) -> datetime:
    """The server's real time."""
    at = await db.fetchval("select clock_timestamp()")
    assert isinstance(at, datetime)
    return at


async def keep(db: Connection, one: Comparison) -> None:
    """Keep what a comparison found."""
    await db.execute(_KEEP, one.source, one.began_at, one.missing, one.differences)


async def last(db: Connection) -> Comparison | None:
    """The last one, if there was any."""
    row = await db.fetchrow(_LAST)
    return Comparison(row["source"], row["began_at"], row["missing"], row["differences"]) if row else None

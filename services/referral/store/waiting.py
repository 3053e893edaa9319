"""What waits in the referral service, for the metrics: referrals that are open, calls for referrers' endpoints."""

from datetime import datetime

from carebus.storage.database import Connection
from carebus.web.waiting import Stands

_OPEN = """
select count(*) as many, coalesce(extract(epoch from $1 - min(received_at)), 0)::float8 as age,
       count(*) filter (where next_due < $1) as late
from referral where open
"""

_CALLS = """
select count(*) as many,
       coalesce(extract(epoch from clock_timestamp() - min(queued_at) filter (where failures = 0)), 0)::float8 as age
from delivery join webhook using (endpoint_id) where settled_at is null and active
"""
# An endpoint that fails is for its owner to repair, so what waits for it is counted and its age is not.


async def unfinished(db: Connection, now: datetime) -> Stands:
    """How many referrals are open, since when the first is, and how many are past what is due next (clinic time)."""
    row = await db.fetchrow(_OPEN, now)
    return Stands(row["many"], max(0.0, row["age"]), row["late"]) if row else Stands()


async def uncalled(db: Connection, _: datetime) -> Stands:
    """How many calls wait, and how long the first has of those whose endpoint takes calls (real time)."""
    row = await db.fetchrow(_CALLS)
    return Stands(row["many"], row["age"]) if row else Stands()

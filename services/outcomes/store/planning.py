"""Who had planned ahead by the day it should be known, counted by the month in which care began, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from carebus.storage.database import Connection
from services.outcomes.domain.calls import CLOCK
from services.outcomes.domain.planning import BY_DAY

_PLANNED = f"""
select month, count(*) as in_care, count(*) filter (where conversation_at <= by) as conversation,
       count(*) filter (where wishes_known_at <= by) as wishes, count(*) filter (where agent_known_at <= by) as agent
from (
    select *, opened_at + $1 as by, to_char(opened_at at time zone '{CLOCK.key}', 'YYYY-MM') as month
    from planned_ahead
) as each
where by <= $2 and (ended_on is null or ended_on >= (by at time zone '{CLOCK.key}')::date) and month >= $3
group by grouping sets ((month), ())
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """Patients who were in care until that day, and those of whom these were known by then."""

    in_care: int = 0
    conversation: int = 0
    wishes: int = 0
    agent: int = 0


@dataclass(frozen=True, slots=True)
class PlannedCounted:
    """All together, and each month (`2026-03`) in which anybody's care began."""

    all: Planned
    months: Mapping[str, Planned]


async def planned_counted(db: Connection, since: str, now: datetime) -> PlannedCounted:
    """Count those whose care began in this month or later, and who have been in care for so long."""
    rows = [dict(row) for row in await db.fetch(_PLANNED, timedelta(days=BY_DAY), now, since)]
    found = {row.pop("month"): Planned(**row) for row in rows}
    return PlannedCounted(found.pop(None, Planned()), {month: found[month] for month in sorted(found)})

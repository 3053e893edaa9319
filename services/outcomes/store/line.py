"""Calls of the line and what they came to, counted by month in two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.outcomes.domain import Advice, Call

CALLS, ADVICE = Documents("line_call", Call), Documents("line_advice", Advice)

SOON = 30
"""Seconds within which a call should be answered."""

_CALLS = f"""
select month, count(waited) as answered, count(*) filter (where waited <= {SOON}) as soon, avg(waited) as mean,
       percentile_cont(array[0.5, 0.9]) within group (order by waited) as waits,
       count(*) filter (where abandoned) as abandoned, count(*) filter (where by_hand) as by_hand,
       coalesce(sum(callbacks_due), 0)::bigint as due, coalesce(sum(callbacks_in_time), 0)::bigint as in_time
from line_call where month >= $1 group by grouping sets ((month), ())
"""

_ADVICE = """
select call ->> 'month' as month, count(*) as triaged,
       count(*) filter (where (call ->> 'hospital')::boolean) as hospital
from line_advice, jsonb_array_elements(doc -> 'calls') as call
where (call ->> 'stands')::boolean and call ->> 'month' >= $1 group by grouping sets ((call ->> 'month'), ())
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The calls of one month, or of all. Seconds are of those answered: the median, the 90th percentile, the mean."""

    answered: int = 0
    soon: int = 0
    median: float | None = None
    p90: float | None = None
    mean: float | None = None
    abandoned: int = 0
    by_hand: int = 0
    due: int = 0
    in_time: int = 0
    triaged: int = 0
    hospital: int = 0


@dataclass(frozen=True, slots=True)
class CallsCounted:
    """Everything that is told of calls, from one snapshot: all together, and each month (`2026-03`) that had any."""

    all: Counts
    months: Mapping[str, Counts]


async def calls_counted(db: Connection, since: str) -> CallsCounted:
    """Count the calls of this month and later ones."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        calls = await db.fetch(_CALLS, since)
        advice = await db.fetch(_ADVICE, since)
    found = _by_month([*calls, *advice])
    return CallsCounted(found.pop(None, Counts()), {month: found[month] for month in sorted(found, key=str) if month})


def _by_month(rows: Sequence[Any]) -> dict[str | None, Counts]:
    known: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        told = dict(row)
        known.setdefault(told.pop("month"), {}).update(_seconds(told))
    return {month: Counts(**told) for month, told in known.items()}


def _seconds(told: dict[str, Any]) -> dict[str, Any]:
    if "waits" not in told:
        return told
    median, p90 = told.pop("waits") or (None, None)
    return {**told, "median": median, "p90": p90}

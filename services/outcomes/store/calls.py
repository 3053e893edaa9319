"""Where calls are counted: the rows of calls and of advice, and the sums of the last months over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.outcomes.domain.calling import AT_ONCE_SECONDS, Advised, Called

_SAVE_CALLS = """
insert into call_measure select * from jsonb_populate_recordset(null::call_measure, $1::jsonb)
on conflict (stream) do update set month = excluded.month, waited_seconds = excluded.waited_seconds,
    abandoned = excluded.abandoned, kept = excluded.kept, settled = excluded.settled
"""
_SAVE_ADVICE = """
insert into advice_measure select * from jsonb_populate_recordset(null::advice_measure, $1::jsonb)
on conflict (stream, call_id) do update set month = excluded.month, to_hospital = excluded.to_hospital
"""
_FORGET_ADVICE = """
delete from advice_measure as a using unnest($1::text[], $2::uuid[]) as gone (stream, call_id)
where a.stream = gone.stream and a.call_id = gone.call_id
"""
_MONTHS = """
select month, count(*) as calls, count(waited_seconds) as answered, count(*) filter (where abandoned) as abandoned,
       count(*) filter (where waited_seconds <= $2) as at_once,
       percentile_cont(0.5) within group (order by waited_seconds) as median,
       percentile_cont(0.9) within group (order by waited_seconds) as p90,
       coalesce(sum(kept), 0)::bigint as kept, coalesce(sum(settled), 0)::bigint as settled
from call_measure where month >= $1 group by grouping sets ((month), ()) order by month nulls first
"""
_ADVICE = """
select month, count(*) as advised, count(*) filter (where to_hospital) as to_hospital
from advice_measure where month >= $1 group by grouping sets ((month), ()) order by month nulls first
"""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of a month, or of all that are told. waits: median and 90th percentile, in seconds."""

    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    at_once: int = 0
    median: float | None = None
    p90: float | None = None
    kept: int = 0
    settled: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice of a month, or of all that are told, and how much of it was a way to hospital."""

    advised: int = 0
    to_hospital: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The line since a month: in all, and by month."""

    calls: Calls
    by_month: dict[date, Calls]
    advice: Advice
    advice_by_month: dict[date, Advice]


async def _save_calls(db: Connection, states: Mapping[Stream, Called]) -> None:
    rows = [_call(stream, one, one.received_at) for stream, one in states.items() if one.received_at]
    if rows:
        await db.execute(_SAVE_CALLS, orjson.dumps(rows).decode())


async def _save_advice(db: Connection, states: Mapping[Stream, Advised]) -> None:
    every = [(stream, call) for stream, one in states.items() for call in one.calls]
    if gone := [(stream, call.call_id) for stream, call in every if not call.counts]:
        await db.execute(_FORGET_ADVICE, *map(list, zip(*gone, strict=True)))
    rows = [
        {
            "stream": stream,
            "call_id": call.call_id,
            "month": _month(call.triaged_at),
            "to_hospital": call.to_hospital,
        }
        for stream, call in every
        if call.counts and call.triaged_at
    ]
    if rows:
        await db.execute(_SAVE_ADVICE, orjson.dumps(rows).decode())


CALLED = Documents("called", Called, rows=_save_calls)
ADVISED = Documents("advised", Advised, rows=_save_advice)


async def counted(db: Connection, since: date) -> Counted:
    """The line since this month, in two queries over one snapshot."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        months = await db.fetch(_MONTHS, since, AT_ONCE_SECONDS)
        advice = await db.fetch(_ADVICE, since)
    calls = {row["month"]: Calls(*(row[name] for name in Calls.__slots__)) for row in months}
    advised = {row["month"]: Advice(row["advised"], row["to_hospital"]) for row in advice}
    return Counted(calls.pop(None, Calls()), calls, advised.pop(None, Advice()), advised)


def _call(stream: Stream, one: Called, at: datetime) -> dict[str, Any]:
    return {
        "stream": stream,
        "month": _month(at),
        "waited_seconds": one.waited_seconds,
        "abandoned": one.abandoned and one.waited_seconds is None,
        "kept": one.kept,
        "settled": one.settled,
    }


def _month(at: datetime) -> date:
    return at.date().replace(day=1)

"""Journeys, and every count over them in a handful of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.outcomes.domain import Journey
from services.outcomes.domain.statistics import Sums

JOURNEYS = Documents("journey", Journey)

_TOTALS = """
select count(*) filter (where received) as received,
       count(*) filter (where accepted) as accepted,
       count(*) filter (where decline_reason is not null) as declined,
       count(*) filter (where team_assigned) as teams_assigned,
       coalesce(sum(visits_scheduled), 0)::bigint as visits_scheduled,
       coalesce(sum(visits_completed), 0)::bigint as visits_completed,
       count(*) filter (where visits_completed > 0) as patients_visited,
       coalesce(sum(notified), 0)::bigint as notified,
       count(*) filter (where notified > 0) as families_notified,
       coalesce(sum(failed), 0)::bigint as failed,
       coalesce(sum(requested - notified - failed), 0)::bigint as waiting_messages,
       count(*) filter (where waits) as waiting_for_visit,
       count(days_to_first_visit) as days_n,
       percentile_cont(array[0.25, 0.5, 0.75, 0.9]) within group (order by days_to_first_visit) as days
from person
"""

_TALLIES = """
select 'declined' as tally, decline_reason as name, count(*) as many from person
where decline_reason is not null group by decline_reason
union all
select 'suppressed', reason, count(*) from person, jsonb_array_elements_text(suppressed) as reason group by reason
"""

_GROUPS = """
select 'condition' as kind, name, count(*) filter (where received) as received,
       count(*) filter (where accepted) as accepted, count(*) filter (where decline_reason is not null) as declined,
       count(*) filter (where visits_completed > 0) as visited
from person, lateral (
    select jsonb_array_elements_text(conditions) as name union all select 'none' where conditions = '[]'::jsonb
) as each group by name
union all
select 'payer', payer, count(*) filter (where received), count(*) filter (where accepted),
       count(*) filter (where decline_reason is not null), count(*) filter (where visits_completed > 0)
from person group by payer
"""

_DAYS = """
select floor(days_to_first_visit)::integer as day, count(*) as many from person
where days_to_first_visit is not null group by 1 order by 1
"""

_CHANGES = """
select symptom, count(*) as n, sum(first) as first, sum(latest) as latest,
       sum(latest - first) as change, sum((latest - first) * (latest - first)) as change_squared
from person, lateral (
    select before.key as symptom, before.value::integer as first, (latest_esas ->> before.key)::integer as latest
    from jsonb_each_text(first_esas) as before
) as pair
where assessed_visits > 1 and first is not null and latest is not null
group by symptom
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """The counts over everyone. Days are from referral to first visit: quartiles and the 90th percentile."""

    received: int
    accepted: int
    declined: int
    teams_assigned: int
    visits_scheduled: int
    visits_completed: int
    patients_visited: int
    notified: int
    families_notified: int
    failed: int
    waiting_messages: int
    waiting_for_visit: int
    days_n: int
    days: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Group:
    """The patients with one condition, or with one kind of payer."""

    name: str
    received: int
    accepted: int
    declined: int
    visited: int

    @property
    def decided(self) -> int:
        """Those who were accepted or declined."""
        return self.accepted + self.declined

    @property
    def undecided(self) -> int:
        """Those whose referral waits for a decision."""
        return self.received - self.accepted - self.declined


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything the page and the API tell, from one snapshot."""

    totals: Totals
    declined: dict[str, int]
    suppressed: dict[str, int]
    by_condition: list[Group]
    by_payer: list[Group]
    days: list[tuple[int, int]]
    changes: dict[str, Sums]


T = TypeVar("T", Group, Sums)


async def counted(db: Connection) -> Counted:
    """Count everything, in five queries over one snapshot."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        totals = await db.fetchrow(_TOTALS)
        tallies = await db.fetch(_TALLIES)
        groups = await db.fetch(_GROUPS)
        days = await db.fetch(_DAYS)
        changes = await db.fetch(_CHANGES)
    assert totals is not None
    return Counted(
        Totals(**totals),
        {row["name"]: row["many"] for row in tallies if row["tally"] == "declined"},
        {row["name"]: row["many"] for row in tallies if row["tally"] == "suppressed"},
        [_of(Group, row) for row in groups if row["kind"] == "condition"],
        [_of(Group, row) for row in groups if row["kind"] == "payer"],
        [(row["day"], row["many"]) for row in days],
        {row["symptom"]: _of(Sums, row) for row in changes},
    )


def _of(kind: type[T], row: Any) -> T:
    """A row as one of these, by the names of its columns; further columns are left out."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})

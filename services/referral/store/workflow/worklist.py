"""The worklist: which referrals are seen, in which order, and how many there are of those that want attention."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carebus.storage.database import Connection
from services.referral.domain import Status
from services.referral.store.workflow.referrals import Row, read

MOST_COUNTED = 1000
"""Counting ends here: more is more than anybody works off today."""


class Shelf(StrEnum):
    """Groups of statuses."""

    OPEN = "open"
    UNDECIDED = "undecided"
    TAKEN_ON = "taken_on"
    ENDED = "ended"


SHELVES = {
    Shelf.OPEN: "open",
    Shelf.UNDECIDED: "open and decision is null",
    Shelf.TAKEN_ON: "open and decision = 'accepted'",
    Shelf.ENDED: "not open",
}
NOBODY = "-"
"""In a filter: assigned to nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which referrals to show. `person` is a member of the office, or NOBODY."""

    shelf: Shelf = Shelf.OPEN
    status: Status | None = None
    urgent: bool | None = None
    payer: str | None = None
    person: str = ""
    organization: str = ""
    overdue_at: datetime | None = None
    after: UUID | None = None

    @property
    def ended(self) -> bool:
        """Whether it is about those that ended: they have nothing due, so the newest come first."""
        return self.shelf is Shelf.ENDED


@dataclass(frozen=True, slots=True)
class Tally:
    """How many want attention; counting stops at MOST_COUNTED."""

    open: int
    undecided: int
    urgent: int
    overdue: int
    unassigned: int


_TALLY = f"""
select {
    ", ".join(
        f"(select count(*) from (select from referral where {which} limit {MOST_COUNTED}) as those) as {name}"
        for name, which in {
            "open": "open",
            "undecided": "open and decision is null",
            "urgent": "open and urgent",
            "overdue": "open and next_due < $1",
            "unassigned": "open and assigned_to = ''",
        }.items()
    )
}
"""

_NAMED = """
select * from referral where to_tsvector('simple', patient_name) @@ to_tsquery('simple', $1)
order by open desc, next_due, referral_id limit $2
"""


async def worklist(db: Connection, wanted: Wanted, limit: int) -> list[Row]:
    """Referrals in the order in which their deadlines break, from the one after `after` on."""
    sql, given = statement(wanted, limit)
    return [read(row) for row in await db.fetch(sql, *given)]


def statement(wanted: Wanted, limit: int) -> tuple[str, list[object]]:
    """The query for what is wanted, with no condition that is not: so each finds its index."""
    given: list[object] = [limit]

    def value(one: object) -> str:
        given.append(one)
        return f"${len(given)}"

    person = "" if wanted.person == NOBODY else wanted.person
    asked = (
        ("status = {}", wanted.status),
        ("urgent = {}", wanted.urgent),
        ("payer = {}", wanted.payer),
        ("assigned_to = {}", person if wanted.person else None),
        ("lower(organization) = lower({})", wanted.organization or None),
        ("next_due < {}", wanted.overdue_at),
    )
    where = [SHELVES[wanted.shelf], *(said.format(value(one)) for said, one in asked if one is not None)]
    by, order = ("received_at", "desc") if wanted.ended else ("next_due", "asc")
    if wanted.after is not None:
        beyond = "<" if wanted.ended else ">"
        last = (
            f"(select last.{by}, last.referral_id from referral as last where last.referral_id = {value(wanted.after)})"
        )
        where.append(f"({by}, referral_id) {beyond} {last}")
    sql = f"select * from referral where {' and '.join(where)} order by {by} {order}, referral_id {order} limit $1"
    return sql, given


async def tally(db: Connection, now: datetime) -> Tally:
    """How many referrals want attention."""
    row = await db.fetchrow(_TALLY, now)
    assert row is not None
    return Tally(**dict(row))


async def named(db: Connection, text: str, limit: int) -> list[Row]:
    """Referrals of people whose names begin with these words, open ones first."""
    words = re.findall(r"\w+", text)[:6]
    if not words:
        return []
    query = " & ".join(f"{word}:*" for word in words)
    return [read(row) for row in await db.fetch(_NAMED, query, limit)]


async def people(db: Connection) -> list[str]:
    """Everybody to whom something open is assigned."""
    return [row["assigned_to"] for row in await db.fetch(_PEOPLE)]


_PEOPLE = """
with recursive person (assigned_to) as (
    (select assigned_to from referral where open and assigned_to > '' order by assigned_to limit 1)
    union all
    select (select next.assigned_to from referral as next where next.open and next.assigned_to > person.assigned_to
            order by next.assigned_to limit 1)
    from person where person.assigned_to is not null
)
select assigned_to from person where assigned_to is not null
"""
# One look into the index per person, however many referrals each has.

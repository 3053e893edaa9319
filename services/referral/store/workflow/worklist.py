"""The worklist: which referrals are seen, in which order, and how many there are of those that want attention."""

from collections.abc import Mapping
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
    IDENTITY = "identity"
    CHANGES = "changes"
    DECIDE = "decide"
    REACH = "reach"
    WAITING = "waiting"
    CLOSE = "close"


TABS = (Shelf.IDENTITY, Shelf.CHANGES, Shelf.DECIDE, Shelf.REACH, Shelf.WAITING, Shelf.CLOSE)
"""What the office has to do, by kind; a referral whose change waits stands in its own tab as well."""
SHELVES = {
    Shelf.OPEN: "open",
    Shelf.UNDECIDED: "open and decision is null",
    Shelf.TAKEN_ON: "open and decision = 'accepted'",
    Shelf.ENDED: "not open",
    Shelf.IDENTITY: "open and status = 'identity_review'",
    Shelf.CHANGES: "open and (proposals > 0 or status = 'cancellation_requested')",
    Shelf.DECIDE: "open and status = 'triage'",
    Shelf.REACH: "open and status in ('accepted', 'contacting', 'unreachable')",
    Shelf.WAITING: "open and status in ('info_requested', 'waitlisted', 'first_visit_scheduled', 'active')",
    Shelf.CLOSE: "open and status = 'summary_sent'",
}
NOBODY = "-"
"""In a filter: assigned to nobody."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the worklist's order, by the values that it is sorted by: it stays when a row moves."""

    at: datetime
    referral_id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which referrals to show, from the one after a place on. `person` is a member of the office, or NOBODY."""

    shelf: Shelf = Shelf.OPEN
    status: Status | None = None
    urgent: bool | None = None
    payer: str | None = None
    person: str = ""
    organization: str = ""
    overdue_at: datetime | None = None
    after: Place | None = None

    @property
    def ended(self) -> bool:
        """Whether it is about those that ended: they have nothing due, so the newest come first."""
        return self.shelf is Shelf.ENDED


@dataclass(frozen=True, slots=True)
class Tally:
    """How many want attention, tab by tab, of all or of one person's; counting stops at MOST_COUNTED."""

    tabs: Mapping[Shelf, int]
    open: int
    overdue: int
    urgent: int


_COUNTED = {
    **{tab.value: SHELVES[tab] for tab in TABS},
    "open": "open",
    "overdue": "open and next_due < $1",
    "urgent": "open and urgent",
}


def _counting(more: str) -> str:
    counts = (
        f'(select count(*) from (select from referral where {which}{more} limit {MOST_COUNTED}) as those) as "{name}"'
        for name, which in _COUNTED.items()
    )
    return f"select {', '.join(counts)}"


_TALLY = _counting("")
_TALLY_OF = _counting(" and assigned_to = $2")


async def worklist(db: Connection, wanted: Wanted, limit: int) -> list[Row]:
    """Referrals in the order in which their deadlines break, from the one after `after` on."""
    sql, given = statement(wanted, limit)
    return [read(row) for row in await db.fetch(sql, *given)]


def statement(wanted: Wanted, limit: int) -> tuple[str, list[object]]:
    """The query for what is wanted, with no condition that is not: so each finds its index."""
    given: list[object] = [limit]
    where = _conditions(wanted, given)
    by, order = ("received_at", "desc") if wanted.ended else ("next_due", "asc")
    if wanted.after is not None:
        given += [wanted.after.at, wanted.after.referral_id]
        beyond = "<" if wanted.ended else ">"
        where.append(f"({by}, referral_id) {beyond} (${len(given) - 1}, ${len(given)})")
    sql = f"select * from referral where {' and '.join(where)} order by {by} {order}, referral_id {order} limit $1"
    return sql, given


def _conditions(wanted: Wanted, given: list[object]) -> list[str]:
    """What a row has to be, but for its place; the values are added to those given."""

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
    return [SHELVES[wanted.shelf], *(said.format(value(one)) for said, one in asked if one is not None)]


async def moved_ahead(db: Connection, wanted: Wanted, since: datetime) -> int:
    """How many came to stand before this place since then: new ones, and those that something is due of sooner now."""
    if wanted.after is None or wanted.ended:
        return 0
    given: list[object] = [wanted.after.at, wanted.after.referral_id, since]
    moved = ["(next_due, referral_id) <= ($1, $2)", "sorted_at > $3", *_conditions(wanted, given)]
    those = f"select from referral where {' and '.join(moved)} limit {MOST_COUNTED}"
    return int(await db.fetchval(f"select count(*) from ({those}) as those", *given))


async def tally(db: Connection, now: datetime, person: str = "") -> Tally:
    """How many referrals want attention: of all, or of those that are assigned to this person."""
    row = await db.fetchrow(_TALLY_OF, now, person) if person else await db.fetchrow(_TALLY, now)
    assert row is not None
    return Tally({tab: row[tab.value] for tab in TABS}, row["open"], row["overdue"], row["urgent"])


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

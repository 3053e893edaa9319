"""Webhooks and their calls: what is due, the results, and which endpoints are no longer called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.storage.database import Connection
from services.referral.store.columns import Columns

_DUE = """
select delivery.update_id, delivery.endpoint_id, delivery.referral_id, delivery.changed_at, delivery.number,
       delivery.attempts, webhook.url, webhook.secret_version,
       extract(epoch from clock_timestamp() - delivery.queued_at)::float8 as waited_seconds
from webhook cross join lateral (
    select * from delivery
    where delivery.endpoint_id = webhook.endpoint_id and settled_at is null and next_try_at <= clock_timestamp()
    order by next_try_at, update_id limit case when webhook.failures > 0 then 1 else $2 end
) as delivery
where webhook.active and webhook.endpoint_id <> all($3::uuid[]) order by delivery.next_try_at limit $1
"""

_NUMBER = """
with fresh as (
    select update_id, endpoint_id, row_number() over (partition by endpoint_id order by changed_at, update_id) as place
    from delivery join unnest($1::uuid[], $2::uuid[]) as due (update_id, endpoint_id) using (update_id, endpoint_id)
    where number is null
), moved as (
    update webhook set numbered = numbered + many
    from (select endpoint_id, count(*) as many from fresh group by endpoint_id) as counted
    where webhook.endpoint_id = counted.endpoint_id
    returning webhook.endpoint_id, webhook.numbered - many as before
)
update delivery set number = moved.before + fresh.place from fresh join moved using (endpoint_id)
where delivery.update_id = fresh.update_id and delivery.endpoint_id = fresh.endpoint_id
"""

_SETTLED = Columns(update_id="uuid", endpoint_id="uuid", attempts="integer", outcome="text", seconds="float8")

_SETTLE = f"""
update delivery set attempts = row.attempts, outcome = row.outcome,
    settled_at = case when row.seconds is null then clock_timestamp() end,
    next_try_at = clock_timestamp() + make_interval(secs => coalesce(row.seconds, 0))
from {_SETTLED.rows()}
where delivery.update_id = row.update_id and delivery.endpoint_id = row.endpoint_id and delivery.settled_at is null
"""

_DELIVERED = """
update webhook set failures = 0, failing_since = null, delivered_at = clock_timestamp()
where endpoint_id = any($1::uuid[])
"""

_FAILED = """
update webhook set failures = failures + many, failing_since = coalesce(failing_since, clock_timestamp())
from (select id, count(*) as many from unnest($1::uuid[]) as one (id) group by id) as told
where webhook.endpoint_id = told.id
"""

_DISABLE = """
update webhook set active = false, disabled_at = clock_timestamp(),
    disabled_because = case when endpoint_id = any($1::uuid[]) then 'gone' else 'failing' end
where active and (endpoint_id = any($1::uuid[])
    or (failures >= $2 and failing_since <= clock_timestamp() - make_interval(secs => $3)))
returning endpoint_id
"""

_ENDPOINTS = """
select webhook.*, organization.name as organization,
       (select count(*) from delivery
        where delivery.endpoint_id = webhook.endpoint_id and settled_at is null) as waiting,
       (select count(*) from delivery
        where delivery.endpoint_id = webhook.endpoint_id and outcome = 'given_up') as lost
from webhook join organization using (organization_id)
where ($1::uuid is null or organization_id = $1) and ($2::uuid is null or endpoint_id = $2)
order by registered_at, endpoint_id
"""

_FORGET = """
delete from delivery where (update_id, endpoint_id) in (
    select update_id, endpoint_id from delivery
    where outcome = 'delivered' and settled_at < clock_timestamp() - make_interval(days => $1)
    order by settled_at limit $2
)
"""

_ENABLE = """
update webhook set active = true, disabled_because = null, disabled_at = null, failures = 0, failing_since = null
where endpoint_id = $1
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is due: what changed, whom to tell, how often it was tried and for how long it has waited."""

    update_id: UUID
    endpoint_id: UUID
    referral_id: UUID
    changed_at: datetime
    number: int
    attempts: int
    url: str
    secret_version: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class Called:
    """The result of a call: settled with this outcome, or to be tried again after `seconds`."""

    call: Call
    outcome: str
    seconds: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return self.outcome == "delivered"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registered address, and how it has been."""

    endpoint_id: UUID
    organization_id: UUID
    organization: str
    url: str
    secret_version: int
    registered_at: datetime
    active: bool
    disabled_because: str | None
    failures: int
    failing_since: datetime | None
    delivered_at: datetime | None
    waiting: int
    lost: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A call about one referral, as a list shows it."""

    url: str
    queued_at: datetime
    attempts: int
    outcome: str | None
    settled: bool


async def due_calls(db: Connection, most: int, each: int, busy: Sequence[UUID] = ()) -> list[Call]:
    """Calls whose turn it is, numbered on first sight: at most `each` per endpoint, one if it fails, none if busy."""
    found = await db.fetch(_DUE, most, each, busy)
    if any(row["number"] is None for row in found):
        await db.execute(_NUMBER, [row["update_id"] for row in found], [row["endpoint_id"] for row in found])
        found = await db.fetch(_DUE, most, each, busy)
    return [Call(**row) for row in found if row["number"] is not None]


async def settle(db: Connection, called: Sequence[Called], failures: int, dead_seconds: float) -> list[UUID]:
    """Keep the results of these calls; gives the endpoints that are no longer called from now on."""
    await db.execute(_SETTLE, *_SETTLED.values([_row_of(one) for one in called]))
    well = {one.call.endpoint_id for one in called if one.delivered}
    ill = [one.call.endpoint_id for one in called if not one.delivered and one.call.endpoint_id not in well]
    gone = sorted({one.call.endpoint_id for one in called if one.outcome == "gone"})
    if well:
        await db.execute(_DELIVERED, sorted(well))
    if ill:
        await db.execute(_FAILED, ill)
    return [row["endpoint_id"] for row in await db.fetch(_DISABLE, gone, failures, dead_seconds)] if ill or gone else []


def _row_of(called: Called) -> dict[str, Any]:
    return {
        "update_id": called.call.update_id,
        "endpoint_id": called.call.endpoint_id,
        "attempts": called.call.attempts + 1,
        "outcome": called.outcome,
        "seconds": called.seconds,
    }


async def register(db: Connection, endpoint_id: UUID, organization_id: UUID, url: str, now: datetime) -> None:
    """Keep a new endpoint; the same again changes nothing."""
    await db.execute(
        "insert into webhook (endpoint_id, organization_id, url, registered_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        endpoint_id,
        organization_id,
        url,
        now,
    )


async def endpoints(
    db: Connection, organization_id: UUID | None = None, endpoint_id: UUID | None = None
) -> list[Endpoint]:
    """Endpoints of an organization, or of all, or one."""
    rows = await db.fetch(_ENDPOINTS, organization_id, endpoint_id)
    return [Endpoint(**{name: row[name] for name in Endpoint.__slots__}) for row in rows]


async def enable(db: Connection, endpoint_id: UUID) -> None:
    """Call this endpoint again; what waits for it is tried at once."""
    await db.execute(_ENABLE, endpoint_id)
    await db.execute(
        "update delivery set next_try_at = clock_timestamp() where endpoint_id = $1 and settled_at is null", endpoint_id
    )


async def rotate(db: Connection, endpoint_id: UUID) -> None:
    """Another secret from now on."""
    await db.execute("update webhook set secret_version = secret_version + 1 where endpoint_id = $1", endpoint_id)


async def forget_delivered(db: Connection, days: int, most: int) -> int:
    """Forget up to `most` calls delivered more than so many days ago; gives how many."""
    return int((await db.execute(_FORGET, days, most)).rpartition(" ")[2])


async def remove(db: Connection, endpoint_id: UUID) -> None:
    """Forget an endpoint and its calls."""
    await db.execute("delete from webhook where endpoint_id = $1", endpoint_id)


async def calls_of(db: Connection, referral_id: UUID) -> list[Sent]:
    """The calls about one referral, newest first."""
    rows = await db.fetch(
        "select url, queued_at, attempts, outcome, settled_at is not null as settled"
        " from delivery join webhook using (endpoint_id) where referral_id = $1 order by queued_at desc limit 20",
        referral_id,
    )
    return [Sent(**row) for row in rows]

"""Referrals as their referrers follow them: who opens which link, whose webhooks are to be called, who refers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.referral.domain.feedback import Feedback, Followed
from services.referral.domain.organizations import name_key, organization_of

_COLUMNS = {
    "referral_id": "uuid",
    "stream": "text",
    "name_key": "text",
    "status": "text",
    "received_at": "timestamptz",
    "changed_at": "timestamptz",
    "closed_at": "timestamptz",
    "link_id": "uuid",
    "link_issued_at": "timestamptz",
    "revoked": "boolean",
}

_SAVE = f"""
insert into followed ({", ".join(_COLUMNS)})
select * from unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_COLUMNS.values(), 1))})
on conflict (referral_id) do update set
    stream = excluded.stream, status = excluded.status, changed_at = excluded.changed_at,
    closed_at = excluded.closed_at, link_id = excluded.link_id, link_issued_at = excluded.link_issued_at,
    revoked = excluded.revoked
"""

_ORGANIZATIONS = """
with named as (
    select * from unnest($1::text[], $2::uuid[], $3::text[]) as named (name_key, organization_id, name)
    where not exists (select from organization_name as known where known.name_key = named.name_key)
    order by name_key
), made as (
    insert into organization (organization_id, name) select organization_id, name from named on conflict do nothing
)
insert into organization_name (name_key, organization_id) select name_key, organization_id from named
on conflict do nothing
"""

_QUEUE = """
insert into delivery (update_id, endpoint_id, referral_id, changed_at)
select told.update_id, webhook.endpoint_id, told.referral_id, told.at
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[]) as told (update_id, referral_id, at, name_key)
join organization_name using (name_key) join webhook using (organization_id)
where webhook.active and told.at >= webhook.registered_at
on conflict do nothing
"""

_LINK = """
select stream, referral_id, link_issued_at, revoked, coalesce(attempt.failed, 0) as failed
from followed left join status_attempt as attempt using (link_id) where link_id = $1
"""

_TRY = """
insert into status_attempt (link_id, failed) values ($1, 1)
on conflict (link_id) do update set failed = status_attempt.failed + 1
where status_attempt.failed < $2 returning failed
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A private link as it stands: whose it is, since when, and how often a wrong date of birth was typed."""

    stream: Stream
    referral_id: UUID
    issued_at: datetime
    revoked: bool
    failed: int


async def save_rows(db: Connection, states: Mapping[Stream, Feedback]) -> None:
    """Every followed referral as a row, new organizations, and the webhooks to be called: a statement each."""
    followed = [(stream, each) for stream, feedback in states.items() for each in feedback.followed]
    if not followed:
        return
    await _save_organizations(db, [each for _, each in followed])
    rows = [_row_of(stream, each) for stream, each in followed]
    await db.execute(_SAVE, *(list(column) for column in zip(*rows, strict=True)))
    updates = [
        (update.update_id, update.referral_id, update.at, name_key(each.organization))
        for feedback in states.values()
        for update in feedback.updates
        if (each := feedback.of(update.referral_id))
    ]
    if updates:
        await db.execute(_QUEUE, *(list(column) for column in zip(*updates, strict=True)))


class _Feedbacks(Documents[Feedback]):
    """Feedback, loaded without the changes whose webhooks were queued when it was saved."""

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, Feedback]:
        """The states of these streams, in one query."""
        return {stream: kept.as_history() for stream, kept in (await super().load(db, streams)).items()}


FEEDBACK = _Feedbacks("feedback", Feedback, rows=save_rows)


async def feedback_of(db: Connection, stream: Stream) -> Feedback:
    """What the referrers of this patient were told."""
    return (await FEEDBACK.load(db, [stream])).get(stream, Feedback())


async def link(db: Connection, link_id: UUID) -> Link | None:
    """The private link with this id, unless another has taken its place."""
    row = await db.fetchrow(_LINK, link_id)
    return Link(Stream(row["stream"]), *list(row)[1:]) if row else None


async def take_try(db: Connection, link_id: UUID, most: int) -> int | None:
    """Use up one try to give the date of birth, before it is looked at; gives how many were used, None if none is left.

    Taken first, so that many at once are not more than many in a row.
    """
    used = await db.fetchval(_TRY, link_id, most)
    return None if used is None else int(used)


async def give_tries_back(db: Connection, link_id: UUID) -> None:
    """The date of birth was right: whoever holds the link may err again another time."""
    await db.execute("delete from status_attempt where link_id = $1", link_id)


async def _save_organizations(db: Connection, followed: list[Followed]) -> None:
    found: dict[str, tuple[UUID, str]] = {}
    for each in followed:
        if organization_id := organization_of(each.organization):
            found.setdefault(name_key(each.organization), (organization_id, each.organization.strip()))
    if found:
        ids, names = zip(*found.values(), strict=True)
        await db.execute(_ORGANIZATIONS, list(found), list(ids), list(names))


def _row_of(stream: Stream, each: Followed) -> tuple[Any, ...]:
    return (
        each.referral_id,
        stream,
        name_key(each.organization),
        each.status,
        each.received_at,
        each.changed_at,
        each.changed_at if each.status == "closed" else None,
        each.link.link_id,
        each.link.issued_at,
        each.revoked,
    )

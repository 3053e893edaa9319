"""Referrals as their referrers follow them: who opens which link, whose webhooks are to be called, who refers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.referral.domain.feedback.updates import Feedback, Followed
from services.referral.domain.organizations.names import name_key, organization_of
from services.referral.store.columns import Columns

_COLUMNS = Columns(
    referral_id="uuid",
    stream="text",
    name_key="text",
    status="text",
    received_at="timestamptz",
    changed_at="timestamptz",
    closed_at="timestamptz",
    link_id="uuid",
    link_issued_at="timestamptz",
    revoked="boolean",
)

_SAVE = f"""
insert into followed ({_COLUMNS.names})
select * from {_COLUMNS.rows()}
on conflict (referral_id) do update set
    stream = excluded.stream, status = excluded.status, changed_at = excluded.changed_at,
    closed_at = excluded.closed_at, link_id = excluded.link_id, link_issued_at = excluded.link_issued_at,
    revoked = excluded.revoked
"""

_NAMES = Columns(name_key="text", organization_id="uuid", name="text")

_ORGANIZATIONS = f"""
with named as (
    select * from {_NAMES.rows()}
    where not exists (select from organization_name as known where known.name_key = row.name_key)
    order by name_key
), made as (
    insert into organization (organization_id, name) select organization_id, name from named on conflict do nothing
)
insert into organization_name (name_key, organization_id) select name_key, organization_id from named
on conflict do nothing
"""

_UPDATES = Columns(update_id="uuid", referral_id="uuid", changed_at="timestamptz", name_key="text")

_QUEUE = f"""
insert into delivery (update_id, endpoint_id, referral_id, changed_at)
select row.update_id, webhook.endpoint_id, row.referral_id, row.changed_at
from {_UPDATES.rows()}
join organization_name using (name_key) join webhook using (organization_id)
where webhook.active and row.changed_at >= webhook.registered_at
on conflict do nothing
"""

_LINK = """
select stream, referral_id, link_issued_at as issued_at, revoked, coalesce(attempt.failed, 0) as failed
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
    await db.execute(_SAVE, *_COLUMNS.values([_row_of(stream, each) for stream, each in followed]))
    updates = [
        {
            "update_id": update.update_id,
            "referral_id": update.referral_id,
            "changed_at": update.at,
            "name_key": name_key(each.organization),
        }
        for feedback in states.values()
        for update in feedback.updates
        if (each := feedback.of(update.referral_id))
    ]
    if updates:
        await db.execute(_QUEUE, *_UPDATES.values(updates))


class _Feedbacks(Documents[Feedback]):
    """Feedback, loaded without the changes whose webhooks were queued when it was saved."""

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, Feedback]:
        """The states of these streams, in one query."""
        return {stream: kept.as_history() for stream, kept in (await super().load(db, streams)).items()}


FEEDBACK = _Feedbacks("feedback", Feedback, rows=save_rows)


async def feedback_of(db: Connection, stream: Stream) -> Feedback:
    """What the referrers of this patient were told."""
    return await FEEDBACK.one(db, stream) or Feedback()


async def link(db: Connection, link_id: UUID) -> Link | None:
    """The private link with this id, unless another has taken its place."""
    row = await db.fetchrow(_LINK, link_id)
    return Link(**row) if row else None


async def take_try(db: Connection, link_id: UUID, most: int) -> int | None:
    """Use up one try to give the date of birth, before it is looked at; gives how many were used, None if none is left.

    Taken first, so that many at once are not more than many in a row.
    """
    used = await db.fetchval(_TRY, link_id, most)
    return None if used is None else int(used)


async def give_tries_back(db: Connection, link_id: UUID) -> None:
    """The date of birth was right: the holder of the link has all tries again."""
    await db.execute("delete from status_attempt where link_id = $1", link_id)


async def _save_organizations(db: Connection, followed: list[Followed]) -> None:
    found: dict[str, dict[str, Any]] = {}
    for each in followed:
        if organization_id := organization_of(each.organization):
            key = name_key(each.organization)
            found.setdefault(
                key, {"name_key": key, "organization_id": organization_id, "name": each.organization.strip()}
            )
    if found:
        await db.execute(_ORGANIZATIONS, *_NAMES.values(list(found.values())))


def _row_of(stream: Stream, each: Followed) -> dict[str, Any]:
    return {
        "referral_id": each.referral_id,
        "stream": stream,
        "name_key": name_key(each.organization),
        "status": each.status,
        "received_at": each.received_at,
        "changed_at": each.changed_at,
        "closed_at": each.changed_at if each.status == "closed" else None,
        "link_id": each.link.link_id,
        "link_issued_at": each.link.issued_at,
        "revoked": each.revoked,
    }

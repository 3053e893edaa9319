"""Sessions of people who have signed in, and sign-ins under way: by the digest of a cookie that is kept nowhere."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from carebus.storage.database import Connection

IDLE = timedelta(minutes=30)
"""A session that was not used for so long has ended."""
LONGEST = timedelta(hours=12)
"""A session ends after so long, however much it is used."""
RENEW = timedelta(minutes=15)
"""Roles are asked for anew after so long, while the provider answers."""
NOTED = timedelta(minutes=1)
"""A session's last use is written no more often than this."""
UNDER_WAY = timedelta(minutes=10)
"""How long somebody may take at the provider."""

_BEGIN = "insert into sign_in (digest, kept, ends_at) values ($1, $2::json, clock_timestamp() + $3)"
_TAKE = "delete from sign_in where digest = $1 returning kept::text, ends_at > clock_timestamp() as in_time"
_FORGET = "delete from sign_in where ends_at < clock_timestamp()"

_OPEN = """
insert into session (digest, id, issuer, subject, provider_session, roles, name, email, organization,
                     sealed_refresh, id_token_hint)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_FIND = """
select id, issuer, subject, roles, name, email, organization, sealed_refresh,
       clock_timestamp() - renewed_at > $4 as stale, clock_timestamp() - active_at > $5 as unnoted
from session
where digest = $1 and clock_timestamp() - active_at <= $2 and clock_timestamp() - began_at <= $3
"""
_USED = "update session set active_at = clock_timestamp() where digest = $1"
_RENEWING = """
update session set renewed_at = clock_timestamp() where digest = $1 and clock_timestamp() - renewed_at > $2 returning id
"""
_RENEWED = """
update session set roles = $2, name = $3, email = $4, organization = $5, sealed_refresh = $6 where digest = $1
"""
_CLOSE = "delete from session where digest = $1 returning id, id_token_hint"
_CLOSE_OF = """
delete from session
where issuer = $1 and ($2::text is null or subject = $2) and ($3::text is null or provider_session = $3)
returning id
"""
_SWEEP = "delete from session where clock_timestamp() - active_at > $1 or clock_timestamp() - began_at > $2"
_SEEN = (
    "insert into logout_seen (digest, ends_at) values ($1, clock_timestamp() + $2) on conflict do nothing returning 1"
)
_SEEN_SWEEP = "delete from logout_seen where ends_at < clock_timestamp()"


class SessionRow(NamedTuple):
    """A session to keep: who it is, as the provider said, and what renewing it needs (sealed)."""

    id: UUID
    issuer: str
    subject: str
    provider_session: str
    roles: Sequence[str]
    name: str
    email: str
    organization: str
    sealed_refresh: bytes | None
    id_token_hint: bytes | None


async def begin_sign_in(db: Connection, digest: bytes, kept: str) -> None:
    """Keep what has to come back from the provider (JSON text), for as long as somebody may take there."""
    await db.execute(_FORGET)
    await db.execute(_BEGIN, digest, kept, UNDER_WAY)


async def take_sign_in(db: Connection, digest: bytes) -> str | None:
    """What was kept, this once; None when there is nothing, or it took too long."""
    row = await db.fetchrow(_TAKE, digest)
    return row["kept"] if row and row["in_time"] else None


async def open_session(db: Connection, digest: bytes, row: SessionRow) -> None:
    """Keep a new session, and forget those that are over."""
    await db.execute(_SWEEP, IDLE, LONGEST)
    await db.execute(_OPEN, digest, *row)


async def session(db: Connection, digest: bytes) -> Any:
    """A session that has not ended, with `stale` when its roles are due and `unnoted` when its use is; or None."""
    return await db.fetchrow(_FIND, digest, IDLE, LONGEST, RENEW, NOTED)


async def used(db: Connection, digest: bytes) -> None:
    """Keep that the session is in use."""
    await db.execute(_USED, digest)


async def claim_renewal(db: Connection, digest: bytes) -> bool:
    """Whether it is for the caller to ask for the roles anew: one of many requests at the same time."""
    return bool(await db.fetchval(_RENEWING, digest, RENEW))


class Said(NamedTuple):
    """What the provider says of somebody, in the order in which a session keeps it."""

    roles: list[str]
    name: str
    email: str
    organization: str


async def renewed(db: Connection, digest: bytes, now: Said, sealed_refresh: bytes | None) -> None:
    """Keep what the provider says of somebody now."""
    await db.execute(_RENEWED, digest, *now, sealed_refresh)


async def close_session(db: Connection, digest: bytes) -> Any:
    """End a session; gives its `id` and `id_token_hint`, or None if there was none."""
    return await db.fetchrow(_CLOSE, digest)


async def close_sessions_of(db: Connection, issuer: str, subject: str | None, provider_session: str | None) -> int:
    """End the sessions of a person, or those of one session at the provider; gives how many there were."""
    assert subject or provider_session
    return len(await db.fetch(_CLOSE_OF, issuer, subject, provider_session))


async def first_seen(db: Connection, digest: bytes, lasts: timedelta) -> bool:
    """Whether a logout token comes for the first time, as long as it could be sent again."""
    await db.execute(_SEEN_SWEEP)
    return bool(await db.fetchval(_SEEN, digest, lasts))

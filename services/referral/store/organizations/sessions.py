"""Sessions of referrers who have signed in: kept by the hash of what their browser holds, so that each can be ended."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from carebus.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """Who has signed in, and whose referrals they may see."""

    email: str
    organization_id: UUID
    organization: str


async def open_session(db: Connection, token: str, organization_id: UUID, email: str, lasts: timedelta) -> None:
    """A referrer has signed in. Sessions that are over are forgotten on the way."""
    await db.execute("delete from account_session where expires_at < clock_timestamp()")
    await db.execute(
        "insert into account_session (session_hash, organization_id, email, expires_at)"
        " values ($1, $2, $3, clock_timestamp() + $4::interval)",
        _hash(token),
        organization_id,
        email.strip().lower(),
        lasts,
    )


async def account(db: Connection, token: str) -> Account | None:
    """Who holds this session, if it is still open."""
    row = await db.fetchrow(
        "select email, organization_id, name from account_session join organization using (organization_id)"
        " where session_hash = $1 and expires_at > clock_timestamp()",
        _hash(token),
    )
    return Account(row["email"], row["organization_id"], row["name"]) if row else None


async def close_session(db: Connection, token: str) -> None:
    """A referrer has signed out."""
    await db.execute("delete from account_session where session_hash = $1", _hash(token))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""What the people behind accounts are called on pages: events and states know the opaque account only."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from carebus.storage.database import Connection

_KEEP = """
insert into account (account, name, roles) values ($1, $2, $3)
on conflict (account) do update set name = excluded.name, roles = excluded.roles, seen_at = clock_timestamp()
where (account.name, account.roles) is distinct from (excluded.name, excluded.roles)
"""
_NAMES = "select account, name from account where account = any($1::uuid[])"
_WITH_ROLE = "select account, name from account where roles && $1::text[] order by name, account"


class Account(NamedTuple):
    """Somebody who has signed in here, or acted by a token."""

    account: UUID
    name: str


async def keep(db: Connection, account: UUID, name: str, roles: Sequence[str]) -> None:
    """Keep what somebody is called and may do, as the provider says it now."""
    await db.execute(_KEEP, account, name, sorted(roles))


async def names(db: Connection, accounts: Collection[UUID]) -> dict[UUID, str]:
    """What these accounts are called; one that was never here is left out."""
    return {row["account"]: row["name"] for row in await db.fetch(_NAMES, sorted(accounts))}


async def with_role(db: Connection, roles: Collection[str]) -> list[Account]:
    """Everybody who was here with one of these roles, by name."""
    return [Account(row["account"], row["name"]) for row in await db.fetch(_WITH_ROLE, sorted(roles))]

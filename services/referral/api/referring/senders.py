"""How a statement came: from the office, from an organization's program or account, or from somebody unproven."""

from collections.abc import Callable
from uuid import UUID

from fastapi import Request

from carebus.access import Caller
from carebus.contracts.audit import AuditKind
from carebus.storage.database import Connection
from carebus.web.http import Parts, PartsOf, caller_of
from services.referral import store
from services.referral.access import link, office
from services.referral.domain import Referral, ReferralUnknown
from services.referral.domain.organizations.names import OrganizationUnknown, name_key
from services.referral.domain.referring.senders import Sending, Way


async def sending_of(request: Request, parts: Parts, key: str) -> Sending:
    """How what this request states came, under the sender's own key of it."""
    caller = caller_of(request)
    if office.standing(caller).open:
        return Sending(Way.OFFICE, key=key)
    async with parts.database.connection() as db:
        names = await organizations_of(db, caller)
    way = Way.CLIENT if caller.organization else Way.ACCOUNT
    return Sending(way, names, key=key) if names else Sending(key=key)


async def organizations_of(db: Connection, caller: Caller) -> frozenset[str]:
    """The names (as keys) of the one organization that a program, or an account with a verified address, acts for."""
    if caller.organization:
        known = await store.organization_called(db, _id(caller.organization), name_key(caller.organization))
        return known or frozenset({name_key(caller.organization)})
    organization_id = await store.member_of(db, caller.email) if caller.email else None
    found = await store.organization(db, organization_id) if organization_id else None
    return frozenset(found.names) if found else frozenset()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def seen_by(request: Request, parts: Parts) -> Callable[[Referral], bool]:
    """Which referrals the caller may see: the office all, a program those of its own organization."""
    caller = caller_of(request)
    if office.standing(caller).open:
        return lambda _: True
    async with parts.database.connection() as db:
        names = await organizations_of(db, caller)
    return lambda referral: name_key(referral.received.referrer.organization) in names


async def require_own_referral(request: Request, parts: PartsOf, referral_id: UUID) -> None:
    """Check that a program acts on a referral of its own organization: others' look as if there were none.

    The office acts on all, and whoever holds a private link on the one that it opens. Raises ReferralUnknown.
    """
    if link.standing(caller_of(request)).open:
        return
    seen = await seen_by(request, parts)
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
    if found is None or not seen(found[1]):
        raise ReferralUnknown


async def require_own(request: Request, parts: Parts, organization_id: UUID) -> None:
    """Check that the office asks, or a program of this organization. Raises OrganizationUnknown."""
    caller = caller_of(request)
    if office.standing(caller).open:
        return
    async with parts.database.connection() as db:
        known = await store.organization(db, organization_id)
        names = await organizations_of(db, caller)
    if known is None or not names & frozenset(known.names):
        raise OrganizationUnknown


def shown_as(request: Request) -> AuditKind:
    """What it is to show the caller a referral: the office reads it, to another organization it is disclosed."""
    return AuditKind.READ if office.standing(caller_of(request)).open else AuditKind.DISCLOSURE

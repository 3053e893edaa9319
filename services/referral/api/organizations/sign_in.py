"""Where referrers begin: the way to the kit's sign-in and back, and whose referrals they may see."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, caller_of
from carebus.web.links import at
from carebus.web.signing_in import SIGN_IN, SIGN_OUT
from carebus.web.throttle import Trying
from services.referral import store

router = APIRouter(prefix="/my", include_in_schema=False, route_class=LimitedRoute)

FIRST = "/my/referrals"


class AddressUnverified(CarebusError):
    """Your e-mail address is not verified. Verify it where you sign in, then sign in again."""

    status = HTTPStatus.FORBIDDEN


class NobodysMember(CarebusError):
    """We do not know your organization by your address. Call us, and we let you see its referrals."""

    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has signed in, and whose organization's referrals they see."""

    email: str
    organization_id: UUID
    organization: str


async def _member(request: Request, parts: PartsOf) -> Member:
    """Who has signed in. Raises AddressUnverified and NobodysMember."""
    caller = caller_of(request)
    if not caller.email:
        raise AddressUnverified
    async with parts.database.connection() as db:
        organization_id = await store.member_of(db, caller.email)
        known = await store.organization(db, organization_id) if organization_id else None
    if known is None:
        raise NobodysMember
    return Member(caller.email, known.organization_id, known.name)


MemberOf = Annotated[Member, Depends(_member)]
"""A page's parameter: the referrer who has signed in."""


@router.get("")
async def start_page(request: Request, parts: PartsOf) -> Response:
    """Where a referrer begins: their referrals, or the way to sign in."""
    if caller_of(request).signed_in:
        return RedirectResponse(at(request, FIRST), HTTPStatus.SEE_OTHER)
    return parts.pages.render(request, "my_sign_in.html", on=parts.who.provider.on, menu=(), links=())


@router.get("/sign-in")
async def sign_in(request: Request, _: Trying) -> Response:
    """Off to the provider, and back to one's referrals."""
    return RedirectResponse(at(request, f"{SIGN_IN}?{urlencode({'to': FIRST})}"), HTTPStatus.SEE_OTHER)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """The way out is the same for everybody."""
    return RedirectResponse(at(request, SIGN_OUT), HTTPStatus.TEMPORARY_REDIRECT)

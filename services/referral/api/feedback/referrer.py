"""The office's page about one referral's referrer: what they were told, whether they looked, and their private link."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, asked_by, saw
from carebus.web.links import at
from services.referral import store
from services.referral.api.about import about
from services.referral.api.feedback import links, standing
from services.referral.api.feedback.links import settings_of
from services.referral.domain import ReferralUnknown
from services.referral.domain.workflow.reference import reference

router = APIRouter(prefix="/referrals/{referral_id}/referrer", include_in_schema=False, route_class=LimitedRoute)


@router.get("")
async def page(request: Request, parts: PartsOf, referral_id: UUID) -> HTMLResponse:
    """What the referrer of this referral knows."""
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
        stream = await store.stream_of(db, referral_id)
        if found is None or stream is None:
            raise ReferralUnknown
        followed = (await store.feedback_of(db, stream)).of(referral_id)
        calls = await store.calls_of(db, referral_id)
    saw(request, [found[0]])
    settings = settings_of(parts)
    return parts.pages.render(
        request,
        "referrer.html",
        banner=about(*found, parts.clock.now()),
        referral=found[1],
        reference=reference(referral_id),
        followed=followed,
        stands=standing.STANDS,
        calls=calls,
        expires_at=links.expires_at(followed.link.issued_at, settings) if followed else None,
        now=parts.clock.now(),
    )


@router.post("/renew")
async def renew(request: Request, parts: PartsOf, referral_id: UUID) -> RedirectResponse:
    """Send the referrer a new link."""
    await links.renew(parts, referral_id, asked_by(request, None), by_office=True)
    return RedirectResponse(at(request, f"/referrals/{referral_id}/referrer"), HTTPStatus.SEE_OTHER)


@router.post("/revoke")
async def revoke(request: Request, parts: PartsOf, referral_id: UUID) -> RedirectResponse:
    """End the link."""
    await links.revoke(parts, referral_id, asked_by(request, None))
    return RedirectResponse(at(request, f"/referrals/{referral_id}/referrer"), HTTPStatus.SEE_OTHER)

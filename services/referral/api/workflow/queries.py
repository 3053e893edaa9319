"""The questions: the worklist, oldest first, and one referral."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, caller_of, require_standing, saw
from services.referral import store
from services.referral.api.workflow.views import Detail, Item, Worklist
from services.referral.domain import ReferralUnknown, Status, role_of

router = APIRouter(prefix="/api/referrals", route_class=LimitedRoute)


@router.get("")
async def worklist(
    request: Request,
    parts: PartsOf,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    after: UUID | None = None,
) -> Worklist:
    """Referrals, oldest first."""
    async with parts.database.connection() as db:
        rows = await store.oldest(db, status, limit, after)
    saw(request, [row.patient_id for row in rows])
    return Worklist(items=[Item.of(row) for row in rows])


@router.get("/{referral_id}")
async def one(request: Request, response: Response, parts: PartsOf, referral_id: UUID) -> Detail:
    """One referral, with everything that is known of it, and what the asker may do. Its ETag is its version."""
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
    if found is None:
        raise ReferralUnknown
    await require_standing(request, parts, found[0])
    saw(request, [found[0]])
    detail = Detail.of(*found, role_of(caller_of(request).by))
    response.headers["ETag"] = f'"{detail.version}"'
    return detail

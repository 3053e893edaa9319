"""What arrived, as it arrived: for a coordinator who wants to see what a referral was read from."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from carebus.errors import CarebusError
from carebus.http import PartsOf
from carebus.web import LimitedRoute
from services.referral import store

router = APIRouter(prefix="/api/referrals", route_class=LimitedRoute)

ENDINGS = {"application/fhir+json": "json", "application/json": "json", "text/csv": "csv"}


class NothingArrived(CarebusError):
    """Nothing is kept of what this referral was read from."""

    status = 404


@router.get("/{referral_id}/arrived", response_class=Response)
async def what_arrived(parts: PartsOf, referral_id: UUID) -> Response:
    """What a referral was read from, byte by byte; its ETag is the SHA-256."""
    async with parts.database.connection() as db:
        found = await store.arrived_as(db, referral_id)
    if found is None:
        raise NothingArrived
    ending = ENDINGS.get(found.content_type.partition(";")[0], "txt")
    headers = {"ETag": f'"{found.hash}"', "Content-Disposition": f'attachment; filename="{referral_id}.{ending}"'}
    return Response(found.body, headers=headers, media_type=found.content_type)

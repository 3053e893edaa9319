"""What arrived, as it arrived: for a coordinator who wants to see what a referral was read from."""

import hashlib
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from carebus.contracts.audit import AuditKind
from carebus.contracts.event import subject_id
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.referral import store
from services.referral.channels.uploads.checking import CSV
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows

router = APIRouter(prefix="/api/referrals", route_class=LimitedRoute)

ENDINGS = {"application/fhir+json": "json", "application/json": "json", "text/csv": "csv"}


class NothingArrived(CarebusError):
    """Nothing is kept of what this referral was read from."""

    status = HTTPStatus.NOT_FOUND


@router.get("/{referral_id}/arrived", response_class=Response)
async def what_arrived(request: Request, parts: PartsOf, referral_id: UUID) -> Response:
    """What a referral was read from, byte by byte; its ETag is the SHA-256."""
    async with parts.database.connection() as db:
        if stream := await store.stream_of(db, referral_id):
            saw(request, [UUID(subject_id(stream))], AuditKind.EXPORT)
        found = await store.arrived_as(db, referral_id)
        row = None if found else await upload_rows.row_of(db, referral_id)
        if row:
            return await _row(db, referral_id, row)
    if found is None:
        raise NothingArrived
    ending = ENDINGS.get(found.content_type.partition(";")[0], "txt")
    headers = {"ETag": f'"{found.hash}"', "Content-Disposition": f'attachment; filename="{referral_id}.{ending}"'}
    return Response(found.body, headers=headers, media_type=found.content_type)


async def _row(db: Connection, referral_id: UUID, row: upload_rows.Place) -> Response:
    """The row of an upload, under the file's header; the ETag is the SHA-256 of the row alone."""
    body = await uploads.part(db, row.upload_id, row.starts, row.length)
    tag = hashlib.sha256(body).hexdigest()
    if row.kind == CSV:
        body = await uploads.part(db, row.upload_id, 0, row.header) + body
    kind, ending = ("text/csv", "csv") if row.kind == CSV else ("application/fhir+json", "json")
    headers = {"ETag": f'"{tag}"', "Content-Disposition": f'attachment; filename="{referral_id}.{ending}"'}
    return Response(body, headers=headers, media_type=kind)

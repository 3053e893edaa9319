"""Somebody's wishes as FHIR R4, for whoever takes them away."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from carebus.contracts.audit import AuditKind
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.wishes.api.acts import known
from services.wishes.channels.fhir.collection import MEDIA_TYPE, collection

router = APIRouter(prefix="/api", route_class=LimitedRoute)


class FhirResponse(JSONResponse):
    """A resource as an answer."""

    media_type = MEDIA_TYPE


@router.get("/patients/{patient_id}/fhir", response_class=FhirResponse)
async def wishes(request: Request, patient_id: UUID, parts: PartsOf) -> FhirResponse:
    """Consents with agents, documents, and preferences, as one collection."""
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
    saw(request, [patient_id], AuditKind.EXPORT)
    return FhirResponse(collection(patient_id, found, parts.clock.now()), headers={"Cache-Control": "no-store"})

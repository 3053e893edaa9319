"""Care as FHIR R4 for whoever takes it away: a visit's summary as a document, and one person's care as a collection."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from carebus.contracts.audit import AuditKind
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.care_plan.api.acts import known_patient
from services.care_plan.api.summaries.finding import found_for
from services.care_plan.api.visits.views import past
from services.care_plan.channels.fhir.documents import MEDIA_TYPE, collection, document
from services.care_plan.store import visits

router = APIRouter(route_class=LimitedRoute)

A_YEAR = timedelta(days=366)
"""So much of a story a collection holds."""
NOT_KEPT = {"Cache-Control": "no-store"}


class FhirResponse(JSONResponse):
    """A resource as an answer."""

    media_type = MEDIA_TYPE


@router.get("/visits/{visit_id}/summary.json", response_class=FhirResponse)
async def summary(request: Request, visit_id: UUID, parts: PartsOf) -> FhirResponse:
    """A visit's summary as a FHIR document."""
    found = await found_for(request, parts, visit_id, AuditKind.EXPORT)
    made = document(found.patient_id, found.care, found.record, found.summary())
    name = f'attachment; filename="{found.summary().file_name}.json"'
    return FhirResponse(made, headers={"Content-Disposition": name, **NOT_KEPT})


@router.get("/api/patients/{patient_id}/fhir", response_class=FhirResponse)
async def care_of(request: Request, patient_id: UUID, parts: PartsOf) -> FhirResponse:
    """The plan of care with its team, goals and activities, and what was found within a year."""
    now = parts.clock.now()
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        records = await visits.records_of(db, patient_id, now - A_YEAR)
    saw(request, [patient_id], AuditKind.EXPORT)
    return FhirResponse(collection(patient_id, care, past(care, records), now), headers=NOT_KEPT)

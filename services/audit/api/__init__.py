"""The audit service's HTTP door: pages for privacy officers, and the same as JSON and FHIR."""

from fastapi import APIRouter

from services.audit.api import fhir, pages, queries, reviewing

router = APIRouter()
for part in (queries, reviewing, fhir, pages):
    router.include_router(part.router)

__all__ = ["router"]

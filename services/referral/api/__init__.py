"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies."""

from fastapi import APIRouter

from services.referral.api import arrivals, commands, fhir, form, pages, queries

router = APIRouter()
for each in (commands, queries, arrivals, fhir, form, pages):
    router.include_router(each.router)

__all__ = ["router"]

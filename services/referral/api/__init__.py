"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies but for files."""

from fastapi import APIRouter

from services.referral.api import (
    account,
    arrivals,
    commands,
    desk,
    details,
    fhir,
    form,
    hooks,
    identity,
    organizations,
    pages,
    queries,
    referrer,
    reviewing,
    rules,
    status,
    upload_pages,
    uploads,
)

router = APIRouter()
for each in (
    commands,
    queries,
    arrivals,
    fhir,
    hooks,
    form,
    status,
    account,
    organizations,
    referrer,
    pages,
    details,
    desk,
    rules,
    identity,
    reviewing,
):
    router.include_router(each.router)
for files in (uploads, upload_pages):
    router.include_router(files.files)
    router.include_router(files.router)

__all__ = ["router"]

"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies but for files."""

from fastapi import APIRouter

from services.referral.api import fhir
from services.referral.api.eligibility import rules
from services.referral.api.feedback import answers, referrer, status, webhooks
from services.referral.api.identity import pages as identity_pages
from services.referral.api.identity import reviews
from services.referral.api.organizations import account
from services.referral.api.organizations import pages as organization_pages
from services.referral.api.referring import arrivals, details, form
from services.referral.api.uploads import lists, results
from services.referral.api.uploads import pages as upload_pages
from services.referral.api.workflow import commands, desk, finding, pages, queries

router = APIRouter()
for each in (
    commands,
    queries,
    arrivals,
    fhir,
    webhooks,
    form,
    status,
    answers,
    account,
    organization_pages,
    referrer,
    finding,
    pages,
    details,
    desk,
    rules,
    reviews,
    identity_pages,
):
    router.include_router(each.router)
for files in (lists, upload_pages):
    router.include_router(files.files)
    router.include_router(files.router)
router.include_router(results.router)

__all__ = ["router"]

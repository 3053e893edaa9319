"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies."""

from fastapi import APIRouter

from services.referral.api import commands, form, pages, queries, rules

router = APIRouter()
for each in (commands, queries, form, pages, rules):
    router.include_router(each.router)

__all__ = ["router"]

"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies."""

from fastapi import APIRouter

from services.referral.api import (
    account,
    commands,
    desk,
    form,
    hooks,
    organizations,
    pages,
    queries,
    referrer,
    rules,
    status,
)

router = APIRouter()
for each in (commands, queries, hooks, form, status, account, organizations, referrer, pages, desk, rules):
    router.include_router(each.router)

__all__ = ["router"]

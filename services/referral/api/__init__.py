"""HTTP in: the JSON API, the Direct Referral Form and the coordinators' pages, all with small bodies."""

from fastapi import APIRouter

from services.referral.api import (
    account,
    commands,
    desk,
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
)

router = APIRouter()
for each in (
    commands,
    queries,
    hooks,
    form,
    status,
    account,
    organizations,
    referrer,
    pages,
    desk,
    rules,
    identity,
    reviewing,
):
    router.include_router(each.router)

__all__ = ["router"]

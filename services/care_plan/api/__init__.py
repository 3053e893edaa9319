"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.care_plan.api import commands, pages, queries

router = APIRouter()
for part in (commands, queries, pages):
    router.include_router(part.router)

__all__ = ["router"]

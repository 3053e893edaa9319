"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.care_plan.api import commands, emergency, pages, queries

router = APIRouter()
for part in (commands, queries, emergency, pages):
    router.include_router(part.router)

__all__ = ["router"]

"""The outcomes service's HTTP door: exact counts as JSON, and a page that hides small cells."""

from fastapi import APIRouter

from services.outcomes.api import line, pages, planning, queries

router = APIRouter()
router.include_router(queries.router)
router.include_router(pages.router)
router.include_router(line.router)
router.include_router(planning.router)

__all__ = ["router"]

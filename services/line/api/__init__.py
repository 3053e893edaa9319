"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.line.api import board, calling, commands, fhir, hospital, queries

router = APIRouter()
for part in (commands, queries, board, calling, hospital, fhir):
    router.include_router(part.router)

__all__ = ["router"]

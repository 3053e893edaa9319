"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.line.api import (
    board,
    calling,
    commands,
    fhir,
    hand_overs,
    helping,
    hospital,
    paged,
    previewing,
    queries,
    shifts,
    telephone,
)

router = APIRouter()
for part in (commands, telephone, queries, board, calling, hospital, fhir, shifts, hand_overs, paged, helping):
    router.include_router(part.router)
router.include_router(previewing.data)
router.include_router(previewing.router)

__all__ = ["router"]

"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.line.api import board, calling, commands, previewing, queries

router = APIRouter()
for part in (commands.router, queries.router, previewing.data, board.router, calling.router, previewing.router):
    router.include_router(part)

__all__ = ["router"]

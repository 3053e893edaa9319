"""Rows, a patient's disclosures and the chains, as JSON."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from carebus.contracts.audit import AuditKind
from carebus.web.http import PartsOf
from services.audit import store
from services.audit.api.asking import LONGEST, SearchOf, found, told
from services.audit.settings import MOST, PAGE
from services.audit.store import Wanted

router = APIRouter(prefix="/api")

DISCLOSED = (AuditKind.DISCLOSURE, AuditKind.EXPORT)
"""What left the installation, or was taken away."""


@router.get("/rows")
async def rows(request: Request, parts: PartsOf, search: SearchOf) -> dict[str, Any]:
    """Who did and saw what, newest first; `after` is where the next page begins."""
    page, after = await found(request, parts, search.wanted, search.after, search.limit)
    return {"items": [told(one) for one in page], "after": after}


@router.get("/disclosures/{patient_id}")
async def disclosures(
    request: Request,
    parts: PartsOf,
    patient_id: UUID,
    after: Annotated[str | None, Query(max_length=LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> dict[str, Any]:
    """To whom a patient's data were disclosed, newest first (45 CFR 164.528)."""
    page, place = await found(request, parts, Wanted(patient=patient_id, kinds=DISCLOSED), after, limit)
    return {"items": [told(one) for one in page], "after": place}


@router.get("/chains")
async def chains(parts: PartsOf) -> dict[str, Any]:
    """How far each service's chain has come as it was heard, and where it was not whole."""
    async with parts.database.connection() as db:
        kept = await store.chains(db)
    return {"items": [{"service": service, **chain.model_dump(mode="json")} for service, chain in kept.items()]}

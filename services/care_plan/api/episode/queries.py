"""The queries: visits that are due, patients in care, the roster."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, Field

from carebus.contracts.audit import AuditKind
from carebus.web.http import PartsOf, cares_for, own_only, saw
from services.care_plan.api.episode import outside
from services.care_plan.api.episode.patient import A_YEAR
from services.care_plan.api.visits import views
from services.care_plan.domain.care import PatientUnknown, Visit
from services.care_plan.domain.instruments.esas_r import SCALES, total
from services.care_plan.store import episode as store
from services.care_plan.store import team
from services.care_plan.store import visits as visit_rows
from services.care_plan.store.episode import Wanted

router = APIRouter(prefix="/api")

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
MOST_OFFSET = 1_000_000
"""More patients than anybody reads page by page."""
Limit = Annotated[int, Query(ge=1, le=1000)]
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
Offset = Annotated[int, Query(ge=0, le=MOST_OFFSET)]


@router.get("/roster")
async def roster(parts: PartsOf) -> dict[str, Any]:
    async with parts.database.connection() as db:
        people = await team.clinicians(db)
    return {"items": [{**one.clinician.model_dump(mode="json"), "load": one.load} for one in people]}


@router.get("/visits")
async def visits(
    request: Request,
    parts: PartsOf,
    status: Literal["scheduled", "completed"] = "scheduled",
    due_by: Moment | None = None,
    limit: Limit = 500,
) -> dict[str, Any]:
    async with parts.database.connection() as db:
        items = await visit_rows.visits(
            db, completed=status == "completed", due_by=due_by, limit=limit, seen_by=own_only(request)
        )
    saw(request, [item["patient_id"] for item in items], _shown_as(request))
    return {"items": items if cares_for(request) else [outside.of_visit(item) for item in items]}


@router.get("/patients")
async def patients(request: Request, parts: PartsOf, limit: Limit = 200, offset: Offset = 0) -> dict[str, Any]:
    wanted = Wanted(due_by=parts.clock.now(), seen_by=own_only(request))
    async with parts.database.connection() as db:
        items = await store.caseload(db, wanted, limit=limit, offset=offset)
    if not cares_for(request):
        items = [outside.of_list(item) for item in items]
    saw(request, [item["patient_id"] for item in items], _shown_as(request))
    return {"items": items}


@router.get("/patients/{patient_id}")
async def patient(request: Request, patient_id: UUID, parts: PartsOf, since: Moment | None = None) -> dict[str, Any]:
    """Somebody's care, with the visits of the last year, or since another moment."""
    async with parts.database.connection() as db:
        care = await store.care_of(db, patient_id)
        also = await store.also_recorded_as(db, patient_id)
        recorded_as = patient_id
        if care is None and also:  # cared for under a record that was merged into this one
            recorded_as = also[0]["patient_id"]
            care = await store.care_of(db, recorded_as)
        records = await visit_rows.records_of(db, recorded_as, since or parts.clock.now() - A_YEAR)
    if care is None:
        raise PatientUnknown
    found = {
        "patient_id": patient_id,
        "recorded_as": recorded_as,
        "also_recorded_as": [each["patient_id"] for each in also],
    }
    shown = [*views.completed(views.past(care, records)), *care.visits]
    if not cares_for(request):
        outside.disclosed(request, [patient_id])
        return found | outside.of_care(care, shown)
    return {
        **found,
        **care.model_dump(mode="json", exclude={"visits", "found", "paused", "contact"}),
        "phase": care.phase,
        "akps": care.akps,
        "visits": [_with_scores(visit.model_dump(mode="json"), visit) for visit in shown],
    }


def _shown_as(request: Request) -> AuditKind:
    return AuditKind.READ if cares_for(request) else AuditKind.DISCLOSURE


def _with_scores(view: dict[str, Any], visit: Visit) -> dict[str, Any]:
    esas_r = visit.assessments.esas_r
    return {**view, "scores": {name: total(esas_r, scale) for name, scale in SCALES.items()}}

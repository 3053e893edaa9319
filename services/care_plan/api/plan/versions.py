"""The page of one version of a plan: what it said, and what was otherwise in the one before."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.api.plan import words
from services.care_plan.domain.plan.comparing import differences
from services.care_plan.domain.plan.settling import NoPlanYet
from services.care_plan.store import plans

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LATEST = 1_000_000
"""No plan has so many versions."""


class NoSuchVersion(CarebusError):
    """There is no such version of this plan."""

    status = HTTPStatus.NOT_FOUND


@router.get("/patients/{patient_id}/plan/versions/{version}")
async def version(request: Request, patient_id: UUID, version: int, parts: PartsOf) -> Response:
    care = await known_patient(parts, patient_id)
    if care.plan is None:
        raise NoPlanYet
    async with parts.database.connection() as db:
        this, before = await plans.version_of(db, care.plan.plan_id, min(max(version, 0), LATEST))
    if this is None:
        raise NoSuchVersion
    return parts.pages.render(
        request,
        "plan_version.html",
        patient_id=patient_id,
        person=care.patient,
        banner=banner(care, patient_id, parts.clock.now()),
        this=this,
        before=before,
        changes=differences(before.says, this.says) if before and before.says and this.says else [],
        stands=care.plan.version,
        words=words,
    )

"""Emergency access: a clinician who is on nobody's panel names the person and the reason, and is let in for an hour."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carebus.storage import emergency
from carebus.web import Form, LimitedRoute, body_of
from carebus.web.http import Parts, PartsOf, asking_by, caller_of, route_of
from carebus.web.links import at
from services.care_plan.domain.care import PatientUnknown
from services.care_plan.store import episode as store

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)
log = structlog.get_logger()

LABELS = {"given_name": "Given name", "family_name": "Family name", "birth_date": "Date of birth", "reason": "Why"}
NOBODY = "Nobody of this name and date of birth is in care here. Check both, and call the office."

Named = Annotated[str, Field(min_length=1, max_length=200)]


class Asked(BaseModel):
    """Who is meant, as only somebody who has the person before them can say it; and why it can't wait."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    given_name: Named
    family_name: Named
    birth_date: date
    reason: Annotated[str, Field(min_length=10, max_length=500)]


@router.get("/emergency")
async def blank(request: Request, parts: PartsOf) -> Response:
    """Asks who is meant and why."""
    return _page(request, parts, Form.blank(LABELS))


@router.post("/emergency")
async def take(request: Request, parts: PartsOf) -> Response:
    """Opens one patient's record to this one clinician, and nothing else: no list, no other patient."""
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    try:
        asked = Asked.model_validate(body_of(sent))
    except ValidationError as why:
        return _page(request, parts, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    async with parts.database.connection() as db:
        patient_id = await store.named_exactly(db, asked.given_name, asked.family_name, asked.birth_date)
    if patient_id is None:
        await parts.audit.denied(asking_by(request.scope), route_of(request.scope), PatientUnknown())
        return _page(request, parts, form.refused({"": NOBODY}), HTTPStatus.NOT_FOUND)
    account = caller_of(request).account
    assert account is not None
    async with parts.database.transaction() as db:
        taken = await emergency.take(db, account, patient_id, asked.reason)
        request.scope["carebus.emergency_reason"] = taken.reason
        await parts.audit.seen(asking_by(request.scope), route_of(request.scope), [patient_id])
    log.warning("emergency_access", actor=caller_of(request).actor)
    return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)


def _page(request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK) -> Response:
    return parts.pages.render(request, "emergency.html", status, form=form)

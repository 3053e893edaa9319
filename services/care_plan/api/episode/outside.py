"""What a health plan sees of its members, and a loved one of the person: who comes and when, never what was found."""

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from carebus.contracts.audit import AuditKind
from carebus.web.http import Parts, own_only, saw
from carebus.web.people import Banner
from services.care_plan.api import words
from services.care_plan.api.visits import views
from services.care_plan.domain.care import Care, Visit, VisitRecord
from services.care_plan.store import episode as store
from services.care_plan.store.episode import Wanted

TOLD_OF_LIST = ("patient_id", "given_name", "family_name", "primary_name", "next_visit_at", "opened_at")
"""The columns of the caseload that say nothing of what was found."""
_WHO = {"name", "role", "primary"}
TOLD_OF_CARE: dict[str, Any] = {"patient": True, "opened_at": True, "team": {"__all__": _WHO}}
"""Not the plan of care: its concerns are chosen by the illness, and so tell it."""
TOLD_OF_VISIT: dict[str, Any] = {
    **dict.fromkeys(("visit_id", "ordinal", "mode", "starts_at", "minutes", "completed_at"), True),
    "clinician": _WHO,
}


async def people_page(request: Request, parts: Parts, page: int, most: int) -> Response:
    """The list, without ways to narrow it by what is not told."""
    wanted = Wanted(due_by=parts.clock.now(), seen_by=own_only(request))
    async with parts.database.connection() as db:
        rows = await store.caseload(db, wanted, limit=most, offset=(page - 1) * most)
        found = await store.caseload_count(db, wanted)
    disclosed(request, [row["patient_id"] for row in rows])
    return parts.pages.render(request, "people.html", rows=rows, found=found, page=page, pages=-(-found // most))


def person_page(
    request: Request, parts: Parts, patient_id: UUID, care: Care, past: list[VisitRecord], banner: Banner
) -> Response:
    """One person: the next visit, those there were, and the team."""
    assert care.patient is not None
    disclosed(request, [patient_id])
    events = views.timeline(care, past, parts.clock.now(), found=False)
    return parts.pages.render(
        request,
        "person.html",
        care=care,
        person=care.patient,
        banner=banner,
        events=events,
        told_time=views.told_time,
        words=words,
    )


def of_care(care: Care, visits: list[Visit]) -> dict[str, Any]:
    """What the API tells of somebody's care, with these visits."""
    told = care.model_dump(mode="json", include=TOLD_OF_CARE)
    return {**told, "visits": [visit.model_dump(mode="json", include=TOLD_OF_VISIT) for visit in visits]}


def of_list(row: dict[str, Any]) -> dict[str, Any]:
    """What the API tells of somebody in a list."""
    return {name: row[name] for name in TOLD_OF_LIST}


def of_visit(row: dict[str, Any]) -> dict[str, Any]:
    """What the API tells of a visit in a list."""
    return {**row, "clinician": {name: value for name, value in row["clinician"].items() if name in _WHO}}


def disclosed(request: Request, patients: list[UUID]) -> None:
    """Whom the answer shows to somebody who is not of the team."""
    saw(request, patients, AuditKind.DISCLOSURE)

"""The page of somebody's equipment: what is there, what is asked for, what is to be done; and an order for paper."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from carebus.contracts.audit import AuditKind
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, caller_of, saw
from services.equipment.access import clinical
from services.equipment.api import words
from services.equipment.api.acts import known
from services.equipment.api.heading import banner
from services.equipment.domain.duties import duties
from services.equipment.domain.ledger import of_loans
from services.equipment.domain.loans.loan import RecordKind
from services.equipment.domain.requests.request import BECOMES, PERMITS, AuthorisationStatus
from services.equipment.settings import Settings
from services.equipment.store import patients

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

S = AuthorisationStatus
STEPS = {
    S.NOT_REQUIRED: ("not-required", "None required"),
    S.REQUESTED: ("ask-payer", "Payer asked"),
    S.PENDED: ("pended", "Wants to know more"),
    S.APPROVED: ("approved", "Approved"),
    S.PARTLY_APPROVED: ("partly-approved", "Approved in part"),
    S.DENIED: ("denied", "Denied"),
    S.APPEALED: ("appeal", "Appealed"),
}
"""Which acts lead to which status, in words for links."""
BY_RENT = (RecordKind.RENTAL_ENDED, RecordKind.OWNED)
"""Records that nobody takes back by hand."""


@router.get("/patients/{patient_id}")
async def equipment(request: Request, patient_id: UUID, parts: PartsOf) -> HTMLResponse:
    now = parts.clock.now()
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
        retired = await patients.retired_into(db, patient_id)
        behind = await patients.is_behind(db, patient_id)
    return parts.pages.render(
        request,
        "equipment.html",
        patient_id=patient_id,
        equipment=found,
        banner=banner(found, patient_id, now),
        retired=retired,
        behind=behind,
        due=sorted(duties(found), key=lambda one: one.due_on),
        ledger=of_loans(found.loans, now),
        steps=STEPS,
        becomes=BECOMES,
        permits=PERMITS,
        by_rent=BY_RENT,
        asking=clinical.admits(caller_of(request)),
        today=now.date(),
        words=words,
    )


@router.get("/patients/{patient_id}/orders/{order_id}")
async def order(request: Request, patient_id: UUID, order_id: UUID, parts: PartsOf) -> HTMLResponse:
    """An order for paper, as it goes to a supplier without e-mail."""
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
    saw(request, [patient_id], AuditKind.EXPORT)
    ordered = found.order(order_id)
    supplier = Settings.of(parts.settings).supplier(ordered.supplier.supplier_id)
    return parts.pages.render(
        request,
        "order.html",
        patient_id=patient_id,
        equipment=found,
        order=ordered,
        supplier=supplier,
        path=f"/patients/{patient_id}/orders/{order_id}",
    )

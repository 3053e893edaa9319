"""The page of a visit's summary: what it says, as what it can be taken away, who has it, and who is to have it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carebus.contracts.audit import AuditKind
from carebus.contracts.care_plan import SummaryPart, SummaryRecipient
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import words
from services.care_plan.api.heading import banner
from services.care_plan.api.summaries.commands import perform_sending, perform_taking_back
from services.care_plan.api.summaries.finding import Found, found_for
from services.care_plan.channels.documents.summary import HEADINGS, Summary, as_pdf
from services.care_plan.channels.documents.typesetting import CannotBeDrawn
from services.care_plan.domain.summaries.sharing import (
    ALWAYS,
    Addressee,
    SendingUnknown,
    SendSummary,
    Sharing,
    TakeBackSummary,
)
from services.care_plan.store import sharing as store

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

PDF = "application/pdf"
MANY = ("recipients", "parts")
LABELS = {
    "recipients": "Who had one before",
    "name": "Name",
    "profession": "Profession",
    "organization": "Practice or hospital",
    "email": "E-mail",
    "how": "How it gets there",
    "parts": "What they need to know",
}
OFFERED = [(part.value, HEADINGS[part]) for part in HEADINGS if part is not ALWAYS]
"""The parts that staff choose from. Which visit it was is always told."""
LIKELY = [part for part, _ in OFFERED if part is not SummaryPart.NOTE]
"""What is ticked at first. The note was written for the team, so somebody has to think before it goes out."""


class SendForm(BaseModel):
    """The form that sends a summary: some who had one before, and one more."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    recipients: tuple[UUID, ...] = ()
    name: Annotated[str, Field(max_length=200)] = ""
    profession: Annotated[str, Field(max_length=100)] = ""
    organization: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^(\S+@\S+\.\S+)?$")] = ""
    how: Annotated[str, Field(max_length=300)] = ""
    parts: tuple[SummaryPart, ...] = ()

    def addressees(self, sharing: Sharing) -> list[dict[str, Any]]:
        """Who is to have it."""
        chosen = [each.model_dump() for each in sharing.recipients if each.recipient_id in self.recipients]
        new = self.model_dump(exclude={"recipients", "parts"})
        return [*chosen, new] if any(value for value in new.values()) else chosen


@router.get("/visits/{visit_id}/summary")
async def summary(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found = await found_for(request, parts, visit_id)
    form = Form({act_forms.KEY: (str(new_id()),), "parts": LIKELY}, labels=LABELS)
    return await _page(request, parts, found, form)


@router.get("/visits/{visit_id}/summary.pdf")
async def file(
    request: Request, visit_id: UUID, parts: PartsOf, part: Annotated[Sequence[SummaryPart], Query()] = ()
) -> Response:
    """As PDF, with the parts that are asked for; with all, if none is."""
    found = await found_for(request, parts, visit_id, AuditKind.EXPORT)
    return await as_file(found.summary({ALWAYS, *part} if part else tuple(SummaryPart)))


@router.post("/visits/{visit_id}/summary/send")
async def send(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found, sent = await found_for(request, parts, visit_id), await request.form()
    form = Form.typed(sent, LABELS)
    async with parts.database.connection() as db:
        known = await store.sharing_of(db, found.patient_id)
    try:
        asked = SendForm.model_validate(act_forms.body(sent, many=MANY))
        body = {
            "recipients": [Addressee.model_validate(each) for each in asked.addressees(known)],
            "parts": asked.parts,
        }
        await perform_sending(parts, visit_id, body, asked_by(request, act_forms.key_of(sent)))
    except ValidationError as why:
        return await _page(request, parts, found, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        refused = act_forms.refused(form, why)
        if not known.recipients and "recipients" in refused.errors:  # of a list that this page doesn't have yet
            refused = form.refused({"name": str(why)})
        return await _page(request, parts, found, refused, why.status)
    return RedirectResponse(at(request, f"/visits/{visit_id}/summary"), HTTPStatus.SEE_OTHER)


@router.post("/visits/{visit_id}/summary/take-back")
async def take_back(request: Request, visit_id: UUID, parts: PartsOf) -> Response:
    found, sent = await found_for(request, parts, visit_id), await request.form()
    try:
        command = TakeBackSummary.model_validate(act_forms.body(sent))
    except ValidationError:
        raise SendingUnknown from None
    await perform_taking_back(parts, visit_id, command, asked_by(request, act_forms.key_of(sent)))
    return RedirectResponse(at(request, f"/visits/{found.record.visit_id}/summary"), HTTPStatus.SEE_OTHER)


async def as_file(summary: Summary) -> Response:
    """The summary as a file to be taken away. Raises CannotBeDrawn."""
    name = f'attachment; filename="{summary.file_name}.pdf"'
    return Response(await as_pdf(summary), media_type=PDF, headers={"Content-Disposition": name, **NOT_KEPT})


NOT_KEPT = {"Cache-Control": "no-store"}


async def why_no_pdf(summary: Summary) -> str:
    """Why there is no PDF of it, in a sentence; nothing where there is one."""
    try:
        await as_pdf(summary)
    except CannotBeDrawn as why:
        return str(why)
    return ""


async def _page(request: Request, parts: Parts, found: Found, form: Form, status: int = HTTPStatus.OK) -> Response:
    assert found.record.visit_id is not None, "a record is a visit's"
    async with parts.database.connection() as db:
        known = await store.sharing_of(db, found.patient_id)
        sendings = await store.sendings_of(db, found.record.visit_id)
    made, now = found.summary(), parts.clock.now()
    return parts.pages.render(
        request,
        "summary.html",
        status,
        patient_id=found.patient_id,
        person=found.care.patient,
        banner=banner(found.care, found.patient_id, now),
        visit=found.record.planned,
        summary=made,
        no_pdf=await why_no_pdf(made),
        sendings=sendings,
        known=[_offered(each) for each in known.recipients],
        form=form,
        offered=OFFERED,
        may_send=ACCESS.of_command(SendSummary).admits(caller_of(request)),
        now=now,
        words=words,
    )


def _offered(of: SummaryRecipient) -> tuple[UUID, str, str]:
    return of.recipient_id, ", ".join(filter(None, (of.name, of.profession, of.organization))), of.email or of.how

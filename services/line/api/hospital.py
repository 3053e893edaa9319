"""Hospital messages that are nobody's yet, for a nurse who knows whose they are; and contacts after a discharge."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from carebus.contracts.event import patient_stream
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from services.line.api import words
from services.line.channels.claiming import claiming
from services.line.channels.receiving import kept
from services.line.domain.hospital import contacts, unclaimed
from services.line.domain.hospital.contacts import MakeDischargeContact
from services.line.domain.hospital.record import HospitalRecord
from services.line.domain.hospital.unclaimed import DisclaimNotice, NoticeUnknown, Unclaimed
from services.line.store import hospital as notices

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LABELS = {"patient_id": "Whose it is", "stay_id": ""}
CLAIM = on(Unclaimed, unclaimed.claim_as_candidate)
DISCLAIM = on(Unclaimed, unclaimed.disclaim)
CONTACT = on(HospitalRecord, contacts.make_contact)


class Chosen(BaseModel):
    """Whose a message is."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    patient_id: UUID


class Reached(BaseModel):
    """After which stay somebody spoke with the patient."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    stay_id: UUID


@router.get("/hospital")
async def worklist(request: Request, parts: PartsOf) -> Response:
    return await _worklist(request, parts, act_forms.blank(LABELS))


@router.post("/hospital/{notice_id}/claim")
async def claim(request: Request, notice_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, LABELS)
    try:
        chosen = Chosen.model_validate(act_forms.body(sent))
        async with parts.database.connection() as db:
            found = await notices.unclaimed_of(db, notice_id)
        if found is None or found.notice is None:
            raise NoticeUnknown
        steps = claiming(notice_id, found.notice, chosen.patient_id, CLAIM)
        await parts.commands.perform_in_turn(steps, asked_by(request, act_forms.key_of(sent)), kept)
    except ValidationError as why:
        return await _worklist(request, parts, form.refused(why), 422)
    except CarebusError as why:
        return await _worklist(request, parts, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, "/hospital"), 303)


@router.post("/hospital/{notice_id}/disclaim")
async def disclaim(request: Request, notice_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    asked = asked_by(request, act_forms.key_of(sent))
    try:
        await parts.commands.perform(DISCLAIM, notices.notice_stream(notice_id), DisclaimNotice(), asked, kept)
    except CarebusError as why:
        form = act_forms.refused(Form.typed(sent, LABELS), why)
        return await _worklist(request, parts, form, why.status)
    return RedirectResponse(at(request, "/hospital"), 303)


@router.post("/patients/{patient_id}/contact")
async def contact(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, LABELS)
    try:
        reached = Reached.model_validate(act_forms.body(sent))
        made = MakeDischargeContact(stay_id=reached.stay_id)
        asked = asked_by(request, act_forms.key_of(sent))
        await parts.commands.perform(CONTACT, patient_stream(patient_id), made, asked, kept)
    except ValidationError as why:
        return await _worklist(request, parts, form.refused(why), 422)
    except CarebusError as why:
        return await _worklist(request, parts, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, "/hospital"), 303)


async def _worklist(request: Request, parts: Parts, form: Form, status: int = 200) -> Response:
    async with parts.database.connection() as db:
        waiting = await notices.offered(db)
        counts = await notices.counts(db)
        due = await notices.open_contacts(db)
        meant = [patient for one in waiting for patient in one.unclaimed.candidates]
        people = await notices.people(db, meant)
    saw(request, [*meant, *(one.patient_id for one in due)])
    shown: dict[str, Any] = {"waiting": waiting, "counts": counts, "due": due, "people": people}
    now = parts.clock.now()
    blank = act_forms.blank(LABELS)
    return parts.pages.render(request, "hospital.html", status, form=form, blank=blank, now=now, words=words, **shown)

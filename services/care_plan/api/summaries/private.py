"""The private page of whoever was sent a visit's summary: the link names nobody, the date of birth opens it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.contracts.audit import AuditKind
from carebus.ids import new_id
from carebus.web import LimitedRoute, day_typed
from carebus.web.act_forms import KEY, key_of
from carebus.web.http import Parts, PartsOf, saw
from carebus.web.links import at
from carebus.web.throttle import Looking, Trying
from services.care_plan.api.gate import HIDDEN, Gate, Led, by_link, render
from services.care_plan.api.summaries.commands import perform_acknowledgement
from services.care_plan.api.summaries.finding import Found, find
from services.care_plan.api.summaries.pages import as_file, why_no_pdf
from services.care_plan.domain.summaries.sharing import AcknowledgeSummary, Sending, SendingUnknown
from services.care_plan.store import sharing as store

router = APIRouter(prefix="/summary", include_in_schema=False, route_class=LimitedRoute)

GATE = Gate(
    beneath="/summary",
    cookie="carebus_summary",
    salt="carebus summary opened",
    question="summary_question.html",
    take_try=store.take_try,
    give_back=store.give_tries_back,
)
DIGITS = 4
"""Of a version."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that leads to a summary."""

    led: Led
    sending: Sending


async def opened(token: str, parts: PartsOf) -> Opened:
    """What a link leads to. Raises SendingUnknown, the same for whatever it is that there is not."""
    sending_id = GATE.read(parts, token)
    if sending_id is None:
        raise SendingUnknown
    async with parts.database.connection() as db:
        shared = await store.shared(db, sending_id)
    if shared is None or not shared.sending.is_open(parts.clock.now()):
        raise SendingUnknown
    return Opened(Led(f"/summary/{token}", sending_id, shared.patient_id, shared.failed), shared.sending)


@router.get("/{token}")
async def page(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The summary, or the question that opens it."""
    if not GATE.is_open(request, parts, opened.led):
        return GATE.asks(request, parts, opened.led)
    return await _summary(request, parts, opened)


@router.post("/{token}/open")
async def confirm(request: Request, _: Trying, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Show the summary to a reader who knows the patient's date of birth."""
    born = day_typed(str((await request.form(max_files=0)).get("birth_date", "")))
    if born is None:
        return GATE.asks(request, parts, opened.led, "Give the date of birth, such as 1941-05-06.")
    patient = (await _found(parts, opened)).care.patient
    return await GATE.tried(request, parts, opened.led, born, patient.birth_date if patient else None)


@router.post("/{token}/close")
async def close(request: Request, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Forget that the date of birth was given here."""
    return GATE.closes(request, parts, opened.led)


@router.post("/{token}/received")
async def received(
    request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]
) -> Response:
    """Say that one has it."""
    if GATE.is_open(request, parts, opened.led):
        sent = await request.form(max_files=0)
        shown = await _found(parts, opened)
        typed = str(sent.get("version", ""))
        version = int(typed) if typed.isdecimal() and len(typed) <= DIGITS else 1
        version = max(1, min(version, shown.record.version))
        command = AcknowledgeSummary(sending_id=opened.sending.sending_id, version=version)
        await perform_acknowledgement(parts, opened.led.patient_id, command, by_link(request, key_of(sent)))
    return RedirectResponse(at(request, opened.led.page), HTTPStatus.SEE_OTHER)


@router.get("/{token}/summary.pdf")
async def file(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The same as PDF, once the date of birth was given. Raises CannotBeDrawn."""
    if not GATE.is_open(request, parts, opened.led):
        return RedirectResponse(at(request, opened.led.page), HTTPStatus.SEE_OTHER)
    found = await _found(parts, opened)
    saw(request, [opened.led.patient_id], AuditKind.DISCLOSURE)
    answer = await as_file(found.summary(opened.sending.parts))
    answer.headers.update(HIDDEN)
    return answer


async def _found(parts: Parts, opened: Opened) -> Found:
    """The visit's summary in the version that stands: whoever got an earlier one must not go by it."""
    return await find(parts, opened.led.patient_id, opened.sending.visit_id)


async def _summary(request: Request, parts: Parts, opened: Opened) -> HTMLResponse:
    found, sending = await _found(parts, opened), opened.sending
    summary = found.summary(sending.parts)
    saw(request, [opened.led.patient_id], AuditKind.DISCLOSURE)
    return render(
        request,
        parts,
        opened.led,
        "summary_private.html",
        summary=summary,
        sending=sending,
        received=sending.acknowledged_version is not None and sending.acknowledged_version >= summary.version,
        no_pdf=await why_no_pdf(summary),
        key=new_id(),
        key_name=KEY,
    )

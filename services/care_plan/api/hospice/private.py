"""The private page of a hospice that was given a package: the link names nobody, the date of birth opens it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from carebus.contracts.audit import AuditKind
from carebus.contracts.event import patient_stream
from carebus.web import Form, LimitedRoute, act_forms, day_typed
from carebus.web.http import Parts, PartsOf, saw
from carebus.web.links import at
from carebus.web.throttle import Looking, Trying
from services.care_plan.api.acts import known_patient
from services.care_plan.api.gate import HIDDEN, Gate, Led, by_link, render
from services.care_plan.api.hospice.commands import ACKNOWLEDGE
from services.care_plan.channels.documents import package
from services.care_plan.channels.documents.typesetting import CannotBeDrawn
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.asked import AcknowledgePackage
from services.care_plan.domain.hospice.handing_over import LINK_DAYS
from services.care_plan.domain.hospice.state import Hospice, Package
from services.care_plan.domain.summaries.sharing import SendingUnknown
from services.care_plan.store import hospice as store

router = APIRouter(prefix="/hospice-package", include_in_schema=False, route_class=LimitedRoute)

GATE = Gate(
    beneath="/hospice-package",
    cookie="carebus_package",
    salt="carebus package opened",
    question="hospice_package_question.html",
    take_try=store.take_try,
    give_back=store.give_tries_back,
)
LABELS = {"received_by": "Your name"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that leads to a package."""

    led: Led
    care: Care
    way: Hospice
    sent: Package


class Noted(BaseModel):
    """It is done."""


async def opened(token: str, parts: PartsOf) -> Opened:
    """What a link leads to. Raises SendingUnknown, the same for whatever it is that there is not."""
    package_id = GATE.read(parts, token)
    if package_id is None:
        raise SendingUnknown
    async with parts.database.connection() as db:
        found = await store.package_led_to(db, package_id)
        way = await store.hospice_of(db, found[0]) if found else Hospice()
    sent = next((one for one in way.packages if one.package_id == package_id), None)
    if found is None or sent is None or parts.clock.now() >= sent.sent_at + LINK_DAYS:
        raise SendingUnknown
    led = Led(f"/hospice-package/{token}", package_id, *found)
    return Opened(led, await known_patient(parts, found[0]), way, sent)


@router.get("/{token}")
async def page(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The package, or the question that opens it."""
    if not GATE.is_open(request, parts, opened.led):
        return GATE.asks(request, parts, opened.led)
    return await _package(request, parts, opened, act_forms.blank(LABELS))


@router.post("/{token}/open")
async def confirm(request: Request, _: Trying, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Show the package to a reader who knows the patient's date of birth."""
    born = day_typed(str((await request.form(max_files=0)).get("birth_date", "")))
    if born is None:
        return GATE.asks(request, parts, opened.led, "Give the date of birth, such as 1941-05-06.")
    patient = opened.care.patient
    return await GATE.tried(request, parts, opened.led, born, patient.birth_date if patient else None)


@router.post("/{token}/close")
async def close(request: Request, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Forget that the date of birth was given here."""
    return GATE.closes(request, parts, opened.led)


@router.post("/{token}/received")
async def received(
    request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]
) -> Response:
    """Say that one has it, and who one is."""
    back = RedirectResponse(at(request, opened.led.page), HTTPStatus.SEE_OTHER)
    if not GATE.is_open(request, parts, opened.led):
        return back
    sent = await request.form(max_files=0)
    try:
        said = AcknowledgePackage.model_validate({**act_forms.body(sent), "package_id": opened.led.link_id})
    except ValidationError as why:
        refused = Form.typed(sent, LABELS).refused(why)
        return await _package(request, parts, opened, refused, HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = by_link(request, act_forms.key_of(sent))
    await parts.commands.perform(ACKNOWLEDGE, patient_stream(opened.led.patient_id), said, asked, lambda _: Noted())
    return back


@router.get("/{token}/package.pdf")
async def file(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The same as PDF, once the date of birth was given. Raises CannotBeDrawn."""
    if not GATE.is_open(request, parts, opened.led):
        return RedirectResponse(at(request, opened.led.page), HTTPStatus.SEE_OTHER)
    made = package.package_of(opened.care, opened.way, opened.sent.sent_at)
    drawn = await package.as_pdf(made)
    saw(request, [opened.led.patient_id], AuditKind.DISCLOSURE)
    named = {"Content-Disposition": f'attachment; filename="{made.file_name}.pdf"', "Cache-Control": "no-store"}
    return Response(drawn, media_type="application/pdf", headers={**named, **HIDDEN})


async def _package(
    request: Request, parts: Parts, opened: Opened, form: Form, status: int = HTTPStatus.OK
) -> HTMLResponse:
    made = package.package_of(opened.care, opened.way, opened.sent.sent_at)
    saw(request, [opened.led.patient_id], AuditKind.DISCLOSURE)
    try:
        no_pdf, _ = "", await package.as_pdf(made)
    except CannotBeDrawn as why:
        no_pdf = str(why)
    return render(
        request,
        parts,
        opened.led,
        "hospice_package_private.html",
        status,
        package=made,
        received=opened.sent.received_on,
        no_pdf=no_pdf,
        form=form,
    )

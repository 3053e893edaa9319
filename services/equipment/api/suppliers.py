"""The supplier's own page: a private link opens one order, and confirms what was delivered of it."""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Done
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from carebus.web.private_links import PrivateLinks
from carebus.web.throttle import Looking
from services.equipment.access import BY_LINK
from services.equipment.domain.days import zone_of
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.loans import delivering
from services.equipment.domain.loans.delivering import ConfirmDelivery, Serial
from services.equipment.settings import Settings
from services.equipment.store import patients
from services.equipment.store.patients import OrderLink

router = APIRouter(prefix="/orders", include_in_schema=False, route_class=LimitedRoute)

HIDDEN = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
LABELS = {"serial": "Serial number", "at": "Delivered at"}
CONFIRM = on(Equipment, delivering.confirm_delivery)
_MADE = UUID("2d1e9c44-33a4-54ab-8d17-5b7d1f6a9c01")


class LinkUnknown(CarebusError):
    """This link opens nothing: it is mistyped, or of an order that was never made."""

    status = HTTPStatus.NOT_FOUND


class Confirmed(BaseModel):
    """What a supplier says of one thing."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    serial: Serial = ""
    at: AwareDatetime | None = None


class Kept(BaseModel):
    """The answer: of which order."""

    order_id: UUID


@router.get("/{token}")
async def look(request: Request, token: str, _: Looking, parts: PartsOf) -> Response:
    """What is to be delivered, and where to."""
    return await _shown(request, parts, token, act_forms.blank(LABELS))


@router.post("/{token}")
async def confirm(request: Request, token: str, _: Looking, parts: PartsOf) -> Response:
    """One thing was delivered. Sent twice it counts once."""
    link, sent = await _link(parts, token), await request.form(max_files=0)
    form, key = Form.typed(sent, LABELS), act_forms.key_of(sent)
    try:
        said = Confirmed.model_validate(await _typed(parts, link, sent))
        command = ConfirmDelivery(
            loan_id=uuid5(_MADE, f"{link.order_id}/{key}"), order_id=link.order_id, by="supplier", **said.model_dump()
        )
        asked = replace(asked_by(request, key), caller=BY_LINK)

        def reply(_: Done) -> Kept:
            return Kept(order_id=link.order_id)

        await parts.commands.perform(CONFIRM, patient_stream(link.patient_id), command, asked, reply)
    except (ValidationError, RequestValidationError) as why:
        return await _shown(request, parts, token, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return await _shown(request, parts, token, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/orders/{token}"), HTTPStatus.SEE_OTHER)


async def _typed(parts: Parts, link: OrderLink, sent: object) -> dict[str, object]:
    found = await _known(parts, link)
    body: dict[str, object] = act_forms.body(sent, times=("at",), zone=zone_of(found.patient))  # type: ignore[arg-type]
    return body


async def _shown(request: Request, parts: Parts, token: str, form: Form, status: int = HTTPStatus.OK) -> HTMLResponse:
    link = await _link(parts, token)
    found = await _known(parts, link)
    order = found.order(link.order_id)
    return parts.pages.render(
        request,
        "supplier.html",
        status,
        HIDDEN,
        menu=(),
        links=(),
        form=form,
        order=order,
        equipment=found,
        came=[one for one in found.loans if one.order_id == order.order_id],
        to_come=found.open_units(order),
        path=f"/orders/{token}",
    )


async def _known(parts: Parts, link: OrderLink) -> Equipment:
    async with parts.database.connection() as db:
        found = await patients.equipment_of(db, link.patient_id)
    if found is None:
        raise LinkUnknown
    return found


async def _link(parts: Parts, token: str) -> OrderLink:
    """Raises LinkUnknown."""
    secret = Settings.of(parts.settings).order_link_secret
    link_id = PrivateLinks(secret.get_secret_value(), "").read(token) if secret else None
    if link_id is None:
        raise LinkUnknown
    async with parts.database.connection() as db:
        link = await patients.order_link(db, link_id)
    if link is None:
        raise LinkUnknown
    return link

"""The page on which a coordinator completes or corrects what a referral states; the rules are then applied again."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from services.referral import store
from services.referral.api.about import about
from services.referral.api.referring import typed
from services.referral.api.referring.doors.details import door_of
from services.referral.api.referring.doors.door import Door
from services.referral.api.workflow import commands
from services.referral.api.workflow.desk import seen_in
from services.referral.api.workflow.pages import shared
from services.referral.domain import Act, Referral, ReferralUnknown
from services.referral.domain.workflow.commands import Amendment
from services.referral.domain.workflow.reference import reference

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

Found = tuple[UUID, Referral]
"""A referral, and whom it is about."""


@router.get("/referrals/{referral_id}/details")
async def show(request: Request, parts: PartsOf, referral_id: UUID) -> HTMLResponse:
    """What is stated, in a form."""
    found, door = await _opened(request, parts, referral_id)
    first = {name.replace(".", "__"): text for name, text in door.first.items()}
    return _page(request, parts, found, door, Form.blank(door.labels, **first))


@router.post("/referrals/{referral_id}/details")
async def amend(request: Request, parts: PartsOf, referral_id: UUID) -> Response:
    """Keep what is stated now, or show the form again as it was typed."""
    found, door = await _opened(request, parts, referral_id)
    sent = await request.form(max_files=0)
    form, seen = Form.typed(sent, door.labels), seen_in(sent)
    stated = typed.read(door, sent, parts.clock.now())
    if isinstance(stated, dict):
        return _page(request, parts, found, door, form.refused(stated), HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = asked_by(request, typed.key_of(sent))
    try:
        await commands.do(parts, Act.AMEND, referral_id, Amendment(stated=stated), asked, seen)
    except CarebusError as why:
        return _page(request, parts, found, door, form.refused({"": str(why)}), why.status)
    return RedirectResponse(at(request, f"/referrals/{referral_id}"), HTTPStatus.SEE_OTHER)


async def _opened(request: Request, parts: Parts, referral_id: UUID) -> tuple[Found, Door]:
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
    if found is None:
        raise ReferralUnknown
    patient_id, referral = found
    saw(request, [patient_id])
    return found, door_of(referral.received, f"/referrals/{referral_id}/details")


def _page(
    request: Request, parts: Parts, found: Found, door: Door, form: Form, status: int = HTTPStatus.OK
) -> HTMLResponse:
    patient_id, referral = found
    return parts.pages.render(
        request,
        door.template,
        status,
        form=form,
        door=door,
        referral=referral,
        banner=about(patient_id, referral, parts.clock.now()),
        key=new_id(),
        reference=reference(referral.referral_id),
        **shared(request, parts),
    )

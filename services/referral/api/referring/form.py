"""The forms of all doors: sent once however often they are clicked, and answered with a reference number."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.contracts.referral import Channel
from carebus.deciding.commands import IdempotencyKeyReused
from carebus.ids import new_id
from carebus.storage.database import DatabaseAway
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from services.referral import store
from services.referral.api import words
from services.referral.api.referring import typed
from services.referral.api.referring.doors import DOORS, Door
from services.referral.api.workflow import commands, stating
from services.referral.domain import ReferralUnknown
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.referring.senders import Sending, Way
from services.referral.domain.workflow.reference import reference

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

TOO_OLD = "This page was not complete. Please look at it once more and send it again."
SENT_BEFORE = "You have sent this form already, with other answers. To refer once more with these, send it again."
NOT_SAVED = "We could not save it just now. What you typed is still here: send it again in a moment, or call us."


def _blank(door: Door) -> Callable[..., Awaitable[HTMLResponse]]:
    async def blank(request: Request, parts: PartsOf) -> HTMLResponse:
        """The form that nobody has filled in yet."""
        first = {name.replace(".", "__"): value for name, value in door.first.items()}
        return _page(request, parts, door, Form.blank(door.labels, **first), str(new_id()))

    return blank


def _send(door: Door) -> Callable[..., Awaitable[Response]]:
    async def send(request: Request, parts: PartsOf) -> Response:
        """Keep the referral, or show the form again as it was typed."""
        arrived = await commands.arrived(request, parts, Channel.FORM)  # before the form is read: that can be once
        sent = await request.form(max_files=0)
        form, key = Form.typed(sent, door.labels), typed.key_of(sent)
        if key is None:
            return _page(
                request, parts, door, form.refused({"": TOO_OLD}), str(new_id()), HTTPStatus.UNPROCESSABLE_ENTITY
            )
        referral = typed.read(door, sent, parts.clock.now())
        if isinstance(referral, dict):
            return _page(request, parts, door, form.refused(referral), key, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer = await stating.refer(parts, referral, asked_by(request, key), arrived, _sending(door, key))
        except IdempotencyKeyReused as why:
            return _page(request, parts, door, form.refused({"": SENT_BEFORE}), str(new_id()), why.status)
        except AnotherPerson as why:
            told = {why.field: str(why)} if why.field else {"": str(why)}
            return _page(request, parts, door, form.refused(told), key, why.status)
        except DatabaseAway as why:
            return _page(request, parts, door, form.refused({"": NOT_SAVED}), key, why.status)
        return RedirectResponse(at(request, f"{door.path}/sent/{answer.body['referral_id']}"), HTTPStatus.SEE_OTHER)

    return send


def _thanks(door: Door) -> Callable[..., Awaitable[HTMLResponse]]:
    async def thanks(request: Request, parts: PartsOf, referral_id: UUID) -> HTMLResponse:
        """Thanks, with the reference number; says nothing of the person, as the page may stay open."""
        async with parts.database.connection() as db:
            found = await store.referral(db, referral_id)
        if found is None:
            raise ReferralUnknown
        received = found[1].received
        return parts.pages.render(
            request,
            "sent.html",
            door=door,
            referral_id=referral_id,
            reference=reference(referral_id),
            received_at=received.received_at,
            urgent=received.priority == "urgent",
            **_frame(door),
        )

    return thanks


for each in DOORS:
    router.get(each.path)(_blank(each))
    router.post(each.path)(_send(each))
    router.get(f"{each.path}/sent/{{referral_id}}")(_thanks(each))


def _sending(door: Door, key: str) -> Sending:
    """The office types in what it hears and reads; whoever fills in a public form has shown nothing."""
    return Sending(Way.OPEN if door.public else Way.OFFICE, key=key)


def _page(
    request: Request, parts: Parts, door: Door, form: Form, key: str, status: int = HTTPStatus.OK
) -> HTMLResponse:
    return parts.pages.render(
        request, door.template, status, form=form, key=key, words=words, door=door, **_frame(door)
    )


def _frame(door: Door) -> dict[str, Any]:
    """Whoever comes from outside sees no way to the coordinators' pages."""
    return {"menu": (), "links": ()} if door.public else {}

"""The page of whoever was paged: the link names no patient; one click says that they have it."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.contracts.line import Nurse
from carebus.deciding.commands import Done
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from carebus.web.private_links import PrivateLinks
from carebus.web.throttle import Looking
from services.line.access import BY_LINK
from services.line.api.acts import Became
from services.line.domain.calls import Call, paging
from services.line.domain.calls.paging import AnswerPage
from services.line.settings import Settings
from services.line.store import calls
from services.line.store.calls import PageLink, call_stream, status_of

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=LimitedRoute)

HIDDEN = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
ANSWER = on(Call, paging.take_page)


class PageUnknown(CarebusError):
    """This link opens nothing: it is mistyped, or of long ago."""

    status = HTTPStatus.NOT_FOUND


@router.get("/{token}")
async def look(request: Request, token: str, _: Looking, parts: PartsOf) -> Response:
    """Who asks since when, and whether somebody has it."""
    return await _shown(request, parts, token, act_forms.blank({}))


@router.post("/{token}")
async def take(request: Request, token: str, _: Looking, parts: PartsOf) -> Response:
    """Take it; once somebody has, the page says who."""
    link, sent = await _link(parts, token), await request.form(max_files=0)
    command = AnswerPage(nurse=Nurse(account=BY_LINK.actor, name=link.name), page_id=link.page_id)

    def reply(done: Done) -> Became:
        call = done.state(Call)
        return Became(call_id=link.call_id, status=status_of(call), nurse="", patient_id=None)

    asked = replace(asked_by(request, act_forms.key_of(sent)), caller=BY_LINK)
    try:
        await parts.commands.perform(ANSWER, call_stream(link.call_id), command, asked, reply)
    except CarebusError as why:
        return await _shown(request, parts, token, act_forms.refused(Form.blank(), why), why.status)
    return RedirectResponse(at(request, f"/pages/{token}"), HTTPStatus.SEE_OTHER)


async def _shown(request: Request, parts: Parts, token: str, form: Form, status: int = HTTPStatus.OK) -> HTMLResponse:
    link = await _link(parts, token)
    async with parts.database.connection() as db:
        call = await calls.call_of(db, link.call_id)
    page = call.page if call and call.page and call.page.page_id == link.page_id else None
    return parts.pages.render(
        request, "paged.html", status, HIDDEN, menu=(), links=(), form=form, link=link, page=page, call=call,
        path=f"/pages/{token}",
    )  # fmt: skip


async def _link(parts: Parts, token: str) -> PageLink:
    """Raises PageUnknown."""
    secret = Settings.of(parts.settings).page_link_secret
    link_id = PrivateLinks(secret.get_secret_value(), "").read(token) if secret else None
    if link_id is None:
        raise PageUnknown
    async with parts.database.connection() as db:
        link = await calls.page_link(db, link_id)
    if link is None:
        raise PageUnknown
    return link

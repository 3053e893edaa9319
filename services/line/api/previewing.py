"""The pages of the protocols: which are in force and who stands for them, and each to be tried without a call."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf
from services.line.api import asking, words
from services.line.api.protocols import book_of, current
from services.line.domain.protocols import Outcome, Protocol, judge
from services.line.domain.protocols.model import Language
from services.line.domain.protocols.typed import answers_of

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)
data = APIRouter(prefix="/api", route_class=LimitedRoute)
LABELS = {"language": "Language of the caller"}


class NoSuchProtocol(CarebusError):
    """There is no protocol with this name and version."""

    status = HTTPStatus.NOT_FOUND


@data.get("/protocols")
async def protocols(parts: PartsOf) -> dict[str, Any]:
    """Every protocol in every version, as data, and which of them are in force now."""
    shown = [{"digest": one.digest, **one.model_dump(mode="json", by_alias=True)} for one in book_of(parts).protocols]
    return {"in_force": [one.name for one in current(parts)], "protocols": shown}


@router.get("/protocols")
async def in_force(request: Request, parts: PartsOf) -> Response:
    now = current(parts)
    others = [one for one in book_of(parts).protocols if one not in now]
    return parts.pages.render(request, "protocols.html", current=now, others=others)


@router.get("/protocols/{protocol}/{version}")
async def preview(request: Request, protocol: str, version: int, parts: PartsOf) -> Response:
    found = _found(parts, protocol, version)
    return _page(request, parts, found, asking.form_of(found, {}, LABELS), None)


@router.post("/protocols/{protocol}/{version}")
async def judged(request: Request, protocol: str, version: int, parts: PartsOf) -> Response:
    """Nothing is kept: answers are in the body, and gone with the page."""
    found, sent = _found(parts, protocol, version), await request.form()
    form = Form.typed(sent, {**LABELS, **asking.labels_of(found)})
    try:
        outcome = judge(found, answers_of(found, _typed(sent)))
    except CarebusError as why:
        return _page(request, parts, found, act_forms.refused(form, why), None, why.status)
    return _page(request, parts, found, form, outcome)


def _typed(sent: FormData) -> dict[str, str]:
    typed = act_forms.body(sent).get(asking.ANSWERS, {})
    return {name: value for name, value in typed.items() if isinstance(value, str)} if isinstance(typed, dict) else {}


def _found(parts: Parts, name: str, version: int) -> Protocol:
    found = book_of(parts).version(name, version)
    if found is None:
        raise NoSuchProtocol
    return found


def _page(  # what a page shows
    request: Request, parts: Parts, protocol: Protocol, form: Form, outcome: Outcome | None, status: int = 200
) -> Response:
    language = Language.SPANISH if form.value("language") == Language.SPANISH else Language.ENGLISH
    return parts.pages.render(
        request,
        "protocol.html",
        status,
        protocol=protocol,
        form=form,
        outcome=outcome,
        language=language,
        questions=asking.questions_of(protocol, language),
        asking=asking,
        words=words,
    )

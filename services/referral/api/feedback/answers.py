"""What a referrer may do by the private link: send what was asked for, ask for cancellation, and take that back.

A link proves a mailbox and nothing more: whatever it says, the office looks at it.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.contracts.referral import CancellationReason, Party
from carebus.deciding.commands import Asked
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, errors_of
from carebus.web.http import Parts, PartsOf
from carebus.web.links import at
from carebus.web.throttle import Trying
from services.referral.api.feedback import standing, status
from services.referral.api.feedback.status import Opened, asked_by_link, opened
from services.referral.api.referring import typed
from services.referral.api.workflow import commands
from services.referral.domain import Act
from services.referral.domain.referring.stated import Request as Stated
from services.referral.domain.workflow.commands import Cancellation, Nothing, Supply

router = APIRouter(prefix="/status", include_in_schema=False, route_class=LimitedRoute)

OpenedOf = Annotated[Opened, Depends(opened)]
NO_REASON = "Choose a reason."
NOTHING_SENT = "Write what we asked for."
NOT_NOW = "The referral has moved on since you opened this page, so this was not done. Look at it as it is now."


@router.post("/{token}/supply")  # noqa: FAST003  # what the link opens reads it
async def supply(request: Request, _: Trying, parts: PartsOf, link: OpenedOf) -> Response:
    """Send what was asked for, in words; the office reads it."""
    sent = await request.form(max_files=0)
    return await _do(request, parts, link, Act.SUPPLY_INFORMATION, sent, _supply(sent))


@router.post("/{token}/cancel")  # noqa: FAST003  # what the link opens reads it
async def cancel(request: Request, _: Trying, parts: PartsOf, link: OpenedOf) -> Response:
    """Ask for cancellation; the office acts on it."""
    sent = await request.form(max_files=0)
    said = {"reason": sent.get("reason") or "", "reason_text": sent.get("reason_text", "")}
    read = _read(Cancellation, said) if said["reason"] in set(CancellationReason) else {"reason": NO_REASON}
    return await _do(request, parts, link, Act.REQUEST_CANCELLATION, sent, read)


@router.post("/{token}/keep")  # noqa: FAST003  # what the link opens reads it
async def keep(request: Request, _: Trying, parts: PartsOf, link: OpenedOf) -> Response:
    """Take a requested cancellation back."""
    sent = await request.form(max_files=0)
    return await _do(request, parts, link, Act.WITHDRAW_CANCELLATION, sent, Nothing())


async def _do(
    request: Request, parts: Parts, link: Opened, act: Act, sent: FormData, body: Stated | dict[str, str]
) -> Response:
    form = Form.typed(sent, standing.LABELS)
    if ended := status.why_ended(parts, link):
        return status.ended(request, parts, link, ended)
    if isinstance(body, dict):
        return status.shown(request, parts, link, form.refused(body), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        await commands.do(parts, act, link.referral.referral_id, body, _asked(request, sent))
    except CarebusError as why:
        if why.status is HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return status.shown(request, parts, link, form.refused({"": NOT_NOW}), why.status)
    return RedirectResponse(at(request, f"/status/{link.token}"), HTTPStatus.SEE_OTHER)


def _supply(sent: FormData) -> Stated | dict[str, str]:
    said = {"supplied_by": Party.REFERRER, "note": sent.get("note", "")}
    read = _read(Supply, said)
    return {"note": NOTHING_SENT} if isinstance(read, Supply) and not read.note else read


def _read(kind: type[Stated], said: dict[str, Any]) -> Stated | dict[str, str]:
    try:
        return kind.model_validate(said)
    except ValidationError as why:
        return errors_of(why)


def _asked(request: Request, sent: FormData) -> Asked:
    return asked_by_link(request, typed.key_of(sent))

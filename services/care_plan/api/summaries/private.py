"""The private page of whoever was sent a visit's summary: the link names nobody, the date of birth opens it."""

from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from carebus.contracts.audit import AuditKind
from carebus.deciding.commands import Asked
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, day_typed
from carebus.web.act_forms import KEY, key_of
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from carebus.web.private_links import PrivateLinks
from carebus.web.throttle import Looking, Trying
from services.care_plan.access import BY_LINK
from services.care_plan.api.summaries.commands import perform_acknowledgement
from services.care_plan.api.summaries.finding import Found, find
from services.care_plan.api.summaries.pages import as_file, why_no_pdf
from services.care_plan.domain.summaries.sharing import AcknowledgeSummary, SendingUnknown
from services.care_plan.settings import Settings
from services.care_plan.store import sharing as store
from services.care_plan.store.sharing import Shared

router = APIRouter(prefix="/summary", include_in_schema=False, route_class=LimitedRoute)

COOKIE = "carebus_summary"
OPEN_SECONDS = 1800
TRIES = 5
"""At the date of birth: guessing it takes thousands (some 36,000 days of a long life)."""
DIGITS = 4
"""Of a version."""
HIDDEN = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
LABELS = {"birth_date": "Date of birth"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that leads to a summary."""

    token: str
    shared: Shared

    @property
    def page(self) -> str:
        """Its path in this service."""
        return f"/summary/{self.token}"

    @property
    def locked(self) -> bool:
        """Whether too many wrong dates of birth were typed."""
        return self.shared.failed >= TRIES


async def opened(token: str, parts: PartsOf) -> Opened:
    """What a link leads to. Raises SendingUnknown, the same for whatever it is that there is not."""
    secret = _secret(parts)
    sending_id = PrivateLinks(secret, "").read(token) if secret else None
    if sending_id is None:
        raise SendingUnknown
    async with parts.database.connection() as db:
        shared = await store.shared(db, sending_id)
    if shared is None or not shared.sending.is_open(parts.clock.now()):
        raise SendingUnknown
    return Opened(token, shared)


@router.get("/{token}")
async def page(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The summary, or the question that opens it."""
    if not _is_confirmed(request, parts, opened):
        return _question(request, parts, opened)
    return await _summary(request, parts, opened)


@router.post("/{token}/open")
async def confirm(request: Request, _: Trying, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Show the summary to a reader who knows the patient's date of birth."""
    born = day_typed(str((await request.form(max_files=0)).get("birth_date", "")))
    if born is None:
        return _question(request, parts, opened, "Give the date of birth, such as 1941-05-06.")
    if refused := await _tried(request, parts, opened, born):
        return refused
    answer = RedirectResponse(at(request, opened.page), HTTPStatus.SEE_OTHER)
    said = _signer(parts).dumps(opened.shared.sending.sending_id.hex)
    answer.set_cookie(COOKIE, said, max_age=OPEN_SECONDS, **_cookie(request, parts, opened))
    return answer


@router.post("/{token}/close")
async def close(request: Request, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Forget that the date of birth was given here."""
    answer = RedirectResponse(at(request, opened.page), HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, **_cookie(request, parts, opened))
    return answer


@router.post("/{token}/received")
async def received(
    request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]
) -> Response:
    """Say that one has it."""
    if _is_confirmed(request, parts, opened):
        sent = await request.form(max_files=0)
        shown = await _found(parts, opened)
        typed = str(sent.get("version", ""))
        version = int(typed) if typed.isdecimal() and len(typed) <= DIGITS else 1
        version = max(1, min(version, shown.record.version))
        command = AcknowledgeSummary(sending_id=opened.shared.sending.sending_id, version=version)
        await perform_acknowledgement(parts, opened.shared.patient_id, command, _by_link(request, key_of(sent)))
    return RedirectResponse(at(request, opened.page), HTTPStatus.SEE_OTHER)


@router.get("/{token}/summary.pdf")
async def file(request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """The same as PDF, once the date of birth was given. Raises CannotBeDrawn."""
    if not _is_confirmed(request, parts, opened):
        return RedirectResponse(at(request, opened.page), HTTPStatus.SEE_OTHER)
    found = await _found(parts, opened)
    saw(request, [opened.shared.patient_id], AuditKind.DISCLOSURE)
    answer = await as_file(found.summary(opened.shared.sending.parts))
    answer.headers.update(HIDDEN)
    return answer


async def _found(parts: Parts, opened: Opened) -> Found:
    """The visit's summary in the version that stands: whoever got an earlier one must not go by it."""
    return await find(parts, opened.shared.patient_id, opened.shared.sending.visit_id)


async def _summary(request: Request, parts: Parts, opened: Opened) -> HTMLResponse:
    found, sending = await _found(parts, opened), opened.shared.sending
    summary = found.summary(sending.parts)
    saw(request, [opened.shared.patient_id], AuditKind.DISCLOSURE)
    return _render(
        request,
        parts,
        opened,
        "summary_private.html",
        summary=summary,
        sending=sending,
        received=sending.acknowledged_version is not None and sending.acknowledged_version >= summary.version,
        no_pdf=await why_no_pdf(summary),
        key=new_id(),
        key_name=KEY,
    )


def _question(request: Request, parts: Parts, opened: Opened, error: str = "") -> HTMLResponse:
    form = Form.blank(LABELS)
    form = form.refused({"birth_date": error}) if error else form
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    status = HTTPStatus.TOO_MANY_REQUESTS if opened.locked else status
    return _render(request, parts, opened, "summary_question.html", status, form=form, locked=opened.locked)


async def _tried(request: Request, parts: Parts, opened: Opened, born: date) -> HTMLResponse | None:
    """The question again, unless this is the date of birth."""
    sending_id = opened.shared.sending.sending_id
    async with parts.database.transaction() as db:
        used = await store.take_try(db, sending_id, TRIES)
    patient = (await _found(parts, opened)).care.patient
    if used and patient is not None and born == patient.birth_date:
        async with parts.database.transaction() as db:
            await store.give_tries_back(db, sending_id)
        return None
    now = replace(opened, shared=replace(opened.shared, failed=used or TRIES))
    left = TRIES - now.shared.failed
    times = f"{left} more time{'s' if left > 1 else ''}"
    return _question(request, parts, now, f"This is not the date of birth of the person. You can try {times}.")


def _render(
    request: Request, parts: Parts, opened: Opened, name: str, status: int = HTTPStatus.OK, **shown: Any
) -> HTMLResponse:
    """A page for people outside: without our menu, and for no search engine."""
    return parts.pages.render(request, name, status, HIDDEN, menu=(), links=(), page=opened.page, **shown)


def _is_confirmed(request: Request, parts: Parts, opened: Opened) -> bool:
    try:
        said = _signer(parts).loads(request.cookies.get(COOKIE, ""), max_age=OPEN_SECONDS)
    except BadData:
        return False
    return bool(said == opened.shared.sending.sending_id.hex)


def _cookie(request: Request, parts: Parts, opened: Opened) -> dict[str, Any]:
    over_https = (parts.settings.public_url or str(request.url)).startswith("https:")
    return {"path": at(request, opened.page), "secure": over_https, "httponly": True, "samesite": "strict"}


def _signer(parts: Parts) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret(parts), salt="carebus summary opened")


def _secret(parts: Parts) -> str:
    assert isinstance(parts.settings, Settings)
    secret = parts.settings.summary_link_secret
    return secret.get_secret_value() if secret else ""


def _by_link(request: Request, key: str) -> Asked:
    """A command of whoever holds the private link."""
    return replace(asked_by(request, key), caller=BY_LINK)

"""The private status page: opened by a link nobody guesses; what identifies the person needs their date of birth."""

from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from carebus.contracts.event import Stream
from carebus.contracts.referral import SeenBy
from carebus.deciding.commands import Asked
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import Form, LimitedRoute, day_typed
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from carebus.web.throttle import Looking, Trying
from services.referral import store
from services.referral.access import BY_LINK
from services.referral.api.feedback import links, standing
from services.referral.api.feedback.links import over_https, private_links, settings_of
from services.referral.api.workflow.acts import CANCELLATIONS
from services.referral.domain import Referral, Role, allowed
from services.referral.domain.feedback.updates import (
    Feedback,
    Followed,
    NoAddressOnFile,
    RenewedByTheOfficeOnly,
    RenewedJustNow,
    may_be_written,
)
from services.referral.domain.workflow.reference import read_reference, reference
from services.referral.store.feedback.followed import Link

router = APIRouter(prefix="/status", include_in_schema=False, route_class=LimitedRoute)

COOKIE = "carebus_status"
OPEN_SECONDS = 1800
TRIES = 5
HIDDEN = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}


class LinkOpensNothing(CarebusError):
    """This link opens nothing: it is mistyped, or a newer one has taken its place."""

    status = HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that leads to a referral, with everything that its page may need."""

    token: str
    link_id: UUID
    link: Link
    referral: Referral
    feedback: Feedback

    @property
    def stream(self) -> Stream:
        """Whose referral it is."""
        return self.link.stream

    @property
    def followed(self) -> Followed:
        """The referral as it is followed."""
        found = self.feedback.of(self.referral.referral_id)
        assert found is not None, "a link is part of what is followed"
        return found

    @property
    def locked(self) -> bool:
        """Whether too many wrong dates of birth were typed."""
        return self.link.failed >= TRIES


async def opened(token: str, parts: PartsOf) -> Opened:
    """What a link leads to, also when it has ended. Raises LinkOpensNothing."""
    made_by = private_links(settings_of(parts))
    link_id = made_by.read(token) if made_by else None
    if link_id is None:
        raise LinkOpensNothing
    async with parts.database.connection() as db:
        link = await store.link(db, link_id)
        found = await store.referral(db, link.referral_id) if link else None
        feedback = await store.feedback_of(db, link.stream) if link else Feedback()
    if link is None or found is None:
        raise LinkOpensNothing
    return Opened(token, link_id, link, found[1], feedback)


@router.get("")
async def lost(request: Request, parts: PartsOf, _: Looking) -> HTMLResponse:
    """Asks for a new link in place of a lost one."""
    return _render(request, parts, "status_lost.html", form=Form.blank(standing.LABELS), asked=False)


@router.post("")
async def send_lost(request: Request, parts: PartsOf, _: Trying) -> HTMLResponse:
    """Send a new link to the address on file, and say the same whether there is one or not."""
    sent = await request.form(max_files=0)
    number = read_reference(str(sent.get("number", "")))
    if number is None:
        form = Form.typed(sent, standing.LABELS).refused(
            {"number": "Write the ten letters and digits, such as 7F3KQ-9Q2MB."}
        )
        return _render(request, parts, "status_lost.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, asked=False)
    async with parts.database.connection() as db:
        rows = await store.by_reference(db, number)
    if len(rows) == 1:
        await _renewed(parts, rows[0].referral_id, asked_by(request, None))
    return _render(request, parts, "status_lost.html", form=Form.blank(standing.LABELS), asked=True)


@router.get("/{token}")
async def page(
    request: Request, _: Looking, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]
) -> HTMLResponse:
    """Where the referral stands."""
    if why := why_ended(parts, opened):
        return ended(request, parts, opened, why)
    confirmed = _is_confirmed(request, parts, opened)
    seen_by = SeenBy.CONFIRMED if confirmed else SeenBy.LINK
    await links.note(parts, opened.stream, opened.followed, seen_by, asked_by_link(request))
    if confirmed:
        await links.received(parts, opened.referral, asked_by_link(request))
    return _page(request, parts, opened, confirmed=confirmed)


@router.post("/{token}/open")
async def confirm(request: Request, _: Trying, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Show what names the person, to a reader who knows their date of birth."""
    if why := why_ended(parts, opened):
        return ended(request, parts, opened, why)
    born = day_typed(str((await request.form(max_files=0)).get("birth_date", "")))
    if born is None:
        return _page(
            request,
            parts,
            opened,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            error="Give the date of birth, such as 1941-05-06.",
        )
    if refused := await _tried(request, parts, opened, born):
        return refused
    answer = RedirectResponse(at(request, f"/status/{opened.token}"), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        _signer(parts).dumps(opened.link_id.hex),
        max_age=OPEN_SECONDS,
        path=at(request, f"/status/{opened.token}"),
        secure=over_https(settings_of(parts)),
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/{token}/close")
async def close(request: Request, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]) -> Response:
    """Forget that the date of birth was given here."""
    answer = RedirectResponse(at(request, f"/status/{opened.token}"), HTTPStatus.SEE_OTHER)
    answer.delete_cookie(
        COOKIE,
        path=at(request, f"/status/{opened.token}"),
        secure=over_https(settings_of(parts)),
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/{token}/renew")
async def renew(
    request: Request, _: Trying, parts: PartsOf, opened: Annotated[Opened, Depends(opened)]
) -> HTMLResponse:
    """Send a new link to the address on file; only the office does so for a link that was revoked."""
    if opened.link.revoked:
        return ended(request, parts, opened, "revoked")
    done = await _renewed(parts, opened.referral.referral_id, asked_by(request, None))
    return _render(
        request, parts, "status_renewed.html", HTTPStatus.OK if done else HTTPStatus.TOO_MANY_REQUESTS, done=done
    )


async def _renewed(parts: Parts, referral_id: UUID, asked: Asked) -> bool:
    try:
        await links.renew(parts, referral_id, replace(asked, caller=BY_LINK))
    except (NoAddressOnFile, RenewedByTheOfficeOnly, RenewedJustNow):
        return False
    return True


async def _tried(request: Request, parts: Parts, opened: Opened, born: date) -> HTMLResponse | None:
    """The page again, unless this is the date of birth."""
    async with parts.database.transaction() as db:
        used = await store.take_try(db, opened.link_id, TRIES)
    right = born == opened.referral.received.patient.birth_date
    if used and right:
        async with parts.database.transaction() as db:
            await store.give_tries_back(db, opened.link_id)
        return None
    now = replace(opened, link=replace(opened.link, failed=used or TRIES))
    if now.locked:
        return _page(request, parts, now, status=HTTPStatus.TOO_MANY_REQUESTS)
    left = TRIES - now.link.failed
    times = f"{left} more time{'s' if left > 1 else ''}"
    error = f"This is not the date of birth on the referral. You can try {times}."
    return _page(request, parts, now, status=HTTPStatus.UNPROCESSABLE_ENTITY, error=error)


def why_ended(parts: Parts, opened: Opened) -> str:
    """Why a link opens nothing any more; nothing while it does."""
    if opened.link.revoked:
        return "revoked"
    ends = links.expires_at(opened.link.issued_at, settings_of(parts))
    return "expired" if parts.clock.now() >= ends else ""


def ended(request: Request, parts: Parts, opened: Opened, why: str) -> HTMLResponse:
    """The page of a link that has ended."""
    can = why == "expired" and may_be_written(opened.referral)
    return _render(request, parts, "status_ended.html", HTTPStatus.GONE, why=why, can_renew=can, token=opened.token)


def shown(request: Request, parts: Parts, opened: Opened, form: Form, status: int) -> HTMLResponse:
    """The page again, with what was typed and why it was refused."""
    return _page(request, parts, opened, confirmed=_is_confirmed(request, parts, opened), status=status, form=form)


def _page(
    request: Request,
    parts: Parts,
    opened: Opened,
    *,
    confirmed: bool = False,
    status: int = HTTPStatus.OK,
    error: str = "",
    form: Form | None = None,
) -> HTMLResponse:
    referral = opened.referral
    form = form or Form.blank(standing.LABELS)
    return _render(
        request,
        parts,
        "status.html",
        status,
        token=opened.token,
        reference=reference(referral.referral_id),
        received=referral.received,
        standing=standing.of(referral, opened.followed, confirmed=confirmed),
        summary=standing.summary_of(opened.feedback.summary(referral.referral_id)),
        confirmed=confirmed,
        locked=opened.locked,
        can_renew=may_be_written(referral),
        expires_at=links.expires_at(opened.link.issued_at, settings_of(parts)),
        form=form.refused({"birth_date": error}) if error else form,
        referral=referral,
        cancellations=CANCELLATIONS,
        key=new_id(),
        blank=Form.blank(standing.LABELS),
        may=allowed(referral.status, Role.REFERRER),
    )


def _render(request: Request, parts: Parts, name: str, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
    """A page for people outside: without the office's menu, and for no search engine."""
    return parts.pages.render(request, name, status, HIDDEN, menu=(), links=(), **context)


def _is_confirmed(request: Request, parts: Parts, opened: Opened) -> bool:
    try:
        said = _signer(parts).loads(request.cookies.get(COOKIE, ""), max_age=OPEN_SECONDS)
    except BadData:
        return False
    return bool(said == opened.link_id.hex)


def _signer(parts: Parts) -> URLSafeTimedSerializer:
    secret = settings_of(parts).status_link_secret
    assert secret is not None, "a page is opened by a link"
    return URLSafeTimedSerializer(secret.get_secret_value(), salt="carebus status opened")


def asked_by_link(request: Request, key: str | None = None) -> Asked:
    """A command of the person who holds the private link."""
    return replace(asked_by(request, key), caller=BY_LINK)

"""The pages that lead to the provider and back, and out again; and where the provider says that somebody left."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from secrets import compare_digest, token_urlsafe
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.access import OUTSIDER, Caller, account_of
from carebus.contracts.audit import AuditKind
from carebus.errors import CarebusError
from carebus.storage import sessions
from carebus.web.http import Parts, PartsOf, asking_by
from carebus.web.kept_forms import Typed, written
from carebus.web.limits import LimitedRoute
from carebus.web.links import at
from carebus.web.sign_in.provider import ProviderAway, SignInFailed, reason
from carebus.web.sign_in.tokens import LEEWAY_S, LOGOUT_AGE_S
from carebus.web.sign_in.who import digest_of, opened, sealed

log = structlog.get_logger()

SIGN_IN, SIGNED_IN, SIGN_OUT, SIGNED_OUT = "/sign-in", "/signed-in", "/sign-out", "/signed-out"
LOGOUT = "/back-channel-logout"
LONGEST_ADDRESS = 2000
UNDER_WAY_S = int(sessions.UNDER_WAY.total_seconds())


router = APIRouter(include_in_schema=False, route_class=LimitedRoute)


@router.get(SIGN_IN)
async def sign_in(request: Request, parts: PartsOf, to: str = "/") -> Response:
    """Off to the provider, and afterwards to the page that was wanted."""
    try:
        leaving = await _leave(request, parts, to)
    except ProviderAway:
        return _told(request, parts, "away", HTTPStatus.SERVICE_UNAVAILABLE, to=here(to))
    answer = RedirectResponse(leaving.address, HTTPStatus.SEE_OTHER)
    parts.who.give(answer, parts.who.leaving_cookie, leaving.cookie, UNDER_WAY_S)
    return answer


@router.post(SIGN_IN)
async def sign_in_with_form(
    request: Request, parts: PartsOf, typed: Annotated[Typed, Form()], to: Annotated[str, Form()] = "/"
) -> Response:
    """Off to the provider with what was typed, which comes back to be sent; by a page of ours, as `sign_out` does."""
    try:
        leaving = await _leave(request, parts, to, written(typed))
    except ProviderAway:
        return _told(request, parts, "away_with_form", HTTPStatus.SERVICE_UNAVAILABLE)
    answer = _told(request, parts, "off", further=leaving.address)
    parts.who.give(answer, parts.who.leaving_cookie, leaving.cookie, UNDER_WAY_S)
    return answer


class Off(NamedTuple):
    """The provider's address, and the cookie that proves who comes back and opens their form."""

    address: str
    cookie: str


async def _leave(request: Request, parts: Parts, to: str, form: str = "") -> Off:
    """Keep what has to come back. Raises ProviderAway."""
    leaving = await parts.who.provider.leave(f"{outside(request, parts)}{SIGNED_IN}")
    cookie = token_urlsafe(32)
    kept = {**leaving.kept, "to": here(to), "form": (sealed(cookie, form) or b"").decode()}
    async with parts.database.transaction() as db:
        await sessions.begin_sign_in(db, digest_of(cookie), orjson.dumps(kept).decode())
    return Off(leaving.address, cookie)


@router.get(SIGNED_IN)
async def signed_in(request: Request, parts: PartsOf, code: str = "", state: str = "", error: str = "") -> Response:
    """Back from the provider: begin a session of ours, under a new cookie."""
    leaving = request.cookies.get(parts.who.leaving_cookie, "")
    kept = await _kept(parts, leaving)
    try:
        if not (state and compare_digest(kept.get("state", "").encode(), state.encode())):
            raise SignInFailed
        if not code:
            log.warning("sign_in_refused", why=reason(error))
            raise SignInFailed
        found = await parts.who.provider.returned(code, kept)
    except CarebusError as why:
        away = isinstance(why, ProviderAway)
        status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.BAD_REQUEST
        return _told(request, parts, "away" if away else "failed", status, to=kept.get("to", "/"))
    before = request.cookies.get(parts.who.cookie)
    async with parts.database.transaction() as db:
        if before:
            await parts.who.close(db, before)
        cookie, caller = await parts.who.open(db, found)
        await parts.audit.signed(db, replace(asking_by(request.scope), caller=caller), AuditKind.SIGN_IN)
    log.info("signed_in", actor=caller.actor)
    request.scope["carebus.caller"] = caller
    answer = _onward(request, parts, kept["to"], opened(leaving, form.encode()) if (form := kept.get("form")) else "")
    parts.who.give(answer, parts.who.cookie, cookie)
    parts.who.take_back(answer, parts.who.leaving_cookie)
    return answer


def _onward(request: Request, parts: Parts, to: str, form: str) -> Response:
    """The page that was wanted; or what was typed, to be sent by whoever is signed in now, who may be another."""
    if not form:
        return RedirectResponse(at(request, to), HTTPStatus.SEE_OTHER)
    told = {"fields": orjson.loads(form), "to": to, "at_once": parts.pages.finds(request, urlsplit(to).path)}
    return parts.pages.render(request, "send_typed.html", menu=(), **told)


@router.get(SIGNED_IN + "/done")
async def done(request: Request, parts: PartsOf) -> Response:
    """For somebody who signed in beside a form that waits in another tab."""
    return _told(request, parts, "done")


@router.post(SIGN_OUT)
async def sign_out(request: Request, parts: PartsOf) -> Response:
    """End the session here, and show the way to end the one at the provider, which ends all others.

    A page of ours, since browsers stop a form whose answer leads to another origin.
    """
    caller = await parts.who.asks(request.headers)
    async with parts.database.transaction() as db:
        hint = await parts.who.close(db, request.cookies.get(parts.who.cookie, ""))
        await parts.audit.signed(db, replace(asking_by(request.scope), caller=caller), AuditKind.SIGN_OUT)
    further = await parts.who.provider.end_address(hint, f"{outside(request, parts)}{SIGNED_OUT}")
    request.scope["carebus.caller"] = OUTSIDER
    answer = _told(request, parts, "out", further=further)
    parts.who.take_back(answer, parts.who.cookie)
    return answer


@router.get(SIGNED_OUT)
async def signed_out(request: Request, parts: PartsOf) -> Response:
    """Where the provider sends somebody whom it has signed out."""
    return _told(request, parts, "out", further=None)


@router.post(LOGOUT)
async def logged_out(
    request: Request, parts: PartsOf, logout_token: Annotated[str, Form(max_length=20_000)]
) -> Response:
    """The provider says that somebody has left: their sessions end (OpenID Connect Back-Channel Logout)."""
    try:
        claims = await parts.who.provider.logout_claims(logout_token)
    except CarebusError as why:
        status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(why, ProviderAway) else HTTPStatus.BAD_REQUEST
        return Response(status_code=status, headers={"Cache-Control": "no-store"})
    kept = timedelta(seconds=LOGOUT_AGE_S + LEEWAY_S)
    async with parts.database.transaction() as db:
        if not await sessions.first_seen(db, digest_of(str(claims["jti"])), kept):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        subject, session = claims.get("sub"), claims.get("sid")
        ended = await sessions.close_sessions_of(db, parts.who.provider.issuer, None if session else subject, session)
        if ended and subject:
            left = Caller(account=account_of(parts.who.provider.issuer, str(subject)))
            await parts.audit.signed(db, replace(asking_by(request.scope), caller=left), AuditKind.SIGN_OUT)
    log.info("logged_out", sessions=ended)
    return Response(headers={"Cache-Control": "no-store"})


async def _kept(parts: Parts, cookie: str) -> dict[str, str]:
    """What was kept when this browser left for the provider, this once."""
    async with parts.database.transaction() as db:
        text = await sessions.take_sign_in(db, digest_of(cookie))
    found: dict[str, str] = orjson.loads(text) if text else {}
    return found


def outside(request: Request, parts: Parts) -> str:
    """The address of this service as browsers know it, without a slash at its end."""
    asked = f"{request.url.scheme}://{request.url.netloc}{at(request, '/')}"
    return (parts.settings.public_url or asked).rstrip("/")


def here(to: str) -> str:
    """The page to go to afterwards, if it is one of ours: never another origin's."""
    if not to.startswith("/") or to[1:2] in {"/", "\\"} or len(to) > LONGEST_ADDRESS or not to.isprintable():
        return "/"
    found = urlsplit(to)
    return "/" if found.scheme or found.netloc or "\\" in to else to


def _told(
    request: Request, parts: Parts, what: str, status: int = HTTPStatus.OK, to: str = "/", further: str | None = None
) -> HTMLResponse:
    told: dict[str, Any] = {"what": what, "to": to, "further": further, "menu": ()} | (
        {"links": ()} if what == "out" else {}
    )
    return parts.pages.render(request, "sign_in.html", status, **told)

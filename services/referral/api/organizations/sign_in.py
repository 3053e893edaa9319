"""Signing in with an OpenID provider: authorization code with PKCE, and a session of our own that can be ended."""

import secrets
import warnings
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

import authlib.deprecate  # it lets its own warnings through, so ours come after it
import httpx
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.middleware.sessions import SessionMiddleware

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf
from services.referral import store
from services.referral.api.feedback.links import over_https, settings_of
from services.referral.api.feedback.throttle import Trying
from services.referral.settings import Settings
from services.referral.store import Account

with warnings.catch_warnings():
    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)  # of httpx, which it still works with
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
    from joserfc.errors import JoseError

router = APIRouter(prefix="/my", include_in_schema=False, route_class=LimitedRoute)
log = structlog.get_logger()

COOKIE = "carebus_account"
HANDSHAKE_SECONDS = 600


BROKEN = (JoseError, httpx.InvalidURL, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What the library fails with when a provider's metadata, keys or tokens are not what they should be."""


class SignInNeeded(CarebusError):
    """Sign in to see this."""

    status = HTTPStatus.UNAUTHORIZED


class SignInOff(CarebusError):
    """Nobody can sign in here: no OpenID provider is set."""

    status = HTTPStatus.NOT_FOUND


def install(app: FastAPI, settings: Settings) -> None:
    """Let referrers sign in, if a provider and a secret are set."""
    if settings.oidc_issuer is None or settings.referrer_secret is None:
        return
    provider = OAuth()
    secret = settings.oidc_client_secret
    provider.register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "trust_env": False, "timeout": 10},
    )
    app.state.provider = provider.provider
    app.add_middleware(
        SessionMiddleware,
        secret_key=f"carebus sign-in {settings.referrer_secret.get_secret_value()}",
        session_cookie="carebus_sign_in",
        path="/my",
        max_age=HANDSHAKE_SECONDS,
        same_site="lax",
        https_only=over_https(settings),
    )


async def _account(request: Request, parts: PartsOf) -> Account:
    """Who has signed in. Raises SignInNeeded."""
    async with parts.database.connection() as db:
        found = await store.account(db, request.cookies.get(COOKIE, ""))
    if found is None:
        raise SignInNeeded
    return found


AccountOf = Annotated[Account, Depends(_account)]
"""A page's parameter: the referrer who has signed in."""


@router.get("")
async def start_page(request: Request, parts: PartsOf) -> Response:
    """Where a referrer begins: their referrals, or the way to sign in."""
    async with parts.database.connection() as db:
        found = await store.account(db, request.cookies.get(COOKIE, ""))
    if found is not None:
        return RedirectResponse("/my/referrals", HTTPStatus.SEE_OTHER)
    return _shown(request, parts, "")


@router.get("/sign-in")
async def sign_in(request: Request, parts: PartsOf, _: Trying) -> Response:
    """Off to the provider."""
    try:
        return await _provider(request).authorize_redirect(  # type: ignore[no-any-return]
            request, f"{settings_of(parts).referral_url}/my/signed-in"
        )
    except httpx.HTTPError as exc:
        log.warning("sign_in_failed", error=type(exc).__name__)
        return _shown(request, parts, "away", HTTPStatus.SERVICE_UNAVAILABLE)
    except BROKEN as exc:
        return _failed(request, parts, exc)


@router.get("/signed-in")
async def signed_in(request: Request, parts: PartsOf, _: Trying) -> Response:
    """Back from the provider: open a session for somebody who belongs to an organization."""
    try:
        token: dict[str, Any] = await _provider(request).authorize_access_token(request)
    except (AuthlibBaseError, httpx.HTTPError, *BROKEN) as exc:
        return _failed(request, parts, exc)
    request.session.clear()
    claims = token.get("userinfo") or {}
    email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
    async with parts.database.connection() as db:
        organization_id = await store.member_of(db, email) if email else None
    if organization_id is None:
        return _shown(request, parts, "nobody" if email else "unverified", HTTPStatus.FORBIDDEN)
    settings, session = settings_of(parts), secrets.token_urlsafe(32)
    lasts = timedelta(hours=settings.account_hours)
    async with parts.database.transaction() as db:
        await store.open_session(db, session, organization_id, email, lasts)
    answer = RedirectResponse("/my/referrals", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        session,
        max_age=int(lasts.total_seconds()),
        path="/my",
        secure=over_https(settings),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, parts: PartsOf) -> Response:
    """End the session, here and in the database."""
    async with parts.database.transaction() as db:
        await store.close_session(db, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/my", HTTPStatus.SEE_OTHER)
    secure = over_https(settings_of(parts))
    answer.delete_cookie(COOKIE, path="/my", secure=secure, httponly=True, samesite="lax")
    return answer


def _provider(request: Request) -> StarletteOAuth2App:
    found = getattr(request.app.state, "provider", None)
    if found is None:
        raise SignInOff
    return found


def _failed(request: Request, parts: Parts, exc: Exception) -> HTMLResponse:
    """Say that it did not work; what the provider said of itself, and may be broken, is asked for again."""
    log.warning("sign_in_failed", error=type(exc).__name__)
    if isinstance(exc, BROKEN):
        for kept in ("_loaded_at", "jwks"):
            _provider(request).server_metadata.pop(kept, None)
    return _shown(request, parts, "failed", HTTPStatus.BAD_REQUEST)


def _shown(request: Request, parts: Parts, why: str, status: int = HTTPStatus.OK) -> HTMLResponse:
    on = getattr(request.app.state, "provider", None) is not None
    return parts.pages.render(request, "my_sign_in.html", status, why=why, on=on, menu=(), links=())

"""Finds out who asks: by the access token or the session that a request brings."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from cryptography.fernet import Fernet, InvalidToken
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from carebus.access import OUTSIDER, AccountRole, Caller, account_of
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.settings import Settings
from carebus.storage import accounts, sessions
from carebus.storage.database import Connection, Database, DatabaseAway
from carebus.web.sign_in.claims import caller_of, email_in, name_in, organization_in, roles_in
from carebus.web.sign_in.provider import Provider, Returned, SignInFailed
from carebus.web.sign_in.tokens import TokenRefused

log = structlog.get_logger()

BEARER = "bearer "
MOST_KNOWN = 10_000
"""How many names of those who act by tokens are remembered as kept already."""
REFRESH_HEADER = "carebus-refresh"
"""What a page's script sends when it asks again by itself: nobody is at work then."""


class Who:
    """Whom a service's requests come from."""

    def __init__(self, settings: Settings, database: Database, provider: Provider) -> None:
        self.provider = provider
        self._database = database
        self._settings = settings
        self._known: dict[UUID, tuple[str, frozenset[AccountRole]]] = {}
        self._over_https = (settings.public_url or "").startswith("https://")
        self.cookie = f"__Host-{provider.client_id}" if self._over_https else provider.client_id
        self.leaving_cookie = f"{self.cookie}-leaving"

    async def asks(self, headers: Headers) -> Caller:
        """Who a request comes from. Raises TokenRefused, ProviderAway and DatabaseAway."""
        given = headers.get("authorization", "")
        if given[: len(BEARER)].lower() == BEARER:
            return await self._of_token(given[len(BEARER) :].strip())
        if given:
            raise TokenRefused
        cookie = cookies_of(headers).get(self.cookie)
        return await self._of_session(cookie, at_work=REFRESH_HEADER not in headers) if cookie else OUTSIDER

    async def _of_token(self, token: str) -> Caller:
        caller = caller_of(await self.provider.access_claims(token), self._settings)
        assert caller.account is not None
        if self._known.get(caller.account) != (caller.name, caller.roles):
            await self._note(caller)
        return caller

    async def _note(self, caller: Caller) -> None:
        """Keep the name of somebody who acts by a token; not worth failing for."""
        with suppress(DatabaseAway, asyncpg.PostgresError):
            async with self._database.connection() as db:
                await _keep_name(db, caller)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            assert caller.account is not None
            self._known[caller.account] = caller.name, caller.roles

    async def _of_session(self, cookie: str, *, at_work: bool) -> Caller:
        digest = digest_of(cookie)
        async with self._database.connection() as db:
            row = await sessions.session(db, digest)
            if row is not None and row["unnoted"] and at_work:
                await sessions.used(db, digest)
        if row is None:
            return OUTSIDER
        return await self._renewed(cookie, row) if row["stale"] and row["sealed_refresh"] else _caller(row)

    async def _renewed(self, cookie: str, row: Any) -> Caller:
        """Ask the provider for the roles anew; while it is away, those that there are stay good."""
        digest = digest_of(cookie)
        async with self._database.connection() as db:
            if not await sessions.claim_renewal(db, digest):
                return _caller(row)
        try:
            now = await self.provider.renew(opened(cookie, bytes(row["sealed_refresh"])))
        except (SignInFailed, InvalidToken):  # the provider knows of this session no more
            async with self._database.transaction() as db:
                await sessions.close_session(db, digest)
            return OUTSIDER
        except CarebusError as why:
            log.warning("roles_not_renewed", why=why.code)
            return _caller(row)
        if str(now.claims["sub"]) != row["subject"]:
            return OUTSIDER
        async with self._database.transaction() as db:
            await sessions.renewed(db, digest, self._said(now.claims), sealed(cookie, now.refresh_token))
            caller = _caller(await sessions.session(db, digest))
            await _keep_name(db, caller)
            return caller

    async def open(self, db: Connection, found: Returned) -> tuple[str, Caller]:
        """Keep a session for somebody who has come back from the provider; gives its cookie."""
        cookie, claims = token_urlsafe(32), found.claims
        row = sessions.SessionRow(
            id=new_id(),
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            provider_session=str(claims.get("sid") or ""),
            **self._said(claims)._asdict(),
            sealed_refresh=sealed(cookie, found.refresh_token),
            id_token_hint=sealed(cookie, found.id_token),
        )
        await sessions.open_session(db, digest_of(cookie), row)
        caller = _caller(row._asdict())
        await _keep_name(db, caller)
        return cookie, caller

    def _said(self, claims: Mapping[str, Any]) -> sessions.Said:
        roles = sorted(role.value for role in roles_in(claims, self._settings))
        return sessions.Said(roles, name_in(claims), email_in(claims), organization_in(claims, self._settings))

    async def close(self, db: Connection, cookie: str) -> str:
        """End a session; gives the ID token by which the provider knows which of its own to end, if there is one."""
        row = await sessions.close_session(db, digest_of(cookie))
        try:
            return opened(cookie, bytes(row["id_token_hint"])) if row and row["id_token_hint"] else ""
        except InvalidToken:
            return ""

    def give(self, answer: Response, name: str, value: str, lasts_s: int | None = None) -> None:
        """Give the browser a cookie for this service alone."""
        secure = self._over_https
        answer.set_cookie(name, value, max_age=lasts_s, path="/", secure=secure, httponly=True, samesite="lax")

    def take_back(self, answer: Response, name: str) -> None:
        """Have the browser forget a cookie."""
        answer.delete_cookie(name, path="/", secure=self._over_https, httponly=True, samesite="lax")


async def _keep_name(db: Connection, caller: Caller) -> None:
    if caller.account is not None:
        await accounts.keep(db, caller.account, caller.name, sorted(caller.roles))


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies that a request brings."""
    return {name: value for text in headers.getlist("cookie") for name, value in cookie_parser(text).items()}


def digest_of(cookie: str) -> bytes:
    """What a cookie is known by here."""
    return hashlib.sha256(cookie.encode()).digest()


def _caller(row: Any) -> Caller:
    names = {role.value for role in AccountRole}
    return Caller(
        account=account_of(row["issuer"], row["subject"]),
        roles=frozenset(AccountRole(name) for name in row["roles"] if name in names),
        session=row["id"],
        name=row["name"],
        email=row["email"],
        organization=row["organization"],
    )


def _seal_of(cookie: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(b"carebus session seal\n" + cookie.encode()).digest()))


def sealed(cookie: str, text: str) -> bytes | None:
    """Readable with the cookie only, which the database does not have."""
    return _seal_of(cookie).encrypt(text.encode()) if text else None


def opened(cookie: str, sealed: bytes) -> str:
    """What was sealed. Raises InvalidToken for another cookie, or what was changed."""
    return _seal_of(cookie).decrypt(sealed).decode()

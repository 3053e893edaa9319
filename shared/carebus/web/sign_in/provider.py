"""The OpenID provider as this service sees it: its addresses and keys, the way to it and back, and renewal."""

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx2
import orjson
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from joserfc.jwk import KeySet

from carebus.errors import CarebusError
from carebus.settings import Settings
from carebus.web.sign_in import tokens
from carebus.web.sign_in.tokens import BROKEN, TokenRefused

log = structlog.get_logger()

_REASON = re.compile(r"[a-z_]{1,40}")
TIMEOUT_S = 10
KEYS_KEPT_S = 3600.0
"""Keys are asked for again after so long; while the provider is away, those that there are stay good."""
KEYS_AGAIN_S = 30.0
"""A token with an unknown key makes us ask again, but no more often than this."""


class ProviderAway(CarebusError):
    """The sign-in service can't be reached just now. Try again in a minute."""

    status = 503


class SignInFailed(CarebusError):
    """Signing in did not work. Start again."""

    status = 400


class SignInOff(CarebusError):
    """Nobody can sign in here: no OpenID provider is set."""

    status = 404


class Leaving(NamedTuple):
    """The provider's address to go to, and what must come back from there."""

    address: str
    kept: dict[str, Any]


class Returned(NamedTuple):
    """Whom the provider says that somebody is, and what the session is renewed with."""

    claims: Mapping[str, Any]
    refresh_token: str
    id_token: str


class Provider:
    """One per service. Everything it asks may fail: then it raises ProviderAway or SignInFailed."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.client_id = settings.oidc_client_id or f"carebus-{service.replace('_', '-')}"
        self.issuer = (settings.oidc_issuer or "").rstrip("/")
        self._settings = settings
        self._keys = _given(settings)
        self._asked_at = -KEYS_KEPT_S
        self._asking = asyncio.Lock()
        self._also: tuple[str, KeySet] | None = None
        self._app = self._client(settings) if settings.oidc_issuer else None

    def _client(self, settings: Settings) -> StarletteOAuth2App:
        secret = settings.oidc_client_secret
        registered = OAuth()
        registered.register(
            "provider",
            client_id=self.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{self.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.oidc_scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
                "trust_env": False,
                "timeout": TIMEOUT_S,
            },
        )
        return registered.provider

    def trust(self, issuer: str, keys: KeySet) -> None:
        """Take access tokens of this issuer too, signed with these keys, which are asked for nowhere: for tests."""
        self._also = issuer, keys

    @property
    def on(self) -> bool:
        """Whether people can sign in."""
        return self._app is not None

    async def leave(self, redirect_uri: str) -> Leaving:
        """Where to send somebody who wants to sign in."""
        async with self._asked() as app:
            await self._honest_metadata(app)
            made = await app.create_authorization_url(redirect_uri)
        kept = {name: made[name] for name in ("state", "nonce", "code_verifier")}
        return Leaving(made["url"], {**kept, "redirect_uri": redirect_uri})

    async def returned(self, code: str, kept: Mapping[str, Any]) -> Returned:
        """Who came back with this code."""
        async with self._asked() as app:
            token = await app.fetch_access_token(
                code=code, redirect_uri=kept["redirect_uri"], code_verifier=kept["code_verifier"]
            )
            claims = await app.parse_id_token(
                token, nonce=kept["nonce"], claims_options=self._wanted(), leeway=tokens.LEEWAY_S
            )
            self._is_ours(claims)
        return Returned(dict(claims), str(token.get("refresh_token") or ""), str(token["id_token"]))

    async def renew(self, refresh_token: str) -> Returned:
        """Who somebody is now. SignInFailed means that the provider knows this session no more."""
        async with self._asked() as app:
            metadata = await app.load_server_metadata()
            async with app._get_oauth_client(**metadata) as client:  # noqa: SLF001 - it has no public way to refresh
                token = await client.refresh_token(metadata["token_endpoint"], refresh_token=refresh_token)
            keys = KeySet.import_key_set(await app.fetch_jwk_set())
            claims = tokens.checked_identity(token["id_token"], keys, issuer=self.issuer, client_id=self.client_id)
            self._is_ours(claims)
        return Returned(claims, str(token.get("refresh_token") or refresh_token), str(token["id_token"]))

    def _wanted(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
        }

    def _is_ours(self, claims: Mapping[str, Any]) -> None:
        """A token for several audiences, or one that another client asked for, is not for us."""
        if claims.get("azp", self.client_id) != self.client_id:
            raise ValueError("another client's")

    async def end_address(self, id_token: str, then: str) -> str | None:
        """Where somebody's session at the provider is ended, or None where it has no such address."""
        try:
            async with self._asked() as app:
                address = (await app.load_server_metadata()).get("end_session_endpoint")
        except CarebusError:
            return None
        if not isinstance(address, str):
            return None
        told = {"client_id": self.client_id, "post_logout_redirect_uri": then}
        return f"{address}?{urlencode({**told, 'id_token_hint': id_token} if id_token else told)}"

    async def access_claims(self, token: str) -> Mapping[str, Any]:
        """The claims of an access token. Raises TokenRefused, and ProviderAway as long as no keys were ever got."""
        if self._also is not None:
            with suppress(TokenRefused):
                return self._checked(token, self._also[1], self._also[0])
        if not self.issuer:
            raise TokenRefused
        keys = await self._known_keys()
        try:
            return self._checked(token, keys, self.issuer)
        except TokenRefused:
            again = await self._known_keys(KEYS_AGAIN_S)
            if again is keys:
                raise
            return self._checked(token, again, self.issuer)

    def _checked(self, token: str, keys: KeySet, issuer: str) -> Mapping[str, Any]:
        return tokens.checked(token, keys, issuer=issuer, audience=self._settings.oidc_audience)

    async def logout_claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a logout token. Raises TokenRefused and ProviderAway."""
        return tokens.checked_logout(token, await self._known_keys(), issuer=self.issuer, client_id=self.client_id)

    async def _known_keys(self, kept_s: float = KEYS_KEPT_S) -> KeySet:
        """The provider's keys, asked for again when they are older than `kept_s`; the old ones while it is away."""
        if time.monotonic() - self._asked_at < kept_s and self._keys is not None:
            return self._keys
        async with self._asking:
            if time.monotonic() - self._asked_at >= (kept_s if self._keys else 1.0):
                self._asked_at = time.monotonic()
                await self._ask_for_keys()
        if self._keys is None:
            raise ProviderAway
        return self._keys

    async def _ask_for_keys(self) -> None:
        if self._app is None or self._settings.oidc_keys:
            return
        try:
            async with self._asked() as app:
                found = KeySet.import_key_set(await app.fetch_jwk_set(force=True))
        except CarebusError as why:
            log.warning("provider_keys_not_got", why=why.code)
            return
        if self._keys is None or found.as_dict() != self._keys.as_dict():
            self._keys = found

    async def _honest_metadata(self, app: StarletteOAuth2App) -> None:
        """A document that speaks for another issuer is not this one's."""
        metadata = await app.load_server_metadata()
        if str(metadata.get("issuer", "")).rstrip("/") != self.issuer:
            raise ValueError("another issuer's")

    def _asked(self) -> "_Asked":
        return _Asked(self._app)


class _Asked:
    """What is asked of the provider in this block fails as our own errors; what it said of itself is asked anew."""

    def __init__(self, app: StarletteOAuth2App | None) -> None:
        self._app = app

    async def __aenter__(self) -> StarletteOAuth2App:
        if self._app is None:
            raise SignInOff
        return self._app

    async def __aexit__(self, _: object, exc: BaseException | None, __: object) -> None:
        if exc is None or self._app is None or isinstance(exc, CarebusError):
            return
        if isinstance(exc, httpx2.HTTPError) and not isinstance(exc, httpx2.HTTPStatusError):
            raise ProviderAway from None
        if isinstance(exc, (AuthlibBaseError, httpx2.HTTPStatusError, httpx2.InvalidURL, RuntimeError, *BROKEN)):
            log.warning("sign_in_failed", error=type(exc).__name__, why=reason(getattr(exc, "error", "")))
            for kept in ("_loaded_at", "jwks"):
                self._app.server_metadata.pop(kept, None)
            raise SignInFailed from None


def reason(said: object) -> str:
    """Why the provider refuses, for operators: in the words that OAuth has for it, for others may be about somebody."""
    return said if isinstance(said, str) and _REASON.fullmatch(said) else "none of OAuth's" if said else ""


def _given(settings: Settings) -> KeySet | None:
    if settings.oidc_keys is None:
        return None
    return KeySet.import_key_set(orjson.loads(settings.oidc_keys))

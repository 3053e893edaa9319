"""Who acts in a test: tokens signed with a key of the tests' own, for rules that are enforced as they are live."""

import json
import time
from collections.abc import Callable, Generator
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from carebus.access import STAFF, AccountRole, account_of

ISSUER = "https://provider.test"
AUDIENCE = "carebus"
A_DAY_S = 86_400
EVERYBODY = "everybody"
"""The subject whom a test acts as unless it says otherwise: somebody with every role of the staff."""


@cache
def key() -> RSAKey:
    """The key that signs in this process."""
    return RSAKey.generate_key(2048, {"kid": "tests", "use": "sig", "alg": "RS256"})


@cache
def keys() -> KeySet:
    """What the tokens of this process are checked with."""
    return KeySet.import_key_set({"keys": [key().as_dict(private=False)]})


@cache
def environment() -> dict[str, str]:
    """What a service in a process of its own is told, to take these tokens."""
    return {"CAREBUS_OIDC_ISSUER": ISSUER, "CAREBUS_OIDC_KEYS": json.dumps({"keys": [key().as_dict(private=False)]})}


def bearer(token: str | None = None) -> dict[str, str]:
    """The header that carries this token; without one, that of somebody with every role of the staff."""
    return {"Authorization": f"Bearer {token or everybody()}"}


def signed(claims: dict[str, Any], **header: Any) -> str:
    """A token that says exactly this, good or bad."""
    return jwt.encode({"alg": "RS256", "kid": "tests", "typ": "at+jwt", **header}, claims, key())


def claims(
    *roles: AccountRole, subject: str = EVERYBODY, scope: str = "", name: str = "", **more: Any
) -> dict[str, Any]:
    """What a good token of somebody with these roles says."""
    now = int(time.time())
    said = {"iss": ISSUER, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + A_DAY_S}
    return said | {"roles": [role.value for role in roles], "name": name or subject, "scope": scope} | more


@cache
def token(*roles: AccountRole, subject: str = EVERYBODY, scope: str = "", organization: str = "") -> str:
    """An access token of somebody with these roles, or of a program with this scope."""
    return signed(claims(*roles, subject=subject, scope=scope, organization=organization))


def everybody() -> str:
    """A token of somebody with every role of the staff."""
    return token(*sorted(STAFF))


def account(subject: str = EVERYBODY) -> UUID:
    """The account of this subject, as it stands in envelopes."""
    return account_of(ISSUER, subject)


TokenFor = Callable[[httpx.Request], str | None]
"""Which token a request of a test brings; None for none."""


def as_everybody(_: httpx.Request) -> str:
    """Whatever a test asks, somebody with every role of the staff asks it."""
    return everybody()


class Bearing(httpx.Auth):
    """Puts a token on each request that has none."""

    def __init__(self, token_for: TokenFor) -> None:
        self._token_for = token_for

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send it once, with the token."""
        found = self._token_for(request)
        if found and "Authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {found}"
        yield request


class Signing:
    """Whoever acts gets a token from the tests' own key, in place of a provider."""

    async def token(self, actor: str) -> str:
        """A token of this actor: somebody of the staff, or a program (`program:` and its organization)."""
        kind, _, organization = actor.partition(":")
        if kind == "program":
            return token(subject=actor, scope="referrals.send", organization=organization)
        return token(*sorted(STAFF), subject=actor)

    def account(self, subject: UUID) -> UUID:
        """The account of somebody on the roster."""
        return account(str(subject))

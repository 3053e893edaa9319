"""Checks tokens: signed by a key of the provider's, for us, in time, and of the kind that is wanted."""

import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from carebus.errors import CarebusError

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Asymmetric ones only: whoever can check a token must not be able to make one."""
LEEWAY_S = 30
"""Seconds that the provider's clock may differ from ours."""
LONGEST_TOKEN = 16 * 1024
"""Of a token, in characters."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_AGE_S = 300
"""A logout token is taken for so many seconds after it was made."""

OF_OTHERS = {"nonce", "at_hash", "c_hash", "events", "cnf"}
"""Claims of ID and logout tokens, which some providers give no kind of their own, and of tokens that alone let nobody
in: their bearer would have to prove a key (RFC 7800)."""

BROKEN = (JoseError, AttributeError, KeyError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading a token fails with that is not what it should be."""


class TokenRefused(CarebusError):
    """The access token is not valid here: get a new one for this service."""

    status = 401


def checked(token: str, keys: KeySet, *, issuer: str, audience: str) -> Mapping[str, Any]:
    """The claims of a JWT access token (RFC 9068). Raises TokenRefused, which never says what was wrong."""
    try:
        header, claims = _signed(token, keys)
        _registry(issuer, audience).validate(claims)
        _is_access(header, claims)
    except BROKEN:
        raise TokenRefused from None
    return claims


def checked_identity(token: str, keys: KeySet, *, issuer: str, client_id: str) -> Mapping[str, Any]:
    """The claims of an ID token that came with a renewal, and so has no nonce of ours. Raises JoseError and others."""
    _, claims = _signed(token, keys)
    _registry(issuer, client_id).validate(claims)
    return claims


def checked_logout(token: str, keys: KeySet, *, issuer: str, client_id: str) -> Mapping[str, Any]:
    """The claims of a logout token (OpenID Connect Back-Channel Logout 2.6). Raises TokenRefused."""
    try:
        header, claims = _signed(token, keys)
        _registry(issuer, client_id, sub=False).validate(claims)
        _is_logout(header, claims)
    except BROKEN:
        raise TokenRefused from None
    return claims


def _signed(token: str, keys: KeySet) -> tuple[Mapping[str, Any], dict[str, Any]]:
    if len(token) > LONGEST_TOKEN:
        raise ValueError("too long")
    found = jwt.decode(token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
    if "crit" in found.header:
        raise ValueError("a header that must be understood, and is not")
    return found.header, dict(found.claims)


def _registry(issuer: str, audience: str, *, sub: bool = True) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": not sub},
        sub={"essential": sub},
    )


def _is_access(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """An ID token or a logout token is none, even if its audience were ours; nor is one bound to a key a bearer's."""
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind not in {"at+jwt", "jwt", ""} or OF_OTHERS & claims.keys():
        raise ValueError("not an access token")
    if not claims["sub"] or isinstance(claims["exp"], bool):
        raise ValueError("nobody's")


def _is_logout(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    if str(header.get("typ", "logout+jwt")).lower() not in {"logout+jwt", "jwt"}:
        raise ValueError("not a logout token")
    if LOGOUT_EVENT not in claims["events"] or "nonce" in claims or not claims["jti"]:
        raise ValueError("not a logout token")
    if not (claims.get("sub") or claims.get("sid")) or time.time() - claims["iat"] > LOGOUT_AGE_S:
        raise ValueError("nobody's, or too old")

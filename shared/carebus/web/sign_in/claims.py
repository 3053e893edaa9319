"""What a provider's claims make of somebody: roles, strength of sign-in, scopes and organization. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from carebus.access import STAFF, AccountRole, Caller, account_of
from carebus.settings import Settings

_NAMES = {role.value for role in AccountRole}


def roles_in(claims: Mapping[str, Any], settings: Settings) -> frozenset[AccountRole]:
    """The roles that the claims name, without those of staff who signed in too weakly. Other names are left out."""
    found: Any = claims
    for part in settings.oidc_roles_claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    named = frozenset(AccountRole(name) for name in _texts(found) if name in _NAMES)
    return named if _strong(claims, settings) else named - STAFF


def _strong(claims: Mapping[str, Any], settings: Settings) -> bool:
    wanted = settings.oidc_staff_acr, settings.oidc_staff_amr
    if not any(wanted):
        return True
    return claims.get("acr") in wanted[0] or bool(set(_texts(claims.get("amr"))) & set(wanted[1]))


def scopes_in(text: str) -> frozenset[str]:
    """The scopes that a token names. SMART's (`system/Task.rs`, or `.read` of its first version) come one by one."""
    found: set[str] = set()
    for scope in text.split():
        kind, dot, may = scope.partition(".")
        smart = bool(dot) and "/" in kind
        found |= {f"{kind}.{letter}" for letter in _SMART.get(may, may)} if smart else {scope}
    return frozenset(found)


_SMART = {"read": "rs", "write": "cud", "*": "cruds"}


def caller_of(claims: Mapping[str, Any], settings: Settings) -> Caller:
    """Who an access token speaks for."""
    return Caller(
        account=account_of(str(claims["iss"]), str(claims["sub"])),
        roles=roles_in(claims, settings),
        scopes=scopes_in(str(claims.get("scope", ""))),
        client=_text(claims.get("client_id")) or _text(claims.get("azp")),
        organization=organization_in(claims, settings),
        name=name_in(claims),
        email=email_in(claims),
    )


def name_in(claims: Mapping[str, Any]) -> str:
    """What to call them in a page's head."""
    return _text(claims.get("name")) or _text(claims.get("preferred_username"))


def organization_in(claims: Mapping[str, Any], settings: Settings) -> str:
    """The organization or health plan that they act for, by its id or name."""
    return _text(claims.get(settings.oidc_organization_claim))


def email_in(claims: Mapping[str, Any]) -> str:
    """Their mailbox, if the provider has made sure of it."""
    return _text(claims.get("email")) if claims.get("email_verified") is True else ""


def _text(found: object) -> str:
    return found[:200] if isinstance(found, str) else ""


def _texts(found: object) -> Iterable[str]:
    if isinstance(found, str):
        return found.split()
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

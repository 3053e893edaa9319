"""The two OpenID providers that a run may have, ours and Keycloak: where each is, and how one gets in there."""

from __future__ import annotations

from pathlib import Path

from deploy.local.acting import Acting
from deploy.local.keycloak.acting import ActingAtKeycloak
from deploy.local.keycloak.realm import PASSWORD
from deploy.local.keycloak.server import ADMIN, issuer_at
from deploy.local.options import PROVIDERS
from deploy.local.programs import address
from deploy.local.provider.people import OFFICE

LOCAL, KEYCLOAK = PROVIDERS


def issuer_of(provider: str, port: int) -> str:
    """The name of the provider of this kind on this port."""
    return issuer_at(port) if provider == KEYCLOAK else address(port)


def acting_at(provider: str, port: int, keys: Path) -> Acting:
    """How people and programs get tokens there; programs prove themselves by the key in the folder `keys`."""
    kind = ActingAtKeycloak if provider == KEYCLOAK else Acting
    return kind(issuer_of(provider, port), keys)


def how_to_sign_in(provider: str, port: int) -> str:
    """How somebody who tries a run signs in, in a sentence or three."""
    if provider == LOCAL:
        return "Whoever signs in chooses from a list who to be."
    names = ", ".join(person.subject for person in OFFICE)
    return (
        f"Sign in at Keycloak as {names}, or as a clinician by their id on the roster; everybody's password is"
        f" {PASSWORD}. Keycloak's own pages are at {address(port)}/admin, for the user {ADMIN} with that password."
    )

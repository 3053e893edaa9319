"""Writes the realm that Keycloak imports: people with their roles, a client for each service, and programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from joserfc.jwk import RSAKey

from carebus.access import AccountRole
from deploy.local.provider.app import CLINIC, LOGOUT_PATH
from deploy.local.provider.people import PROGRAM, PROGRAM_SCOPES, Person
from deploy.local.provider.tokens import ACCESS_S, AUDIENCE

Json = dict[str, Any]

REALM = "carebus"
PASSWORD = "carebus"  # noqa: S105 - of everybody in a local run, as the start page says
SESSION_IDLE_S = 30 * 60
SESSION_LONGEST_S = 12 * 3600
"""As long as our own sessions: whoever works is not sent to sign in again before."""
SCOPES = ("basic", "profile", "email", "acr", "carebus")
"""What every client's tokens tell, unasked. Nobody gets `offline_access`: such a session would outlive signing out."""
ASKED = "openid profile email"
"""What services ask for therefore."""


@dataclass(frozen=True, slots=True)
class Realm:
    """What a realm is made of. `clients` are the services: id and addresses, as the local provider has them."""

    people: Mapping[str, Person]
    clients: Mapping[str, str]
    organizations: Iterable[str]
    programs: RSAKey
    secrets: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> Json:
        """The document that Keycloak imports."""
        programs = [f"{PROGRAM}{name}" for name in sorted(self.organizations)]
        return {
            "realm": REALM,
            "displayName": "Carebus, local run",
            "enabled": True,
            "ssoSessionIdleTimeout": SESSION_IDLE_S,
            "ssoSessionMaxLifespan": SESSION_LONGEST_S,
            "revokeRefreshToken": True,
            "refreshTokenMaxReuse": 0,
            "roles": {"realm": [{"name": role.value, "description": role.words} for role in AccountRole]},
            "requiredActions": [{"alias": "VERIFY_PROFILE", "providerId": "VERIFY_PROFILE", "enabled": False}],
            "clientScopes": [*_told(), *(_scope(name) for name in PROGRAM_SCOPES.split())],
            "clients": [
                *(self._service(name, *homes.split()) for name, homes in self.clients.items()),
                _clinic(),
                *(_program(name, self.programs) for name in programs),
            ],
            "users": [*map(_user, self.people.values()), *map(_of_program, programs)],
        }

    def _service(self, client_id: str, home: str, *others: str) -> Json:
        """A client whose pages are at its last address, and that is told of sign-outs at its first."""
        secret, pages = self.secrets.get(client_id), (home, *others)[-1]
        return {
            **_client(client_id),
            "publicClient": secret is None,
            **({"secret": secret} if secret else {}),
            "standardFlowEnabled": True,
            "redirectUris": [f"{pages}/signed-in"],
            "attributes": {
                "pkce.code.challenge.method": "S256",
                "post.logout.redirect.uris": f"{pages}/signed-out",
                "backchannel.logout.url": f"{home}{LOGOUT_PATH}",
                "backchannel.logout.session.required": "true",
            },
        }


def called(subject: str) -> str:
    """The id that Keycloak knows somebody by, which is the subject of their tokens: the same in every run."""
    try:
        return str(UUID(subject))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"carebus:{subject}"))


def _client(client_id: str) -> Json:
    return {
        "clientId": client_id,
        "enabled": True,
        "protocol": "openid-connect",
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": True,
        "defaultClientScopes": list(SCOPES),
        "optionalClientScopes": [],
    }


def _clinic() -> Json:
    """The simulated clinic gets a token for each of its people by their passwords."""
    attributes = {"access.token.lifespan": str(ACCESS_S)}
    return {**_client(CLINIC), "publicClient": True, "directAccessGrantsEnabled": True, "attributes": attributes}


def _program(client_id: str, key: RSAKey) -> Json:
    """A program proves itself by its key (`private_key_jwt`), and acts for one organization."""
    return {
        **_client(client_id),
        "publicClient": False,
        "serviceAccountsEnabled": True,
        "clientAuthenticatorType": "client-jwt",
        "optionalClientScopes": PROGRAM_SCOPES.split(),
        "protocolMappers": [_said("organization", client_id.removeprefix(PROGRAM))],
        "attributes": {
            "use.jwks.string": "true",
            "jwks.string": json.dumps({"keys": [key.as_dict(private=False)]}),
            "token.endpoint.auth.signing.alg": "RS256",
            "access.token.lifespan": str(ACCESS_S),
        },
    }


def _user(person: Person) -> Json:
    return {
        **_account(person.subject, person.subject, person.name),
        **({"email": person.email, "emailVerified": True} if person.email else {}),
        **({"attributes": {"organization": [person.organization]}} if person.organization else {}),
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        "realmRoles": [role.value for role in person.roles],
    }


def _of_program(client_id: str) -> Json:
    """The account that a program acts by, made here so that its id stays the same."""
    account = _account(client_id, f"service-account-{client_id}".lower(), client_id.removeprefix(PROGRAM))
    return {**account, "serviceAccountClientId": client_id}


def _account(subject: str, user_name: str, name: str) -> Json:
    first, _, last = name.partition(" ")
    return {"id": called(subject), "username": user_name, "enabled": True, "firstName": first, "lastName": last}


def _told() -> list[Json]:
    """What tokens say of people: built-in scopes of Keycloak's in short, and one of ours."""
    told = {
        "basic": [_mapper("sub", "oidc-sub-mapper"), _note("auth_time", "AUTH_TIME", "long")],
        "profile": [_mapper("name", "oidc-full-name-mapper"), _property("preferred_username", "username")],
        "email": [_property("email", "email"), _property("email_verified", "emailVerified", "boolean")],
        "acr": [_mapper("acr", "oidc-acr-mapper"), _mapper("amr", "oidc-amr-mapper")],
        "carebus": [_roles(), _organization(), _audience()],
    }
    return [_scope(name, listed=name in {"profile", "email"}, mappers=mappers) for name, mappers in told.items()]


def _scope(name: str, *, listed: bool = True, mappers: Iterable[Json] = ()) -> Json:
    attributes = {"include.in.token.scope": str(listed).lower(), "display.on.consent.screen": "false"}
    return {"name": name, "protocol": "openid-connect", "attributes": attributes, "protocolMappers": list(mappers)}


def _mapper(claim: str, kind: str, **config: str) -> Json:
    everywhere = {"id.token.claim": "true", "access.token.claim": "true", "introspection.token.claim": "true"}
    return {
        "name": claim,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {**everywhere, "claim.name": claim, "jsonType.label": "String", **config},
    }


def _property(claim: str, of_user: str, kind: str = "String") -> Json:
    return _mapper(claim, "oidc-usermodel-property-mapper", **{"user.attribute": of_user, "jsonType.label": kind})


def _note(claim: str, of_session: str, kind: str) -> Json:
    return _mapper(
        claim, "oidc-usersessionmodel-note-mapper", **{"user.session.note": of_session, "jsonType.label": kind}
    )


def _roles() -> Json:
    return _mapper("roles", "oidc-usermodel-realm-role-mapper", multivalued="true")


def _organization() -> Json:
    """For whom somebody acts who is of a health plan or another organization."""
    return _mapper("organization", "oidc-usermodel-attribute-mapper", **{"user.attribute": "organization"})


def _audience() -> Json:
    """Access tokens are meant for the services; ID tokens stay meant for their client alone."""
    only = {"id.token.claim": "false", "included.custom.audience": AUDIENCE}
    return _mapper("audience", "oidc-audience-mapper", **only)


def _said(claim: str, text: str) -> Json:
    return _mapper(claim, "oidc-hardcoded-claim-mapper", **{"claim.value": text})

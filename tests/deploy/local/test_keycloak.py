"""Keycloak for a local run, as far as it can be told without starting it: file, realm, and what a run is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from carebus.access import AccountRole, account_of
from carebus.testing import people as testing
from deploy.local.acting import Acting
from deploy.local.embedded import JarAltered, RegistryUnreachable, free_port
from deploy.local.fleet import Fleet
from deploy.local.keycloak import files
from deploy.local.keycloak.acting import ActingAtKeycloak
from deploy.local.keycloak.realm import PASSWORD, Realm, called
from deploy.local.keycloak.server import Keycloak
from deploy.local.options import ROOT, Options
from deploy.local.provider.app import CLINIC
from deploy.local.provider.people import PROGRAM_SCOPES, people

PEOPLE = people(2026)
SERVICES = {"carebus-referral": "http://127.0.0.1:8101 http://127.0.0.1:8100/referral"}
SHOP = "Elm Street Cardiology"


def realm(secrets: dict[str, str] | None = None) -> dict[str, Any]:
    return Realm(PEOPLE, SERVICES, {SHOP, "BAYADA HOME HEALTH CARE   INC"}, testing.key(), secrets or {}).as_json()


def by(name: str, many: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each[name]: each for each in many}


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as the Java package registry."""
    folder, settings = tmp_path / "mirror", tmp_path / "jgo.conf"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_lock_names_the_version_that_is_wanted_and_its_hash() -> None:
    locked = files.lock()
    assert locked.name == f"keycloak-quarkus-dist-{files.VERSION}.zip"
    assert len(bytes.fromhex(locked.digest)) == 32


def test_a_zip_that_is_not_the_locked_one_is_refused(mirror: Path, tmp_path: Path) -> None:
    name = files.lock().name
    there = mirror / "org" / "keycloak" / "keycloak-quarkus-dist" / files.VERSION / name
    there.parent.mkdir(parents=True)
    there.write_bytes(b"something else")
    with pytest.raises(JarAltered, match=rf"{name} is not the file this release was tested with"):
        files.fetch_keycloak(tmp_path / "cache", lambda _: None)
    assert not list((tmp_path / "cache").glob("keycloak-*"))


def test_a_zip_that_cannot_be_fetched_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{free_port()}/nothing\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    with pytest.raises(RegistryUnreachable, match=r"Cannot fetch keycloak-quarkus-dist-.*\.zip from"):
        files.fetch_keycloak(tmp_path / "cache", lambda _: None)


def test_everybody_is_in_the_realm_with_their_roles_and_nothing_left_to_do() -> None:
    users = by("username", realm()["users"])
    for person in PEOPLE.values():
        user = users[person.subject]
        assert user["realmRoles"] == [role.value for role in person.roles]
        assert f"{user['firstName']} {user['lastName']}" == person.name
        assert user.get("email", "") == person.email
        assert user["credentials"] == [{"type": "password", "value": PASSWORD, "temporary": False}]
        assert "requiredActions" not in user


def test_everybody_is_called_the_same_in_every_run() -> None:
    assert realm() == realm()
    ids = [user["id"] for user in realm()["users"]]
    assert len(set(ids)) == len(ids)
    assert by("username", realm()["users"])["coordinator"]["id"] == called("coordinator") != "coordinator"


def test_a_clinicians_account_is_the_one_that_keycloaks_tokens_give_them() -> None:
    acting = ActingAtKeycloak("http://127.0.0.1:1/realms/carebus", Path())
    for subject in PEOPLE:
        assert acting.account(subject) == account_of(acting.issuer, called(subject))


def test_a_service_is_a_client_with_pkce_exact_addresses_and_back_channel_logout() -> None:
    client = by("clientId", realm()["clients"])["carebus-referral"]
    assert client["redirectUris"] == ["http://127.0.0.1:8100/referral/signed-in"]
    assert client["attributes"] == {
        "pkce.code.challenge.method": "S256",
        "post.logout.redirect.uris": "http://127.0.0.1:8100/referral/signed-out",
        "backchannel.logout.url": "http://127.0.0.1:8101/back-channel-logout",
        "backchannel.logout.session.required": "true",
    }
    assert (client["publicClient"], client["directAccessGrantsEnabled"]) == (True, False)
    secret = by("clientId", realm({"carebus-referral": "s"})["clients"])["carebus-referral"]
    assert (secret["publicClient"], secret["secret"]) == (False, "s")


def test_a_program_is_a_client_with_a_key_an_organization_and_scopes() -> None:
    client = by("clientId", realm()["clients"])[f"program:{SHOP}"]
    assert client["clientAuthenticatorType"] == "client-jwt"
    assert json.loads(client["attributes"]["jwks.string"]) == {"keys": [testing.key().as_dict(private=False)]}
    assert [mapper["config"]["claim.value"] for mapper in client["protocolMappers"]] == [SHOP]
    assert client["optionalClientScopes"] == PROGRAM_SCOPES.split()
    assert not client["standardFlowEnabled"]
    assert '"d"' not in json.dumps(realm()).replace("\\", ""), "no private key"


def test_nobody_but_the_clinic_gets_tokens_by_passwords() -> None:
    allowed = [client["clientId"] for client in realm()["clients"] if client["directAccessGrantsEnabled"]]
    assert allowed == [CLINIC]


def test_every_scope_that_a_client_has_is_in_the_realm() -> None:
    there = {scope["name"] for scope in realm()["clientScopes"]}
    for client in realm()["clients"]:
        assert {*client["defaultClientScopes"], *client["optionalClientScopes"]} <= there


def test_a_run_with_keycloak_tells_its_services_and_its_visitors_so(tmp_path: Path) -> None:
    fleet = Fleet(
        Options.read({"PROVIDER": "keycloak", "CAREBUS_PROVIDER_PORT": "9120", "CAREBUS_DATA": str(tmp_path)})
    )
    (tmp_path / "logs").mkdir()
    issuer = "http://127.0.0.1:9120/realms/carebus"
    assert fleet.signing_in == {"CAREBUS_OIDC_ISSUER": issuer, "CAREBUS_OIDC_SCOPE": "openid profile email"}
    assert f"everybody's password is {PASSWORD}" in fleet.how_to_sign_in
    assert "coordinator" in fleet.how_to_sign_in
    keycloak = fleet.provider(print).unit
    assert isinstance(keycloak, Keycloak)
    assert keycloak.issuer == issuer
    assert {f"carebus-{name}" for name in ("referral", "care-plan")} <= by("clientId", keycloak.realm["clients"]).keys()
    assert isinstance(fleet.acting(), ActingAtKeycloak)


def test_the_page_for_providers_names_every_role() -> None:
    page = (ROOT / "docs" / "how-to" / "sign-in-with-your-provider.md").read_text()
    assert [role for role in AccountRole if f"`{role.value}`" not in page] == []


def test_a_run_has_the_local_provider_unless_it_is_told_otherwise() -> None:
    fleet = Fleet(Options.read({}))
    assert fleet.signing_in == {"CAREBUS_OIDC_ISSUER": "http://127.0.0.1:8120"}
    assert type(fleet.acting()) is Acting

"""What a real Keycloak signs: the right tokens let people and programs in, and every other kind nobody."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from carebus.access import Caller
from carebus.settings import Settings
from carebus.web.sign_in import tokens
from carebus.web.sign_in.claims import caller_of
from carebus.web.sign_in.provider import Provider
from carebus.web.sign_in.tokens import TokenRefused
from deploy.local.acting import NoToken
from deploy.local.keycloak.acting import ActingAtKeycloak
from deploy.local.keycloak.realm import PASSWORD
from deploy.local.keycloak.server import ADMIN
from deploy.local.options import ROOT
from deploy.local.provider.app import CLINIC
from deploy.local.provider.people import PLAN, PROGRAM, PROGRAM_SCOPES, TRIED
from tests.carebus.web.sign_in.conftest import ELSEWHERE, PEOPLE, at_keycloak
from tests.carebus.web.sign_in.providers import AtKeycloak

pytestmark = pytest.mark.keycloak
GIVEN = {
    "an ID token of another client": (CLINIC, "id_token"),
    "a refresh token": (CLINIC, "refresh_token"),
    "an access token for somebody else": (ELSEWHERE, "access_token"),
    "an ID token of a client that has nothing to do with us": (ELSEWHERE, "id_token"),
}


@pytest.fixture
async def keycloak(running_keycloak: Any) -> AsyncIterator[AtKeycloak]:
    async with at_keycloak(running_keycloak) as provider:
        yield provider


@pytest.fixture
def service(keycloak: AtKeycloak) -> Callable[[str], Any]:
    """What a service makes of a token."""
    told = {"database_url": "postgresql://nowhere", "kafka_bootstrap_servers": "127.0.0.1:1"}
    settings = Settings.model_validate({**told, "oidc_issuer": keycloak.issuer})
    provider = Provider("tally", settings)

    async def ask(token: str) -> Caller:
        return caller_of(await provider.access_claims(token), settings)

    return ask


async def given(keycloak: AtKeycloak, client_id: str, realm: str = "") -> dict[str, Any]:
    """Everything that the coordinator gets by this client, or the administrator in a realm of their own."""
    sent = {"grant_type": "password", "client_id": client_id, "password": PASSWORD, "scope": "openid"}
    at = f"{keycloak.server.address}/realms/{realm}" if realm else keycloak.issuer
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{at}/protocol/openid-connect/token", data={**sent, "username": ADMIN if realm else "coordinator"}
        )
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_a_persons_token_says_who_they_are_and_what_they_may(keycloak: AtKeycloak, service: Any) -> None:
    caller = await service(await keycloak.acting.token("plan"))
    assert caller.account == keycloak.acting.account("plan")
    assert (caller.name, caller.email) == ("Pat Quinn", "pat.quinn@plan.example")
    assert caller.roles == set(PEOPLE["plan"].roles)
    assert (caller.client, caller.organization) == (CLINIC, PLAN)


async def test_a_program_gets_a_token_by_its_key_and_is_bound_to_its_organization(
    keycloak: AtKeycloak, service: Any
) -> None:
    caller = await service(await keycloak.acting.token(f"{PROGRAM}{TRIED}"))
    assert (caller.organization, caller.client, caller.name) == (TRIED, f"{PROGRAM}{TRIED}", TRIED)
    assert caller.roles == frozenset()
    assert {"referrals.send", "uploads", "webhooks", "system/Task.r", "system/ServiceRequest.c"} <= caller.scopes
    assert caller.account == keycloak.acting.account(f"{PROGRAM}{TRIED}")


async def test_a_token_is_got_by_the_same_command_as_at_the_local_provider(keycloak: AtKeycloak, service: Any) -> None:
    keys, port = keycloak.acting.keys, str(keycloak.server.port)
    told = {"PROVIDER": "keycloak", "CAREBUS_PORT": port, "CAREBUS_KEYS": str(keys), "PYTHONPATH": ".:shared"}
    asked = [sys.executable, "-m", "deploy.local.provider", "token", f"{PROGRAM}{TRIED}"]
    done = subprocess.run(asked, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert (await service(done.stdout.strip())).organization == TRIED, done.stderr


async def test_a_program_that_asks_for_less_gets_less(keycloak: AtKeycloak, service: Any) -> None:
    first, *others = PROGRAM_SCOPES.split()
    caller = await service((await keycloak.acting._of_program(f"{PROGRAM}{TRIED}", first))["access_token"])
    assert first in caller.scopes
    assert caller.scopes.isdisjoint(others)


async def test_a_program_that_signs_with_another_key_gets_nothing(keycloak: AtKeycloak, tmp_path: Path) -> None:
    other = ActingAtKeycloak(keycloak.issuer, tmp_path, keycloak.acting.http)
    with pytest.raises(NoToken):
        await other.token(f"{PROGRAM}{TRIED}")


@pytest.mark.parametrize("kind", GIVEN)
async def test_another_kind_of_token_lets_nobody_in(keycloak: AtKeycloak, service: Any, kind: str) -> None:
    client_id, name = GIVEN[kind]
    with pytest.raises(TokenRefused):
        await service((await given(keycloak, client_id))[name])


async def test_a_token_of_another_realm_lets_nobody_in(keycloak: AtKeycloak, service: Any) -> None:
    with pytest.raises(TokenRefused):
        await service((await given(keycloak, "admin-cli", "master"))["access_token"])


async def test_a_token_that_is_over_lets_nobody_in(
    keycloak: AtKeycloak, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await given(keycloak, CLINIC))["access_token"]
    await service(token)
    real = tokens.checked

    def later(*args: Any, **named: Any) -> Any:
        with monkeypatch.context() as clock:
            now = time.time()
            clock.setattr("time.time", lambda: now + 7200)
            return real(*args, **named)

    monkeypatch.setattr(tokens, "checked", later)
    with pytest.raises(TokenRefused):
        await service(token)


async def test_an_id_token_lets_nobody_in_even_if_the_realm_means_it_for_us(keycloak: AtKeycloak, service: Any) -> None:
    """Whoever sets a realm up easily ticks "add to ID token" for the audience, too."""
    with pytest.raises(TokenRefused):
        await service((await given(keycloak, f"{ELSEWHERE}-ticked"))["id_token"])
    await service((await given(keycloak, f"{ELSEWHERE}-ticked"))["access_token"])

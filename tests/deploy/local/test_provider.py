"""The local provider: whoever is chosen is signed in, once for all services, and leaves all of them at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from carebus.access import account_of
from deploy.local.acting import Acting, NoToken
from deploy.local.embedded import free_port
from tests.browser.sample import served
from tests.deploy.local.providing import CLIENT, HOME, provider_at
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "get-a-token.md"


@pytest.fixture
async def acting(tmp_path: Path) -> AsyncIterator[Acting]:
    port = free_port()
    with served(provider_at(port, tmp_path).app(), port):
        one = Acting(f"http://127.0.0.1:{port}", tmp_path)
        yield one
        await one.close()


async def claims(acting: Acting, token: str) -> dict[str, Any]:
    keys = (await acting.http.get(f"{acting.issuer}/jwks")).json()
    return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims)


async def test_a_person_gets_a_token_with_their_roles_and_it_is_kept_while_it_is_good(acting: Acting) -> None:
    token = await acting.token("coordinator")
    said = await claims(acting, token)
    assert (said["roles"], said["aud"], said["sub"]) == (["coordinator"], "carebus", "coordinator")
    assert await acting.token("coordinator") == token


async def test_a_program_gets_a_token_for_its_organization_and_nothing_else(acting: Acting) -> None:
    said = await claims(acting, await acting.token("program:Elm Street Cardiology"))
    assert said["organization"] == "Elm Street Cardiology"
    assert "roles" not in said


async def test_nobody_else_gets_one(acting: Acting) -> None:
    with pytest.raises(NoToken):
        await acting.token("mallory")


async def test_a_program_that_signs_with_another_key_gets_nothing(acting: Acting, tmp_path: Path) -> None:
    other = Acting(acting.issuer, tmp_path / "elsewhere", acting.http)
    with pytest.raises(NoToken):
        await other.token("program:Elm Street Cardiology")


ASKED = {
    "client_id": CLIENT,
    "redirect_uri": f"{HOME}/signed-in",
    "response_type": "code",
    "code_challenge": "x",
    "code_challenge_method": "S256",
}


async def test_the_page_to_choose_from_has_browsers_ask_for_no_icon(acting: Acting) -> None:
    page = await acting.http.get(f"{acting.issuer}/authorize", params=ASKED)
    assert "Who are you?" in page.text
    assert '<link rel="icon" href="data:,">' in page.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/signed-in"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
async def test_a_request_that_is_not_asked_well_gets_no_code(acting: Acting, wrong: dict[str, str]) -> None:
    asked = {**ASKED, "account": "coordinator"}
    assert (await acting.http.get(f"{acting.issuer}/authorize", params=asked)).status_code == 302
    assert (await acting.http.get(f"{acting.issuer}/authorize", params={**asked, **wrong})).status_code == 400


async def test_a_code_is_good_once_and_with_its_verifier_only(acting: Acting) -> None:
    asked = {
        "client_id": CLIENT,
        "redirect_uri": f"{HOME}/signed-in",
        "response_type": "code",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "account": "coordinator",
    }
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # the pair of RFC 7636, appendix B
    went = await acting.http.get(f"{acting.issuer}/authorize", params=asked)
    (code,) = parse_qs(urlsplit(went.headers["location"]).query)["code"]
    sent = {"grant_type": "authorization_code", "client_id": CLIENT, "redirect_uri": f"{HOME}/signed-in", "code": code}
    answers = [
        (await acting.http.post(f"{acting.issuer}/token", data={**sent, "code_verifier": each})).status_code
        for each in (verifier, verifier)
    ]
    assert answers == [200, 400]


def test_the_account_of_somebody_on_the_roster_is_the_one_that_services_see() -> None:
    issuer = "http://127.0.0.1:8120"
    acting = Acting(issuer, Path())
    person = next(iter(provider_at(8120, Path("/nowhere"), keys=False).people.values()))
    assert account_of(issuer, person.subject) == account_of(acting.issuer, person.subject)


def test_a_token_is_got_as_the_page_says(tmp_path: Path) -> None:
    (command,) = [block.text for block in blocks(PAGE) if block.language == "sh"]
    port = free_port()
    with served(provider_at(port, tmp_path).app(), port):
        told = {"CAREBUS_PORT": str(port), "CAREBUS_KEYS": str(tmp_path), "PYTHONPATH": ".:shared"}
        words = command.replace("python -m", f"{sys.executable} -m")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{words}\necho "$TOKEN"'],
            cwd=ROOT, env=told, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.stdout.count(".") == 2, done.stderr


def test_its_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    provider_at(8120, tmp_path)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.glob("*.key")} == {0}

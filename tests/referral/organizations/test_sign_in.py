"""A provider that answers with nonsense: the page says that signing in did not work, and the next try asks again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from carebus.testing import Bench
from tests.referral.following import following, looks

ISSUER = "http://127.0.0.1:9"
METADATA = {"_loaded_at": 1, "authorization_endpoint": f"{ISSUER}/ask", "token_endpoint": f"{ISSUER}/token"}
DID_NOT_WORK = "Signing in did not work"


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path, oidc_issuer=ISSUER, oidc_client_id="carebus") as bench:
        yield bench


def answers(office: Bench, monkeypatch: pytest.MonkeyPatch, token: dict[str, Any], **metadata: Any) -> Any:
    """Let the provider be one that says this."""
    provider = office.service.app.state.provider

    async def fetched(**_: Any) -> dict[str, Any]:
        return token

    monkeypatch.setattr(provider, "server_metadata", {**METADATA, **metadata})
    monkeypatch.setattr(provider, "fetch_access_token", fetched)
    return provider


async def back_from_the_provider(office: Bench) -> Any:
    away = await looks(office, "/my/sign-in")
    (state,) = parse_qs(urlsplit(away.headers["location"]).query)["state"]
    return await looks(office, f"/my/signed-in?code=c&state={state}")


@pytest.mark.parametrize(
    ("token", "metadata"),
    [
        ({"id_token": "nonsense"}, {"jwks": {"keys": []}}),
        ({"id_token": "e30.e30.e30"}, {"jwks": {"keys": []}}),
        ({"id_token": "e30.e30.e30"}, {"jwks": {"keys": [{"kty": "x"}]}}),
        ({"id_token": "e30.e30.e30"}, {"jwks": {"keys": [{"kty": "oct", "k": "YWFhYWFhYWFhYWFhYWFhYQ"}]}}),
        ({"id_token": "e30.e30.e30"}, {"jwks": ["x"]}),
        ({"id_token": 5}, {"jwks": {"keys": []}}),
        ({"id_token": "nonsense"}, {}),
        ({"id_token": "nonsense"}, {"jwks_uri": "http://x:y/"}),
    ],
)
async def test_a_token_that_is_none_signs_nobody_in(
    office: Bench, monkeypatch: pytest.MonkeyPatch, token: dict[str, Any], metadata: dict[str, Any]
) -> None:
    provider = answers(office, monkeypatch, token, **metadata)
    answer = await back_from_the_provider(office)
    assert (answer.status_code, DID_NOT_WORK in answer.text) == (400, True)
    assert not provider.server_metadata.keys() & {"_loaded_at", "jwks"}, "what was broken is asked for again"


@pytest.mark.parametrize("metadata", [{"authorization_endpoint": None}, {"authorization_endpoint": 5}])
async def test_a_provider_that_names_no_address_leads_nowhere(
    office: Bench, monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any]
) -> None:
    answers(office, monkeypatch, {}, **metadata)
    answer = await looks(office, "/my/sign-in")
    assert (answer.status_code, DID_NOT_WORK in answer.text) == (400, True)

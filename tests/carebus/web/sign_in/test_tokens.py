"""Tokens that let nobody in: whatever is wrong with one, the answer is the same 401."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from carebus.access import AccountRole
from carebus.testing import Bench, people
from carebus.web.sign_in.tokens import LOGOUT_EVENT, LONGEST_TOKEN, TokenRefused, checked_logout
from tests.carebus.tallied import body
from tests.carebus.wires import someone

NURSE = people.claims(AccountRole.NURSE, subject="nurse")
NOW = int(time.time())
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "tests"})


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], algorithm: str = "none") -> str:
    return ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "tests"}, claims)) + "."


def by_shared_secret() -> str:
    """Signed with the public key, taken for a secret."""
    text = unsigned(NURSE, "HS256")[:-1]
    return f"{text}.{encoded(hmac.digest(people.key().as_pem(private=False), text.encode(), hashlib.sha256))}"


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in NURSE.items() if name not in names}


GOOD = people.signed(NURSE)
HEAD, MIDDLE, PROOF = GOOD.split(".")
HOSTILE = {
    "nothing": "",
    "no token": "nonsense",
    "two dots": "..",
    "unsigned": unsigned(NURSE),
    "a shared secret": by_shared_secret(),
    "another key": jwt.encode({"alg": "RS256", "kid": "tests", "typ": "at+jwt"}, NURSE, OTHER_KEY),
    "an unknown key": people.signed(NURSE, kid="elsewhere"),
    "changed claims": f"{HEAD}.{MIDDLE[:-4]}AAAA.{PROOF}",
    "no proof": f"{HEAD}.{MIDDLE}.",
    "another issuer": people.signed({**NURSE, "iss": "https://evil.example"}),
    "no issuer": people.signed(without("iss")),
    "another audience": people.signed({**NURSE, "aud": "elsewhere"}),
    "no audience": people.signed(without("aud")),
    "over": people.signed({**NURSE, "exp": NOW - 3600}),
    "no end": people.signed(without("exp")),
    "an end that is none": people.signed({**NURSE, "exp": "tomorrow"}),
    "not yet": people.signed({**NURSE, "nbf": NOW + 3600}),
    "nobody": people.signed(without("sub")),
    "nobody's name": people.signed({**NURSE, "sub": ""}),
    "an ID token": people.signed({**NURSE, "nonce": "n"}, typ="JWT"),
    "an ID token that nobody asked for with a nonce": people.signed({**NURSE, "at_hash": "x"}, typ="JWT"),
    "one bound to a key that the request does not prove": people.signed({**NURSE, "cnf": {"jkt": "x"}}),
    "a logout token": people.signed({**NURSE, "events": {LOGOUT_EVENT: {}}}, typ="logout+jwt"),
    "a critical header": people.signed(NURSE, crit=["b64"], b64=True),
    "far too long": people.signed({**NURSE, "filler": "x" * LONGEST_TOKEN}),
}


@pytest.mark.parametrize("how", HOSTILE)
async def test_a_hostile_token_lets_nobody_in_and_is_told_nothing(tallying: Bench, how: str) -> None:
    headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {HOSTILE[how]}"}
    answer = await tallying.http.post(f"/api/{someone()}/marks", json=body("a"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Cache-Control" in answer.headers


@pytest.mark.parametrize("scheme", ["Basic bmFtZTp3b3Jk", "Negotiate x", "Token x"])
async def test_no_other_way_of_saying_who_one_is_is_taken(tallying: Bench, scheme: str) -> None:
    headers = {"Idempotency-Key": "k", "Authorization": scheme}
    assert (await tallying.http.post(f"/api/{someone()}/marks", json=body("a"), headers=headers)).status_code == 401


async def test_a_good_token_without_the_role_is_told_which_one_is_needed(tallying: Bench) -> None:
    async with tallying.as_(AccountRole.FAMILY_MEMBER) as http:
        answer = await http.post(f"/api/{someone()}/marks", json=body("a"), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")
    assert "nurse" in answer.json()["detail"]


async def test_one_persons_key_opens_no_other_persons_answer(tallying: Bench) -> None:
    patient = someone()
    for subject, marks in (("ann", ["a"]), ("bo", ["a", "a"])):
        async with tallying.as_(AccountRole.NURSE, subject=subject) as http:
            answer = await http.post(f"/api/{patient}/marks", json=body("a"), headers={"Idempotency-Key": "k"})
        assert answer.json()["marks"] == marks


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "them"},
        {"iss": "https://evil.example"},
        {"events": {}},
        {"events": {"urn:x": {}}},
        {"nonce": "n"},
        {"jti": ""},
        {"sid": ""},
        {"iat": NOW - 3600},
        {"exp": NOW - 3600},
    ],
)
def test_a_logout_token_that_is_none_signs_nobody_out(wrong: dict[str, Any]) -> None:
    keys, now = KeySet([people.key()]), int(time.time())
    said = {"iss": people.ISSUER, "aud": "us", "iat": now, "exp": now + 60, "jti": "1", "sid": "s"}
    good = {**said, "events": {LOGOUT_EVENT: {}}}
    assert checked_logout(people.signed(good, typ="logout+jwt"), keys, issuer=people.ISSUER, client_id="us")
    with pytest.raises(TokenRefused):
        checked_logout(people.signed(good | wrong, typ="logout+jwt"), keys, issuer=people.ISSUER, client_id="us")

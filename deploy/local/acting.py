"""The simulated clinic's people at the provider: one token each, got as any client gets it, and renewed in time."""

from __future__ import annotations

import asyncio
import hashlib
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from joserfc import jwt

from carebus.access import account_of
from deploy.local.failures import LocalServerError
from deploy.local.provider.app import CLINIC
from deploy.local.provider.people import PROGRAM, PROGRAM_SCOPES
from deploy.local.provider.tokens import kept_key

BACK = "http://127.0.0.1/clinic"
TIMEOUT_S = 10.0
AHEAD_S = 300
"""A token is renewed so long before it ends."""
ASSERTION_S = 60
OFFICE = "coordinator"


class NoToken(LocalServerError):
    """The provider gave no token for {0}: {1}."""


@dataclass
class Acting:
    """Tokens of people (by their subject) and of programs (`program:` and an organization)."""

    issuer: str
    keys: Path
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False))
    _held: dict[str, tuple[str, float]] = field(default_factory=dict)
    _asking: dict[str, asyncio.Lock] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)

    async def token(self, actor: str) -> str:
        """A token of this actor that is good for a while. Raises NoToken, and what httpx raises of a provider away."""
        async with self._asking.setdefault(actor, asyncio.Lock()):
            held, until = self._held.get(actor, ("", 0.0))
            if time.monotonic() < until:
                return held
            given = await (self._of_program(actor) if actor.startswith(PROGRAM) else self._of_person(actor))
            self._held[actor] = given["access_token"], time.monotonic() + given["expires_in"] - AHEAD_S
            return str(given["access_token"])

    async def close(self) -> None:
        """Let go of the connections."""
        await self.http.aclose()

    def account(self, subject: UUID | str) -> UUID:
        """The account of somebody on the roster or in the office."""
        return account_of(self.issuer, self.called(str(subject)))

    def called(self, subject: str) -> str:
        """What the provider's tokens call somebody."""
        return subject

    async def _of_person(self, subject: str) -> dict[str, Any]:
        """A code with PKCE, and what it is exchanged for."""
        verifier = token_urlsafe(48)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": CLINIC,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "account": subject,
        }
        went = await self.http.get(await self._at("authorization_endpoint"), params=asked)
        code = parse_qs(urlsplit(went.headers.get("location", "")).query).get("code")
        if not code:
            raise NoToken(subject, f"HTTP {went.status_code}")
        sent = {"grant_type": "authorization_code", "client_id": CLINIC, "redirect_uri": BACK}
        return await self._exchanged(subject, {**sent, "code": code[0], "code_verifier": verifier})

    async def _of_program(self, client_id: str, scope: str = PROGRAM_SCOPES) -> dict[str, Any]:
        """Client credentials by private_key_jwt."""
        now, at = int(time.time()), await self._at("token_endpoint")
        said = {"iss": client_id, "sub": client_id, "aud": at, "jti": token_urlsafe(16)}
        key = kept_key(self.keys / "programs.key", "programs")
        proof = jwt.encode({"alg": "RS256", "kid": key.kid}, {**said, "iat": now, "exp": now + ASSERTION_S}, key)
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        sent = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": proof}
        return await self._exchanged(client_id, {**sent, "scope": scope})

    async def _exchanged(self, actor: str, sent: dict[str, str]) -> dict[str, Any]:
        answer = await self.http.post(await self._at("token_endpoint"), data=sent)
        if answer.status_code != HTTPStatus.OK:
            raise NoToken(actor, f"HTTP {answer.status_code}")
        given: dict[str, Any] = answer.json()
        return given

    async def _at(self, what: str) -> str:
        """An address of the provider's, as its discovery document has it."""
        if not self._addresses:
            found = await self.http.get(f"{self.issuer}/.well-known/openid-configuration")
            if found.status_code != HTTPStatus.OK:
                raise NoToken("anybody", f"its discovery document: HTTP {found.status_code}")
            self._addresses = found.json()
        return self._addresses[what]

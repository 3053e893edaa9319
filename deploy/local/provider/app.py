"""The provider's addresses: choosing who to be, codes for tokens, and signing out everywhere."""

from __future__ import annotations

import asyncio
import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.provider.people import PROGRAM, PROGRAM_SCOPES, Person
from deploy.local.provider.tokens import ACCESS_S, REFUSED, Tokens, checked

COOKIE = "carebus-local-provider"
CODE_S = 60
BESIDE = "carebus-"
"""How a service's id as a client begins; one on this machine that is not known yet may sign people in, too."""
CLINIC = "simulated-clinic"
"""The client that the simulated clinic is: it needs no address to come back to."""
LOGOUT_PATH = "/back-channel-logout"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for whom: what a code stands for, until it is exchanged."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    subject: str
    session: str
    ends_at: float


@dataclass(slots=True)
class Provider:
    """One provider: its people, its clients (id and addresses, the one to tell first), and who has signed in where."""

    tokens: Tokens
    people: Mapping[str, Person]
    clients: Mapping[str, str]
    programs: RSAKey
    _codes: dict[str, Asking] = field(default_factory=dict)
    _sessions: dict[str, tuple[str, set[str]]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/end-session", self.end_session),
                Route("/health/ready", self.ready),
            ]
        )

    async def ready(self, _: Request) -> Response:
        """It is there."""
        return JSONResponse({"ready": True})

    async def metadata(self, _: Request) -> Response:
        """The discovery document."""
        at = self.tokens.issuer
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks",
                "end_session_endpoint": f"{at}/end-session",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
            }
        )

    async def jwks(self, _: Request) -> Response:
        """The public keys."""
        return JSONResponse(self.tokens.keys())

    async def authorize(self, request: Request) -> Response:
        """Give a code once somebody has chosen who to be; if they chose before, at once."""
        asked = dict(request.query_params)
        if not self._is_asked_well(asked):
            return HTMLResponse("<p>This client or this request is not known here.</p>", 400)
        session = request.cookies.get(COOKIE, "")
        subject = asked.pop("account", None) or self._sessions.get(session, ("", set()))[0]
        if subject not in self.people or asked.get("prompt") == "login":
            return HTMLResponse(self._choice(asked), headers=NO_STORE)
        if self._sessions.get(session, ("", set()))[0] != subject:
            session = token_urlsafe(24)
            self._sessions[session] = subject, set()
        self._sessions[session][1].add(asked["client_id"])
        answer = RedirectResponse(self._back(asked, subject, session), 302, NO_STORE)
        answer.set_cookie(COOKIE, session, httponly=True, samesite="lax")
        return answer

    def _is_asked_well(self, asked: Mapping[str, str]) -> bool:
        client_id, back = asked.get("client_id", ""), urlsplit(asked.get("redirect_uri", ""))
        ours = self.clients.get(client_id) == "" or self._is_of(client_id, asked.get("redirect_uri", ""))
        pkce = asked.get("code_challenge_method") == "S256" and bool(asked.get("code_challenge"))
        return ours and back.scheme == "http" and asked.get("response_type") == "code" and pkce

    def _is_of(self, client_id: str, address: str) -> bool:
        """Whether an address is one of this client's."""
        if client_id.startswith(BESIDE) and client_id not in self.clients:  # a service that was added while this runs
            return urlsplit(address).hostname == "127.0.0.1"
        return any(address.startswith(f"{home}/") for home in self.clients.get(client_id, "").split())

    def _back(self, asked: Mapping[str, str], subject: str, session: str) -> str:
        code = token_urlsafe(24)
        self._codes[code] = Asking(
            asked["client_id"],
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("nonce"),
            subject,
            session,
            time.monotonic() + CODE_S,
        )
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def _choice(self, asked: Mapping[str, str]) -> str:
        """A page with everybody one may be."""
        rows = "".join(
            f'<li><a href="/authorize?{escape(urlencode({**asked, "account": person.subject}))}">'
            f"{escape(person.name)}</a> {escape(person.words)}</li>"
            for person in self.people.values()
        )
        return PAGE.format(rows=rows)

    async def token(self, request: Request) -> Response:
        """Exchange a code, a refresh token, or a program's signed assertion for tokens."""
        sent = {name: str(value) for name, value in (await request.form()).items()}
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_assertion,
        }
        try:
            given = grants[sent.get("grant_type", "")](sent)
        except REFUSED:
            return JSONResponse({"error": "invalid_grant"}, 400, NO_STORE)
        return JSONResponse({"token_type": "Bearer", "expires_in": ACCESS_S, **given}, headers=NO_STORE)

    def _by_code(self, sent: Mapping[str, str]) -> dict[str, Any]:
        asked = self._codes.pop(sent["code"])
        proof = urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        right = proof == asked.challenge and sent["redirect_uri"] == asked.redirect_uri
        if not right or sent["client_id"] != asked.client_id or time.monotonic() > asked.ends_at:
            raise ValueError("not the one who asked")
        return self._for(asked.client_id, asked.subject, asked.session, asked.nonce)

    def _by_refresh(self, sent: Mapping[str, str]) -> dict[str, Any]:
        said = self.tokens.read(sent["refresh_token"], "refresh")
        if said["client_id"] != sent["client_id"]:
            raise ValueError("another client's")
        return self._for(said["client_id"], said["sub"], said["sid"], None)

    def _for(self, client_id: str, subject: str, session: str, nonce: str | None) -> dict[str, Any]:
        about = self.people[subject].claims()
        return {
            "id_token": self.tokens.id_token(client_id, subject, session, nonce, **about),
            "access_token": self.tokens.access_token(client_id, subject, **about),
            "refresh_token": self.tokens.refresh_token(client_id, subject, session),
        }

    def _by_assertion(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """A program proves itself by private_key_jwt (RFC 7523)."""
        said = checked(sent["client_assertion"], KeySet([self.programs]), "", f"{self.tokens.issuer}/token")
        client_id = str(said["sub"])
        if said["iss"] != client_id or not client_id.startswith(PROGRAM):
            raise ValueError("not a program")
        organization = client_id.removeprefix(PROGRAM)
        scope = sent.get("scope") or PROGRAM_SCOPES
        if not set(scope.split()) <= set(PROGRAM_SCOPES.split()):
            raise ValueError("more than it may")
        given = self.tokens.access_token(
            client_id, client_id, organization=organization, scope=scope, name=organization
        )
        return {"access_token": given, "scope": scope}

    async def end_session(self, request: Request) -> Response:
        """Sign somebody out here and, by telling each client, everywhere."""
        session = self._session_of(request)
        subject, clients = self._sessions.pop(session, ("", set()))
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            told = [
                self._tell(http, client_id, subject, session) for client_id in clients if self.clients.get(client_id)
            ]
            await asyncio.gather(*told)
        back = request.query_params.get("post_logout_redirect_uri", "")
        answer: Response = HTMLResponse("<p>You are signed out.</p>")
        if self._is_of(request.query_params.get("client_id", ""), back):
            answer = RedirectResponse(back, 302)
        answer.delete_cookie(COOKIE)
        return answer

    def _session_of(self, request: Request) -> str:
        hint = request.query_params.get("id_token_hint", "")
        try:
            return str(
                checked(hint, KeySet([self.tokens.key]), "JWT", request.query_params.get("client_id", ""))["sid"]
            )
        except REFUSED:
            return request.cookies.get(COOKIE, "")

    async def _tell(self, http: httpx.AsyncClient, client_id: str, subject: str, session: str) -> None:
        token = self.tokens.logout_token(client_id, subject, session)
        try:
            home, *_ = self.clients[client_id].split()
            await http.post(f"{home}{LOGOUT_PATH}", data={"logout_token": token})
        except httpx.HTTPError as why:
            print(f"{client_id} was not told that somebody left: {type(why).__name__}.", flush=True)


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>Who are you? · Carebus, local run</title>
<style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
li{{margin:.15rem 0}}</style></head>
<body><main><h1>Who are you?</h1><p>This is a local run: choose somebody, and you are signed in as them.</p>
<ul>{rows}</ul></main></body></html>
"""

"""A service behind a real server for a browser or curl: each request brings the token of whoever stands there."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from carebus.service import Service
from carebus.testing import people
from tests.referral.acting import who_comes


class Bearing:
    """ASGI: the service's application, for requests that bring neither a token nor a session."""

    def __init__(self, service: Service) -> None:
        service.provider.trust(people.ISSUER, people.keys())
        self._app: ASGIApp = service.app
        self._token_for = who_comes if service.core.name == "referral" else people.as_everybody
        self._cookie = service.app.state.parts.who.cookie.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not self._shows_somebody(scope):
            token = self._token_for(httpx.Request(scope["method"], f"http://service{scope['path']}"))
            if token:
                scope["headers"] = [*scope["headers"], (b"authorization", f"Bearer {token}".encode())]
        await self._app(scope, receive, send)

    def _shows_somebody(self, scope: Scope) -> bool:
        return any(
            name == b"authorization" or (name == b"cookie" and self._cookie + b"=" in value)
            for name, value in scope["headers"]
        )

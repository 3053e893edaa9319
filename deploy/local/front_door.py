"""The front door of a local run: all services under one address, each below its prefix, as behind an ingress."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from http import HTTPStatus

import httpx
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carebus.errors import CarebusError
from carebus.web import Pages
from carebus.web.problems import answer_of

OUTSIDERS = ("/status", "/my", "/refer", "/fhir", "/api")
"""What outsiders hold: at the root for ever, and the referral service's."""
OWN = ("/api/inbox",)
"""What the start page has below one of these."""
HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade", "expect"),
    )
)
"""Said from one neighbour to the next (RFC 9110, 7.6.1), and what is answered here already."""
SAID_BY_PROXIES = ("forwarded", "x-forwarded-", "x-real-ip")
PATIENCE = {"connect": 5.0, "read": 120.0, "write": 120.0, "pool": 30.0}
IDLE_S = 3.0
"""Shorter than uvicorn keeps a connection that nothing comes by: none is used that is just being closed."""
CONNECTIONS = 500


class ServiceAway(CarebusError):
    """This part of Carebus does not answer just now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def prefix_of(service: str) -> str:
    """What the addresses of a service's pages begin with."""
    return f"/{service.replace('_', '-')}"


class FrontDoor:
    """ASGI middleware before the start page: `services` (name to address) are below their prefixes."""

    def __init__(self, app: ASGIApp, *, services: Mapping[str, str], pages: Pages) -> None:
        self._app = app
        self._pages = pages
        self._doors = {prefix_of(name): where for name, where in services.items()}
        if "referral" in services:
            self._doors |= dict.fromkeys(OUTSIDERS, services["referral"])
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_S)
        # No client: that would keep the cookies of everybody who comes by, and follow redirects.
        self._onward = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the service that it is for, or let the start page answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, partial(self._end, send))
        elif scope["type"] == "http" and (where := self._behind(scope["path"])):
            await self._pass_on(scope, where, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _end(self, send: Send, message: Message) -> None:
        """Close the connections before it is said that all has ended: nothing runs after that."""
        if message["type"].startswith("lifespan.shutdown"):
            await self._onward.aclose()
        await send(message)

    async def _pass_on(self, scope: Scope, where: str, receive: Receive, send: Send) -> None:
        try:
            answer = await self._onward.handle_async_request(_passed_on(scope, where, receive))
        except httpx.TransportError:
            away = answer_of(Request(scope), ServiceAway(), self._pages, {})
            await away(scope, receive, send)
            return
        await _answered(answer, send)

    def _behind(self, path: str) -> str | None:
        if _below(path, OWN):
            return None
        return next((where for prefix, where in self._doors.items() if _below(path, (prefix,))), None)


def _below(path: str, prefixes: tuple[str, ...]) -> bool:
    return f"{path}/".startswith(tuple(f"{prefix}/" for prefix in prefixes))


def _passed_on(scope: Scope, where: str, receive: Receive) -> httpx.Request:
    """The request as it goes on: its own Host, its own path, and who asks in place of what it said of that."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    told = {
        b"x-forwarded-for": client[0].encode() if client else b"",
        b"x-forwarded-proto": scope["scheme"].encode(),
        b"x-forwarded-host": headers.get("host", "").encode("latin-1"),
    }
    kept = [pair for pair in _kept(scope["headers"]) if not pair[0].decode("latin-1").startswith(SAID_BY_PROXIES)]
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    sent = [*kept, *((name, value) for name, value in told.items() if value)]
    url = httpx.URL(where).copy_with(raw_path=path + (b"?" + query if query else b""))
    has_body = "content-length" in headers or "transfer-encoding" in headers
    return httpx.Request(
        scope["method"],
        url,
        headers=[(name, value.strip(b" \t")) for name, value in sent],  # spaces there mean nothing
        content=_body(receive) if has_body else None,
        extensions={"timeout": PATIENCE},
    )


def _kept(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that are meant for the other end."""
    named = b",".join(value for name, value in headers if name.lower() == b"connection").decode("latin-1").lower()
    hop = HOP | {name.strip() for name in named.split(",")}
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() not in hop]


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.WriteError("the browser has left")
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _answered(answer: httpx.Response, send: Send) -> None:
    """Send the answer on as it comes, without looking into it."""
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    headers = [(name.lower(), value) for name, value in _kept(answer.headers.raw)]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    try:
        async for piece in answer.stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        await answer.aclose()
    await send({"type": "http.response.body", "body": b"", "more_body": False})

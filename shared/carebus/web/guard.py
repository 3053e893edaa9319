"""Stands before all else: takes what was meant for this service only, and changes only from pages of its own.

The rule about changes is that of Go's CrossOriginProtection: it needs no token in forms, since every browser of today
says with each request from which site it comes. Programs say nothing of the kind, and bring no cookies either.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from carebus.errors import CarebusError
from carebus.settings import Settings
from carebus.web.pages import Pages
from carebus.web.problems import answer_of

HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What this machine calls itself: no page of another machine is ever served under these."""
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OURS = frozenset({"same-origin", "none"})
"""Sec-Fetch-Site of a page of ours, and of somebody who typed the address."""
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@/?#\s]+)(?::[0-9]{1,5})?", re.ASCII)


class OneHost(CarebusError):
    """Send exactly one Host header."""

    status = HTTPStatus.BAD_REQUEST


class NotThisHost(CarebusError):
    """This service is not known by the name that you asked for."""

    status = HTTPStatus.MISDIRECTED_REQUEST


class OtherOrigin(CarebusError):
    """A page of another site sent this; only pages of this service may. Open the page here and send it again."""

    status = HTTPStatus.FORBIDDEN


def hosts_of(service: str, settings: Settings) -> set[str]:
    """The names that a service answers to: its own, those that are set, that of its public address, this machine's."""
    named = {host.strip().lower() for host in settings.hosts.split(",") if host.strip()}
    public = urlsplit(settings.public_url or "").netloc.lower()
    return {*HERE, service, *named, *({_without_port(public)} if public else ())}


class Guard:
    """ASGI middleware. `hosts` may be added to."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], public_url: str | None, pages: Pages) -> None:
        self._app = app
        self._hosts = hosts
        self._origin = _origin_of((public_url or "").lower())
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if it is meant for us and comes from us."""
        if scope["type"] == "http":
            try:
                self._check(scope)
            except CarebusError as why:
                nameless = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"host"]}
                answer = answer_of(Request(nameless), why, self._pages, {})
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raise what stands against a request."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not hosts[0]:
            raise OneHost
        host = hosts[0].lower()
        if _without_port(host) not in self._hosts:
            raise NotThisHost
        if scope["method"] not in HARMLESS and not self._comes_from_us(headers, host, scope["scheme"]):
            raise OtherOrigin

    def _comes_from_us(self, headers: Headers, host: str, scheme: str) -> bool:
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        if sites:
            return len(sites) == 1 and sites[0] in OURS
        if origins:
            return len(origins) == 1 and self._is_ours(origins[0].lower(), host, scheme)
        return True

    def _is_ours(self, origin: str, host: str, scheme: str) -> bool:
        """Over TLS nothing from a page without it is taken: anybody on the way might have written that."""
        secure = origin == f"https://{host}"
        return secure or (scheme == "http" and origin == f"http://{host}") or (bool(origin) and origin == self._origin)


def _origin_of(address: str) -> str:
    found = urlsplit(address)
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""


def _without_port(host: str) -> str:
    """The name in a Host header, or nothing where it is no name."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""

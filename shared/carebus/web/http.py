"""The HTTP edge of every service: who asks under which key, what a handler gets, and one log line per request."""

import re
import time
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Header, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carebus.clock import Clock
from carebus.contracts.envelope import known_traceparent
from carebus.deciding.commands import Asked, Commands
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.notices import Notices
from carebus.observing.logs import log_as_part_of
from carebus.observing.metrics import Metrics
from carebus.settings import Settings
from carebus.storage.database import Database
from carebus.web import Pages

log = structlog.get_logger()

_ACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
LONGEST_KEY = 200
"""Of an idempotency key, in characters."""

_QUIET = ("/health", "/metrics", "/static", "/api/status")


class IdempotencyKeyMissing(CarebusError):
    """Send an Idempotency-Key header (1 to 200 characters) with every command, so that it can be repeated safely."""

    status = 400
    field = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a request handler works with."""

    commands: Commands
    database: Database
    clock: Clock
    pages: Pages
    settings: Settings
    notices: Notices


async def _parts(request: Request) -> Parts:
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def asked_by(request: Request, key: str | None) -> Asked:
    """The outside of a command that came by this request."""
    return Asked(
        key=key,
        actor=_actor(request.headers.get("carebus-actor", "")),
        correlation_id=request.scope["carebus.correlation_id"],
        traceparent=known_traceparent(request.headers.get("traceparent")),
        address=request.url.path,
    )


def _actor(given: str) -> str:
    """Who acts, as a role or an id: it ends in the envelope, where no free text belongs."""
    return given if _ACTOR.fullmatch(given) else "unnamed"


async def _asked(request: Request, idempotency_key: Annotated[str | None, Header()] = None) -> Asked:
    if not idempotency_key or len(idempotency_key) > LONGEST_KEY:
        raise IdempotencyKeyMissing
    return asked_by(request, idempotency_key)


# A dependency that is a plain function would be run by FastAPI in a thread: two switches of thread for each request.
PartsOf = Annotated[Parts, Depends(_parts)]
"""A handler's parameter: the service's parts."""

AskedOf = Annotated[Asked, Depends(_asked)]
"""A command's parameter: who asks, under which (required) Idempotency-Key."""


class RequestLog:
    """Gives every request a correlation id, measures it and logs it by its route, never by its address or content."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = scope["carebus.correlation_id"] = _correlation_id(scope)
        started, status = time.perf_counter(), 500
        structlog.contextvars.clear_contextvars()
        log_as_part_of(known_traceparent(_header(scope, b"traceparent")))

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", str(correlation_id).encode())]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            if not scope["path"].startswith(_QUIET):
                self._tell(scope, status, time.perf_counter() - started, correlation_id)

    def _tell(self, scope: Scope, status: int, seconds: float, correlation_id: UUID) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.add(self._metrics.requests, route, f"{status // 100}xx")
        self._metrics.observe(self._metrics.request_seconds, seconds, route)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            correlation_id=str(correlation_id),
        )


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _correlation_id(scope: Scope) -> UUID:
    try:
        return UUID(_header(scope, b"x-correlation-id"))
    except (TypeError, ValueError, AttributeError):
        return new_id()

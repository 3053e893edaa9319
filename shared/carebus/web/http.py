"""The HTTP edge of every service: who asks under which key, what a handler gets, and one log line per request."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Header, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carebus.access import OUTSIDE, OUTSIDER, Caller, Relation
from carebus.clock import Clock
from carebus.contracts.audit import AuditKind
from carebus.contracts.envelope import known_traceparent
from carebus.deciding.auditing import Asking, Audit
from carebus.deciding.commands import Asked, Commands
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.notices import Notices
from carebus.observing.logs import log_as_part_of
from carebus.observing.metrics import Metrics
from carebus.settings import Settings
from carebus.storage import emergency
from carebus.storage.database import Database
from carebus.storage.emergency import Emergency
from carebus.storage.relations import Own
from carebus.web import Pages
from carebus.web.sign_in.who import Who

log = structlog.get_logger()

LONGEST_KEY = 200
"""Of an idempotency key, in characters."""

STANDS_AS = "carebus.stands_as"
"""Where a request's scope has how the caller stands to the subject, where that mattered."""

_QUIET = "/static"


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
    who: Who
    audit: Audit
    metrics: Metrics


async def _parts(request: Request) -> Parts:
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def asked_by(request: Request, key: str | None) -> Asked:
    """The outside of a command that came by this request."""
    return Asked(
        key=key,
        caller=caller_of(request),
        correlation_id=request.scope["carebus.correlation_id"],
        traceparent=known_traceparent(request.headers.get("traceparent")),
        address=request.url.path,
        from_address=_from_address(request.scope),
        emergency_reason=request.scope.get("carebus.emergency_reason", ""),
    )


def asking_by(scope: Scope) -> Asking:
    """Who asks, as the audit keeps it. `scope["carebus.emergency_reason"]` is why, for whoever had to say so."""
    return Asking(
        scope.get("carebus.caller", OUTSIDER),
        scope.get("carebus.correlation_id"),
        _from_address(scope),
        scope.get("carebus.emergency_reason", ""),
    )


def route_of(scope: Scope) -> str:
    """The route as the service's table declares it: "GET /patients/{patient_id}"."""
    return f"{scope['method']} {scope['carebus.route']}"


def _from_address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def saw(request: Request, patients: Iterable[UUID], kind: AuditKind = AuditKind.READ) -> None:
    """What is answered shows these patients: a row says so before the first byte of it goes out.

    For lists, and where the route's rule does not name the parameter that is the patient (`.sees`). `kind` is EXPORT
    for what is taken away as a file, DISCLOSURE for what is shown to another organization.
    """
    request.scope.setdefault("carebus.saw", {}).setdefault(kind, []).extend(patients)


def caller_of(request: Request) -> Caller:
    """Who asks, as far as they have shown it."""
    found = request.scope.get("carebus.caller", OUTSIDER)
    assert isinstance(found, Caller)
    return found


def own_only(request: Request) -> Own | None:
    """Whose own patients a list is to show, or None for a caller who may see all."""
    caller, rule = caller_of(request), request.scope["carebus.rule"]
    relations = rule.standing(caller).relations
    of_team = relations - OUTSIDE  # whoever is of a team finds their patients there, and not their own family
    return Own(list(caller.holders), sorted(one.value for one in of_team or relations)) if relations else None


def cares_for(request: Request) -> bool:
    """Whether the caller may see what was found and noted, and not only what a health plan or the family may.

    For a page about one person it goes by how the caller stands to them; for a list, by the caller's role.
    """
    found = request.scope["carebus.rule"].standing(caller_of(request))
    stands_as = request.scope.get(STANDS_AS, found.relations)
    return found.open or "carebus.emergency" in request.scope or not stands_as <= OUTSIDE


def in_emergency(scope: Scope, taken: Emergency) -> None:
    """What is done now is done in an emergency: the page says so, and the record says why."""
    scope["carebus.emergency"], scope["carebus.emergency_reason"] = taken, taken.reason


async def require_standing(request: Request, parts: "Parts", subject: UUID) -> None:
    """Check that the caller may see this subject, where the route's address did not name it.

    Raises what the route's rule says of a subject that there is not.
    """
    caller, rule = caller_of(request), request.scope["carebus.rule"]
    wanted = rule.standing(caller).relations
    if not wanted:
        return
    if not await stands(request.scope, parts.database, wanted, subject):
        why: CarebusError = rule.unknown()
        await parts.audit.denied(asking_by(request.scope), route_of(request.scope), why, [subject])
        raise why


async def stands(scope: Scope, database: Database, wanted: Collection[Relation], subject: UUID) -> bool:
    """Whether the caller stands in one of these ways to the subject, or has taken emergency access to it.

    The request's scope says from then on in which.
    """
    async with database.connection() as db:
        admitted = await emergency.admits(db, scope["carebus.caller"], wanted, subject)
    if isinstance(admitted, Emergency):
        in_emergency(scope, admitted)
    elif admitted:
        scope[STANDS_AS] = admitted
    return bool(admitted)


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
                status = int(message["status"])
                message["headers"] = [*message["headers"], (b"x-correlation-id", str(correlation_id).encode())]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            if not scope["path"].startswith(_QUIET):
                self._tell(scope, status, time.perf_counter() - started, correlation_id)

    def _tell(self, scope: Scope, status: int, seconds: float, correlation_id: UUID) -> None:
        route = getattr(scope.get("route"), "path", None) or scope.get("carebus.route", "none")
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

"""Stands before every route: finds out who asks, and lets in whom the route's rule admits."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import asyncpg
import structlog
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from carebus.access import OUTSIDER, Access, Relation, Rule, SignInNeeded
from carebus.errors import CarebusError
from carebus.storage.database import DatabaseAway
from carebus.web.http import Parts, asking_by, route_of, stands
from carebus.web.kept_forms import came_with
from carebus.web.links import at
from carebus.web.problems import answer_of, wants_html
from carebus.web.seeing import Seeing
from carebus.web.sign_in.who import REFRESH_HEADER
from carebus.web.signing_in import SIGN_IN, here
from carebus.web.throttle import DOORS, SIGNING_IN, Throttle

log = structlog.get_logger()

DENIALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
"""Answers that somebody was refused something by, and not only told to come again."""

Refusing = Callable[[CarebusError], Response]
"""How doors of another language than ours say that somebody is refused."""
NO_OTHERS: Mapping[str, Refusing] = {}


class NoSuchThrottle(CarebusError):
    """A rule in access.py names the limit `{name}`, which carebus.web.throttle does not have."""

    status = 500


class Door(NamedTuple):
    """A route with its rule."""

    methods: frozenset[str]
    name: str
    path: re.Pattern[str]
    rule: Rule


def routes_in(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The method and path of every route of an application or router, in the order in which they are tried."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield method, route.path
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from routes_in(inner.routes)


class Admission:
    """ASGI middleware: `scope["carebus.caller"]` is who asks."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Iterable[Any],
        access: Access,
        parts: Parts,
        told_by: Mapping[str, Refusing] = NO_OTHERS,
    ) -> None:
        self._app = app
        self._audit = parts.audit
        self._who = parts.who
        self._database = parts.database
        self._pages = parts.pages
        self._told_by = told_by
        self._throttles = {rule: throttle_of(rule) for rule in access.reads.values() if rule.public}
        self._doors = [
            Door(frozenset({method}), path, compile_path(path)[0], access.reads[f"{method} {path}"])
            for method, path in routes_in(routes)
            if f"{method} {path}" in access.reads
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if it is admitted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["carebus.caller"] = OUTSIDER
        try:
            await self._admit(scope)
        except (CarebusError, asyncpg.PostgresError) as exc:
            why = exc if isinstance(exc, CarebusError) else DatabaseAway()
            answer = await self._refused(Request(scope, receive), await self._kept(scope, why))
            await answer(scope, receive, send)
            return
        sees = Seeing(self._audit, scope, send)
        await self._app(scope, receive, sees.send)
        if sees.unwritten is not None:
            answer = await self._refused(Request(scope, receive), sees.unwritten)
            await answer(scope, receive, send)

    async def _kept(self, scope: Scope, why: CarebusError) -> CarebusError:
        """The same reason, once a row says that it was given; another one if that could not be written."""
        bare = isinstance(why, SignInNeeded) and not scope["carebus.caller"].signed_in
        if why.status not in DENIALS or bare or "carebus.route" not in scope:
            return why
        try:
            await self._audit.denied(asking_by(scope), route_of(scope), why, scope.get("carebus.subject", ()))
        except (DatabaseAway, asyncpg.PostgresError):
            return DatabaseAway()
        return why

    async def _admit(self, scope: Scope) -> None:
        door = self._door(scope)
        if door is None:  # no route of ours, or one of the kit's own that is open to anyone
            if scope["path"] == SIGN_IN:
                DOORS[SIGNING_IN].count(scope)
            await self._greet(scope)
            return
        rule, path, named = door
        scope["carebus.rule"], scope["carebus.route"] = rule, path
        if rule.public:
            self._throttles[rule].count(scope)
        if rule.subject and (subject := _id_in(named.get(rule.subject, ""))):
            scope["carebus.subject"] = (subject,)
        headers = Headers(scope=scope)
        try:
            caller = scope["carebus.caller"] = await self._who.asks(headers)
        except DatabaseAway:
            if not rule.public:
                raise
            return
        wanted = rule.require(caller)
        if wanted and rule.subject:
            await self._require_standing(scope, wanted, rule, scope.get("carebus.subject", ()))

    async def _greet(self, scope: Scope) -> None:
        """Find out for the head of a page who asks, even if there is no such page: nobody is refused or noted here."""
        headers = Headers(scope=scope)
        if wants_html(headers.get("accept", "")):
            with suppress(CarebusError, asyncpg.PostgresError):
                scope["carebus.caller"] = await self._who.asks(headers)

    def _door(self, scope: Scope) -> tuple[Rule, str, Mapping[str, str]] | None:
        path, method = scope["path"], scope["method"]
        asked = "GET" if method == "HEAD" else method
        for door in self._doors:
            if (method in door.methods or asked in door.methods) and (found := door.path.match(path)):
                return door.rule, door.name, found.groupdict()
        return None

    async def _require_standing(
        self, scope: Scope, wanted: frozenset[Relation], rule: Rule, named: Sequence[UUID]
    ) -> None:
        """Whom one may not see looks as if there were nobody. Raises what the rule calls unknown, and DatabaseAway."""
        if not named or not await stands(scope, self._database, wanted, named[0]):
            raise rule.unknown

    async def _refused(self, request: Request, why: CarebusError) -> Response:
        for below, told in self._told_by.items():
            if request.url.path.startswith(below):
                return told(why)
        if not isinstance(why, SignInNeeded) or not wants_html(request.headers.get("accept", "")):
            return answer_of(request, why, self._pages, _headers(why))
        if request.method in {"GET", "HEAD"} and REFRESH_HEADER not in request.headers:
            return RedirectResponse(at(request, _way_in(request)), HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
        return await self._sign_in_first(request)

    async def _sign_in_first(self, request: Request) -> Response:
        """What was typed, and two ways to sign in and send it after all."""
        came, to = await came_with(request), _wanted(request)
        told: dict[str, Any] = {"came": came, "to": to, "at_once": self._pages.finds(request), "sign_in": SIGN_IN}
        told["carried"] = not came.lost and came.fits(to) and here(to) == to
        return self._pages.render(request, "sign_in_first.html", HTTPStatus.UNAUTHORIZED, menu=(), **told)


def throttle_of(rule: Rule) -> Throttle:
    """The limit of a public door. Raises NoSuchThrottle."""
    if rule.throttle not in DOORS:
        raise NoSuchThrottle(name=rule.throttle)
    return DOORS[rule.throttle]


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _wanted(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _way_in(request: Request) -> str:
    return f"{SIGN_IN}?to={quote(_wanted(request), safe='')}"


def _headers(why: CarebusError) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if why.status == HTTPStatus.UNAUTHORIZED else {}

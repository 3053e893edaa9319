"""Answers what went wrong: RFC 9457 problem+json for programs, a kind page for people, never what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carebus.errors import CarebusError
from carebus.storage.database import DatabaseAway, is_data_error
from carebus.web.forms import errors_of
from carebus.web.pages import Pages
from carebus.web.security import secure

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
Handler = Callable[[Request, Exception], Awaitable[Response]]

OURS = HTTPStatus.INTERNAL_SERVER_ERROR
"""From here on it is our fault."""

FOR_PEOPLE: dict[int, tuple[str, str]] = {
    400: ("We could not read that", "Something in the request was not as expected. Go back and try once more."),
    401: ("Please sign in", "This page is open to people who have signed in."),
    403: ("This is not open to you", "Your account has no access to this page. Ask the office if it should."),
    404: ("We could not find that page", "The address may be mistyped, or what it showed is no longer here."),
    405: ("That is not possible here", "Go back and use the buttons on the page."),
    409: ("That can't be done now", "Things have changed since the page was shown. Go back, reload it and look again."),
    421: ("This address is not ours", "Use the address that you were given, without changes."),
    422: ("Some answers need another look", "Go back: what you typed is still there."),
    429: ("That was a little fast", "Wait a moment, then try again."),
    500: (
        "Something went wrong on our side",
        "It is not your doing. What you sent may not have been saved: try again in a moment.",
    ),
    503: ("We are not ready just now", "Try again in a minute."),
}

RETRY_LATER = {"Retry-After": "5"}
"""Seconds after which a client may come again when the database is away."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as both kinds of reader need it."""

    status: int
    code: str | None
    detail: str
    errors: Mapping[str, str]
    headers: Mapping[str, str]
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, with the code, the broken rule of each field and what the error tells beside."""
        kind = f"urn:carebus:problem:{self.code}" if self.code else "about:blank"
        told: dict[str, Any] = {"type": kind, "title": _phrase(self.status), "status": self.status}
        if self.detail:
            told["detail"] = self.detail
        if self.code:
            told["code"] = self.code
        if self.errors:
            told["errors"] = [{"field": name or None, "rule": rule} for name, rule in self.errors.items()]
        return {**self.more, **told}


def install_problems(app: FastAPI, *, pages: Pages | None = None, help_line: str | None = None) -> None:
    """Answer every error of the app as a problem; `help_line` is the phone number people may call instead.

    Clients that prefer text/html get `error.html` from `pages`, by default the kit's plain one.
    """
    shown = pages or Pages(service="Carebus", help_line=help_line)
    phone = help_line or shown.help_line
    for kind, reading in (
        (RequestValidationError, _of_validation),
        (HTTPException, _of_http),
        (CarebusError, _of_carebus),
        (asyncpg.PostgresError, _of_database),
        (Exception, _of_surprise),
    ):
        app.add_exception_handler(kind, _handler(reading, shown, phone))


def answer_of(request: Request, exc: CarebusError, pages: Pages, headers: Mapping[str, str]) -> Response:
    """The answer to an error that was met before the application, with these headers beside the usual ones."""
    problem = _of_carebus(exc)
    response = _response(request, replace(problem, headers={**problem.headers, **headers}), pages, pages.help_line)
    secure(response.headers)
    return response


def _handler(reading: Callable[[Any], Problem], pages: Pages, phone: str | None) -> Handler:
    async def answer(request: Request, exc: Exception) -> Response:
        response = _response(request, reading(exc), pages, phone)
        secure(response.headers)  # an unexpected error is answered outside the middleware
        return response

    return answer


def _response(request: Request, problem: Problem, pages: Pages, phone: str | None) -> Response:
    headers = dict(problem.headers)
    if problem.status < HTTPStatus.OK or problem.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return Response(status_code=problem.status, headers=headers)
    if not wants_html(request.headers.get("accept", "")):
        return JSONResponse(problem.body(), problem.status, headers, MEDIA_TYPE)
    fallback = FOR_PEOPLE[OURS if problem.status >= OURS else HTTPStatus.BAD_REQUEST]
    heading, advice = FOR_PEOPLE.get(problem.status, fallback)
    return pages.render(
        request, "error.html", problem.status, headers, problem=problem, heading=heading, advice=advice, help_line=phone
    )


def wants_html(accept: str) -> bool:
    """Whether this Accept header names text/html and prefers it to JSON, or likes both the same."""
    liked: dict[str, float] = {}
    for part in accept.split(","):
        kind, _, rest = part.partition(";")
        quality = rest.strip().removeprefix("q=") if rest.strip().startswith("q=") else "1"
        number = quality.isascii() and quality.replace(".", "", 1).isdigit()
        liked[kind.strip().lower()] = float(quality) if number else 0.0
    html = liked.get("text/html", 0.0)
    return html > 0 and html >= max(liked.get("application/json", 0.0), liked.get(MEDIA_TYPE, 0.0))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _of_validation(exc: RequestValidationError) -> Problem:
    return Problem(422, "invalid_request", "Some fields break a rule.", errors_of(exc), {})


def _of_http(exc: HTTPException) -> Problem:
    said: object = exc.detail  # declared as text, yet FastAPI lets anything through
    detail = said if isinstance(said, str) and said != _phrase(exc.status_code) else ""
    return Problem(exc.status_code, None, detail, {}, exc.headers or {})


def _of_carebus(exc: CarebusError) -> Problem:
    later = RETRY_LATER if exc.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Problem(exc.status, exc.code, str(exc), {exc.field: str(exc)} if exc.field else {}, later, exc.more)


def _of_database(exc: asyncpg.PostgresError) -> Problem:
    """What the database refuses for a reason of its own, such as a missing right, passes: come again."""
    log.error("database_refused", exc_info=exc)
    return _of_surprise(exc) if is_data_error(exc) else _of_carebus(DatabaseAway())


def _of_surprise(_: Exception) -> Problem:
    return Problem(500, None, "", {}, {})

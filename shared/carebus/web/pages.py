"""Renders a service's pages from its own templates and the kit's, and serves the kit's style sheet and script."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from carebus.access import OUTSIDER, Caller
from carebus.web.compression import Compressed
from carebus.web.links import FIND, PERSON, PREFIX, Link, is_search, links_for, links_from, under
from carebus.web.prefix import Prefixed
from carebus.web.security import SecureHeaders

HERE = Path(__file__).parent
STATIC = HERE / "static"
STATIC_PATH = "/static/carebus"
_REFRESHES = "data-refresh="
"""Such a page is asked for again by its script every few seconds (static/live.js)."""
WORKER = "worker.js"
"""It may look after all pages of the service that it comes from, and not only after those beside it."""
_KEYS = re.compile(r'name="idempotency_key" value="[^"]*"')
FOR_A_YEAR = "public, max-age=31536000, immutable"


class Pages:
    """The pages of one service: its own `templates` first, then the kit's."""

    def __init__(
        self,
        templates: Path | None = None,
        *,
        service: str,
        links: Sequence[Link] = (),
        menu: Iterable[Link] = (),
        help_line: str | None = None,
        zone: str = "UTC",
        prefix: str = "",
    ) -> None:
        """`links`, which may change, lead to other services, `menu` to this one's pages; moments are told in `zone`.

        `prefix` goes before every path of this service: templates write each address as `at("/path")`.
        """
        self._prefix, self._at, self._links = prefix, partial(under, prefix), links
        folders = [*([templates] if templates else []), HERE / "templates"]
        self.environment = Environment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters.update(day=day, born=born, moment=lambda at, zone=zone: moment(at, zone))
        self.environment.globals.update(
            service=service,
            links=links,
            menu=tuple(menu),
            search="",
            help_line=help_line,
            who=OUTSIDER,
        )
        self.environment.globals.update(emergency=None, at=self._at, links_for=links_for, FIND=FIND, PERSON=PERSON)
        self.environment.tests["open_to"] = lambda _, __: True
        self.help_line = help_line

    def opened_by(self, may_open: Callable[[str, Caller], bool]) -> None:
        """Leave out of the menu what a caller may not open."""
        self.environment.tests["open_to"] = may_open

    def searches_at(self, path: str) -> None:
        """Let the head's search lead to this page of the service; without one it leads where the links say."""
        self.environment.globals["search"] = path

    def finds(self, request: Request, path: str | None = None) -> bool:
        """Whether a path of this service, by default the one asked for, is where the head's search leads."""
        here = f"{request.url.scheme}://{request.url.netloc}"
        return is_search(self._links, here, self._at(path or request.url.path))

    def render(
        self,
        request: Request,
        name: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> HTMLResponse:
        """The named template with the context as an answer that no cache keeps."""
        here = {"path": request.url.path, "origin": f"{request.url.scheme}://{request.url.netloc}"}
        ours = {
            "request": request,
            "here": here,
            "who": request.scope.get("carebus.caller", OUTSIDER),
            "emergency": request.scope.get("carebus.emergency"),
            "static": lambda file: self._at(static(file)),
        }
        text = self.environment.get_template(name).render({**ours, **context})
        more = {"Cache-Control": "no-store", **(headers or {})}
        if request.method == "GET" and status == HTTPStatus.OK and _REFRESHES in text:
            more["ETag"] = _tag_of(text)
            if request.headers.get("if-none-match") == more["ETag"]:
                return HTMLResponse(None, HTTPStatus.NOT_MODIFIED, headers=more)
        return HTMLResponse(text, status, headers=more)

    def install(self, app: FastAPI) -> None:
        """Mount the kit's static files, add the security headers to all answers, compress them; mind the prefix."""
        app.mount(STATIC_PATH, _Kept(directory=STATIC), name="carebus-static")
        app.add_middleware(SecureHeaders)
        app.add_middleware(Compressed)
        app.add_middleware(Prefixed, prefix=self._prefix)


def pages(
    templates: Path | None,
    *,
    service: str,
    links: Sequence[Link] | None = None,
    menu: Iterable[Link] = (),
    help_line: str | None = None,
    zone: str = "UTC",
) -> Pages:
    """A service's pages; without `links` those of the environment variable CAREBUS_LINKS."""
    to_others = links_from(os.environ.get("CAREBUS_LINKS", "")) if links is None else links
    return Pages(templates, service=service, links=to_others, menu=menu, help_line=help_line, zone=zone)


@cache
def _hash_of(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static(name: str) -> str:
    """The address of a file of the kit; it changes when the file does, so that browsers may keep it."""
    return f"{STATIC_PATH}/{name}?v={_hash_of(name)}"


class _Kept(StaticFiles):
    """Lets browsers keep a file for a year, but only under the address made from its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            asked = scope.get("query_string", b"").decode("latin-1")
            response.headers["Cache-Control"] = FOR_A_YEAR if asked == f"v={_hash_of(path)}" else "no-cache"
            if path == WORKER:
                response.headers["Service-Worker-Allowed"] = under(str(scope.get(PREFIX, "")), "/")
        return response


def _tag_of(page: str) -> str:
    """The same for pages that say the same: the keys of their forms are new in each, and as good as those before."""
    return f'W/"{hashlib.sha256(_KEYS.sub("", page).encode()).hexdigest()[:24]}"'


def day(at: date) -> Markup:
    """A day in words, in a `time` element: Tue 3 Mar 2026."""
    only = at.date() if isinstance(at, datetime) else at
    return Markup('<time datetime="{}">{}</time>').format(only.isoformat(), only.strftime("%a %-d %b %Y"))


def born(on: date) -> Markup:
    """A date of birth: a day as above, whose weekday nobody asks for: 6 May 1941."""
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), on.strftime("%-d %b %Y"))


def moment(at: datetime, zone: str) -> Markup:
    """A moment as clocks in the zone show it, in a `time` element: Tue 3 Mar 2026, 14:05 CST."""
    local = at.astimezone(ZoneInfo(zone))
    words = local.strftime("%a %-d %b %Y, %H:%M %Z")
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), words)

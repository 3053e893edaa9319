"""Whatever is sent to whatever route of whatever service: it is never our fault, and the answer has all its headers."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.routing import APIRoute

from carebus.ids import new_id
from carebus.testing import Bench, people
from carebus.web import LimitedRoute
from carebus.web.limits import StreamedRoute
from carebus.web.security import HEADERS
from tests.benches import service_bench
from tests.hurrying import hurry
from tests.referral.acting import SCOPES

SERVICES = ("referral", "care_plan", "notifications", "outcomes", "audit", "line", "wishes", "equipment")
NEEDED: dict[str, Any] = {
    "referral": {"status_link_secret": "s" * 40, "referrer_secret": "s" * 40},
    "notifications": {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "care@carebus.example"},
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
HUGE = "9" * 40
TOO_LONG = "9" * 6000
NAMES = (
    "page",
    "q",
    "name",
    "status",
    "to",
    "token",
    "code",
    "state",
    "limit",
    "since",
    "_count",
    "identifier",
    "patient",
)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class Route(NamedTuple):
    """One route, and the names of what it takes."""

    method: str
    path: str
    queries: tuple[str, ...]
    fields: tuple[str, ...]
    takes_json: bool

    def at(self, value: str) -> str:
        """Its address, with this in each place."""
        return re.sub(r"\{[^}]*\}", value, self.path)


class Sent(NamedTuple):
    """What is sent."""

    address: str
    headers: list[tuple[str, str]] = []
    content: bytes = b""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch.setattr)


def api_routes(routes: Any) -> Iterator[tuple[str, APIRoute]]:
    """Every route with each of its methods."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from ((method, route) for method in sorted(route.methods or ()))
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from api_routes(inner.routes)


def routes_of(routes: Any) -> Iterator[Route]:
    for method, route in api_routes(routes):
        queries = tuple(field.alias for field in route.dependant.query_params)
        kind = getattr(route.body_field, "field_info", None)
        fields = tuple(getattr(getattr(kind, "annotation", None), "model_fields", {}))
        takes_json = kind is not None and type(kind).__name__ == "Body"
        yield Route(method, route.path, queries, fields, takes_json)


def hostile_headers(route: Route) -> Iterator[Sent]:
    at = route.at(str(new_id()))
    yield Sent(at, [("Host", "evil.example")])
    yield Sent(at, [("Host", "service"), ("Host", "service")])
    yield Sent(at, [("Origin", "https://evil.example")])
    yield Sent(at, [("Sec-Fetch-Site", "cross-site")])
    yield Sent(at, [("Accept", "text/html;q=\xff, \xff"), ("Accept-Language", "\xff" * 50), ("Cookie", "a=\xff; =;;")])
    yield Sent(at, [("Authorization", "Bearer a.b.c")])
    yield Sent(at, [("Idempotency-Key", "\xff" * 300), ("If-None-Match", "\xff"), ("X-Correlation-Id", "\xff")])


def hostile_addresses(route: Route) -> Iterator[Sent]:
    for value in ("%00", HUGE, "%FF%FE", "..%2f..%2f", "%F0%9F%92%A9", "x" * 3000, "-1", "%ED%A0%80"):
        if "{" in route.path:
            yield Sent(route.at(value))
        asked = "&".join(f"{name}={value}" for name in dict.fromkeys((*route.queries, *NAMES)))
        yield Sent(f"{route.at(str(new_id()))}?{asked}")


def hostile_bodies(route: Route) -> Iterator[Sent]:
    at, names = route.at(str(new_id())), route.fields or ("name", "email", "referral_id")
    for value in ("\0", "\ud800", 10**40, 1e308, -1, True, None, [], {}, "x" * 100_000, ["\0"], {"a": {"b": "\0"}}):
        yield Sent(at, [("Content-Type", JSON)], json.dumps(dict.fromkeys(names, value)).encode())
    for written in (HUGE, TOO_LONG, "1e999", "NaN", "-Infinity", '"\\ud800"'):
        said = ",".join(f'"{name}":{written}' for name in names)
        yield Sent(at, [("Content-Type", JSON)], b"{%s}" % said.encode())
    for body in (b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 50_000, b'{"\\u0000":1}', twice(names)):
        for kind in (JSON, "application/fhir+json"):
            yield Sent(at, [("Content-Type", kind)], body)
    for value in ("%00", "%FF", "%ED%A0%80", HUGE, "-1", "x" * 50_000, "%F0%9F%92%A9"):
        typed = "&".join(f"{name}={value}" for name in (*names, *NAMES, "idempotency_key", "contact.email", "ticked"))
        yield Sent(at, [("Content-Type", FORM)], typed.encode())
    for kind in (
        "text/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "\xff/\xff",
        "application/json; charset=x",
    ):
        yield Sent(at, [("Content-Type", kind)], b'--x\r\nContent-Disposition: form-data; name="\0"\r\n\r\n\0\r\n--x')
    yield Sent(at, [("Content-Type", JSON), ("Content-Encoding", "gzip")], b"\x1f\x8b")
    yield Sent(at, [("Content-Type", JSON), ("Content-Length", HUGE)], b"{}")


def twice(names: tuple[str, ...]) -> bytes:
    return json.dumps({names[0]: "a"}).encode()[:-1] + b', "%s": "b"}' % names[0].encode()


async def answer_to(http: httpx.AsyncClient, method: str, sent: Sent) -> httpx.Response:
    request = http.build_request(method, "http://service/", content=sent.content)
    named = {name.lower() for name, _ in sent.headers}
    own = [("Host", "service"), ("Idempotency-Key", str(new_id())), ("Content-Length", str(len(sent.content)))]
    pairs = [*(pair for pair in own if pair[0].lower() not in named), *sent.headers]
    request.headers = httpx.Headers([(name.encode(), value.encode("latin-1")) for name, value in pairs])
    request.url = httpx.URL("http://service").copy_with(raw_path=sent.address.encode())
    return await http.send(request)


def faults(route: Route, sent: Sent, answer: httpx.Response) -> Iterator[str]:
    at = f"{route.method} {route.path}: {sent.address[:120]} {sent.headers} {sent.content[:80]!r}: {answer.status_code}"
    if answer.status_code >= 500 and not (
        answer.status_code == 503 and route.path in ("/sign-in", "/back-channel-logout")
    ):
        yield at
    if missing := [name for name in (*HEADERS, "X-Correlation-Id") if name not in answer.headers]:
        yield f"{at} without {missing}"
    named = {name for name, _ in sent.headers}
    if "Host" in named and answer.status_code not in {400, 421}:
        yield f"{at} for another host"
    if named & {"Origin", "Sec-Fetch-Site"} and route.method in UNSAFE and answer.status_code != 403:
        yield f"{at} from another origin"


def everything(route: Route) -> Iterator[Sent]:
    yield from hostile_headers(route)
    yield from hostile_addresses(route)
    if route.method in UNSAFE:
        yield from hostile_bodies(route)


def forgiving(bench: Bench, *, token: str | None) -> httpx.AsyncClient:
    """A client that sees what a server would answer when the application fails."""
    transport = httpx.ASGITransport(app=bench.service.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", auth=people.Bearing(lambda _: token))


async def walk(bench: Bench, token: str | None) -> list[str]:
    found = list[str]()
    async with forgiving(bench, token=token) as http:
        for route in routes_of(bench.service.app.routes):
            for sent in everything(route):
                found += faults(route, sent, await answer_to(http, route.method, sent))
    return found


@pytest.mark.parametrize("as_", ["office", "program", "nobody"])
@pytest.mark.parametrize("name", SERVICES)
async def test_hostile_input_is_answered_on_every_route(name: str, as_: str, postgres_url: str, tmp_path: Path) -> None:
    token = {"office": people.everybody(), "program": people.token(subject="p", scope=SCOPES), "nobody": None}[as_]
    app, settings = (importlib.import_module(f"services.{name}.{part}") for part in ("app", "settings"))
    async with service_bench(
        name, app.make, settings.Settings, admin_url=postgres_url, folder=tmp_path, **NEEDED.get(name, {})
    ) as bench:
        found = await walk(bench, token)
    assert not found, "\n".join(found)


def test_every_route_that_takes_a_body_has_a_limit() -> None:
    taking = [
        (name, method, route)
        for name in SERVICES
        for method, route in api_routes(importlib.import_module(f"services.{name}.api").router.routes)
        if method in UNSAFE
    ]
    assert len(taking) > 50
    limited = LimitedRoute, StreamedRoute
    assert [f"{name}: {route.path}" for name, _, route in taking if not isinstance(route, limited)] == []


@pytest.mark.parametrize("name", SERVICES)
async def test_json_that_says_a_thing_twice_names_the_rule(name: str, postgres_url: str, tmp_path: Path) -> None:
    app, settings = (importlib.import_module(f"services.{name}.{part}") for part in ("app", "settings"))
    async with (
        service_bench(
            name, app.make, settings.Settings, admin_url=postgres_url, folder=tmp_path, **NEEDED.get(name, {})
        ) as bench,
        forgiving(bench, token=people.everybody()) as http,
    ):
        for route in (route for route in routes_of(bench.service.app.routes) if route.takes_json):
            sent = Sent(route.at(str(new_id())), [("Content-Type", JSON)], twice(route.fields or ("a",)))
            answer = await answer_to(http, route.method, sent)
            rule = bench.service.core.access.reads[f"{route.method} {route.path}"]
            if rule.subject and all(way.relation for way in rule.ways):  # whose patient it is, is asked first
                assert answer.status_code == 404, route
            else:
                assert (answer.status_code, answer.json()["code"]) == (422, "named_twice"), route

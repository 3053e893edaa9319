"""Only what is meant for this service is taken, and changes only from its own pages and from programs."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.responses import Response

from carebus.settings import Settings
from carebus.testing import Bench
from carebus.web import Pages
from carebus.web.guard import Guard, hosts_of
from carebus.web.security import HEADERS
from tests.carebus.lines import Lines
from tests.carebus.wires import assessed, someone

NEEDED = {"database_url": "postgresql://x", "kafka_bootstrap_servers": "127.0.0.1:1"}


def settings(**said: object) -> Settings:
    return Settings.model_validate({**NEEDED, **said})


async def sent(bench: Bench, *headers: tuple[str, str], method: str = "POST", address: str = "") -> httpx.Response:
    """A command, with just these headers beside those of the command; of one host unless it names others."""
    url = address or f"http://service/api/{someone()}/marks"
    named = {name.lower() for name, _ in headers}
    host = [] if "host" in named else [("Host", "service")]
    request = bench.http.build_request(method, url, json=assessed("a").model_dump(mode="json"))
    own = [pair for pair in request.headers.multi_items() if pair[0] not in {"host", *named}]
    request.headers = httpx.Headers([*own, *host, ("Idempotency-Key", "k"), *headers])
    return await bench.http.send(request)


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["X-Correlation-Id"]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "service.evil.example", "service@evil.example", "evil.example:80", "service:80:80", "a b", "[::2]",
     "localhost.", "127.0.0.1.nip.io", "service/", "service:x"],
)  # fmt: skip
async def test_another_name_than_ours_is_refused(tallying: Bench, host: str) -> None:
    for method in ("GET", "POST"):
        assert_refused(await sent(tallying, ("Host", host), method=method), 421, "not_this_host")


@pytest.mark.parametrize("host", ["service", "SERVICE:8001", "127.0.0.1:9", "[::1]:8000", "localhost", "tally"])
async def test_our_names_are_taken_with_any_port(tallying: Bench, host: str) -> None:
    assert (await sent(tallying, ("Host", host))).status_code == 201


async def test_a_request_has_exactly_one_host(tallying: Bench) -> None:
    assert_refused(await sent(tallying, ("Host", "service"), ("Host", "service")), 400, "one_host")
    assert_refused(await sent(tallying, ("Host", "service"), ("Host", "evil.example")), 400, "one_host")
    assert_refused(await sent(tallying, ("Host", "")), 400, "one_host")


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ([], True),
        ([("Sec-Fetch-Site", "same-origin")], True),
        ([("Sec-Fetch-Site", "none")], True),
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], True),
        ([("Sec-Fetch-Site", "same-site")], False),
        ([("Sec-Fetch-Site", "cross-site")], False),
        ([("Sec-Fetch-Site", "")], False),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", "http://service")], False),
        ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], False),
        ([("Origin", "http://service")], True),
        ([("Origin", "https://service")], True),
        ([("Origin", "http://service:8001")], False),
        ([("Origin", "http://evil.example")], False),
        ([("Origin", "null")], False),
        ([("Origin", "")], False),
        ([("Origin", "http://service"), ("Origin", "http://evil.example")], False),
    ],
)
async def test_a_page_of_another_site_changes_nothing(
    tallying: Bench, headers: list[tuple[str, str]], taken: bool
) -> None:
    answer = await sent(tallying, *headers)
    if taken:
        assert answer.status_code == 201
    else:
        assert_refused(answer, 403, "other_origin")


async def test_looking_is_open_to_links_from_elsewhere(tallying: Bench) -> None:
    address = "http://service/static/carebus/live.js"
    looked = await sent(tallying, ("Sec-Fetch-Site", "cross-site"), method="GET", address=address)
    assert looked.status_code == 200


async def test_a_person_is_refused_on_a_page_that_does_not_name_the_host(tallying: Bench) -> None:
    answer = await sent(tallying, ("Host", "evil.example"), ("Accept", "text/html"))
    assert (answer.status_code, answer.headers["content-type"]) == (421, "text/html; charset=utf-8")
    assert "evil" not in answer.text


async def test_probes_ask_by_an_address_that_nobody_knows_before(tallying: Bench) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/api/status"):
        assert (await tallying.operators.get(path, headers={"Host": "10.1.2.3:8001"})).status_code == 200
        assert (await tallying.http.get(path, headers={"Host": "10.1.2.3:8000"})).status_code == 421


async def test_a_refusal_is_logged_without_what_was_sent(tallying: Bench, lines: Lines) -> None:
    await sent(tallying, ("Host", "evil.example"))
    text = lines.text()
    assert re.search(r'"status": ?421', text)
    assert "evil" not in text


def test_a_service_is_known_by_its_public_address_and_by_what_is_set() -> None:
    here = {"localhost", "127.0.0.1", "[::1]"}
    assert hosts_of("tally", settings()) == here | {"tally"}
    public = settings(public_url="https://Care.example.org:8443/", hosts="a.example, B.example,")
    assert hosts_of("tally", public) == here | {"tally", "care.example.org", "a.example", "b.example"}


@pytest.mark.parametrize(("origin", "taken"), [("https://care.example", True), ("https://care.example.evil", False)])
async def test_the_origin_of_a_service_below_a_prefix_is_that_of_its_public_address(origin: str, taken: bool) -> None:
    public = "https://Care.example/care-plan"
    guarded = Guard(Response(), hosts={"service"}, public_url=public, pages=Pages(service="Care"))
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        answer = await http.post("/nowhere", headers={"Origin": origin})
    assert answer.status_code == (200 if taken else 403)

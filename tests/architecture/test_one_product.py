"""Every address that a page or a redirect has is made by the kit's one function, so that a service can be anywhere."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from carebus.testing import Bench, people
from services.notifications import app as notifying
from tests.architecture.test_hostile_input import NEEDED, SERVICES
from tests.architecture.test_shape import ROOT
from tests.benches import service_bench
from tests.care_plan.people import accepted, due_visits, staff
from tests.referral.samples import body
from tests.told import accepted as told_of
from tests.told import contact, team

PREFIX = "/part"
MADE = re.compile(r"\{\{-? ?(?:at|static)\(.*?\}\}", re.DOTALL)
TOLD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ADDRESS = re.compile(r'(?<![\w-])(?:href|action|formaction|src)="([^"]*)')
REDIRECT = re.compile(r"RedirectResponse\((?!at\(request, )([^,]*)")
ELSEWHERE = ("leaving.address",)
TEMPLATES = [
    file
    for folder in ("services", "shared/carebus/web/templates", "deploy/local/templates")
    for file in sorted((ROOT / folder).rglob("*.html"))
    if "mail" not in file.parts
]
SOURCES = [file for folder in ("services", "shared/carebus") for file in sorted((ROOT / folder).rglob("*.py"))]
LINK = re.compile(r'(?<![\w-])(?:href|action|formaction|src)="([^"#]*)')


def bare(text: str) -> list[str]:
    """Addresses in a template that no function of the kit made."""
    shown = TOLD.sub("*", MADE.sub("@", text))
    return [found for found in ADDRESS.findall(shown) if found.startswith(("/", "*"))]


def bare_redirects(text: str) -> list[str]:
    """Redirects to an address that no function of the kit made."""
    return [to for to in REDIRECT.findall(re.sub(r"\(\s+", "(", text)) if not to.startswith(ELSEWHERE)]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_template_has_a_bare_address(file: Path) -> None:
    assert bare(file.read_text()) == []


def test_no_redirect_leads_to_a_bare_address() -> None:
    found = {file.name: bare_redirects(file.read_text()) for file in SOURCES}
    assert {name: bad for name, bad in found.items() if bad} == {}
    assert sum("RedirectResponse(at(request, " in file.read_text() for file in SOURCES) >= 10


def test_the_checks_would_see_a_bare_address() -> None:
    page = '<a href="/x"><form action="{{ path }}/go"><a href="{{ at("/y") }}"><a href="?a=2">{{ button(href="/z") }}'
    assert bare(page) == ["/x", "*/go"]
    assert bare_redirects('RedirectResponse("/x", 303) RedirectResponse(at(request, "/y"), 303)') == ['"/x"']


def own_addresses(page: str) -> Iterator[str]:
    for address in map(unescape, LINK.findall(page)):
        if address and not address.startswith(("?", "tel:", "mailto:", "http")):
            yield address


async def fill(name: str, bench: Bench) -> list[str]:
    """Let the service have something to show; gives the pages to begin at, without the prefix."""
    if name == "referral":
        answer = await bench.command("/api/referrals", body())
        assert answer.status_code == 201, answer.text
        return ["/", "/find", "/refer", "/identity", "/uploads", "/referrers", "/rules", "/my", "/status"]
    if name == "care_plan":
        await staff(bench)
        await bench.hears(accepted())
        visits = await due_visits(bench)
        return ["/", "/roster", *(f"/visits/{visit['visit_id']}" for visit in visits)]
    if name == "notifications":
        await bench.hears(told_of(told=contact()), team())
        return ["/", "/referrers"]
    return ["/"]


async def walk(http: httpx.AsyncClient, begin: list[str]) -> dict[str, int]:
    """Follow every link from these pages on; gives each address with the status that it was answered with."""
    found, ahead = dict[str, int](), [f"{PREFIX}{path}" for path in begin]
    while ahead:
        asked = ahead.pop()
        answer = await http.get(asked, headers={"Accept": "text/html"})
        found[asked] = answer.status_code
        page = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
        ahead += [one for one in dict.fromkeys(own_addresses(page)) if one not in found and one not in ahead]
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_every_link_of_a_service_under_a_prefix_leads_under_the_prefix(
    name: str, postgres_url: str, tmp_path: Path
) -> None:
    app, settings = (importlib.import_module(f"services.{name}.{part}") for part in ("app", "settings"))
    more = {**NEEDED.get(name, {}), "prefix": PREFIX}
    made = service_bench(
        name, app.make, settings.Settings, admin_url=postgres_url, folder=tmp_path,
        token_for=people.as_everybody, **more,
    )  # fmt: skip
    async with made as bench:
        begin = await fill(name, bench)
        found = await walk(bench.http, begin)
    assert [address for address in found if not urlsplit(address).path.startswith(f"{PREFIX}/")] == []
    assert [f"{status} {address}" for address, status in found.items() if status not in {200, 303, 405, 503}] == []
    assert len(found) > len(begin)


async def test_a_service_under_a_prefix_is_at_the_root_as_well(postgres_url: str, tmp_path: Path) -> None:
    settings = importlib.import_module("services.notifications.settings").Settings
    made = service_bench(
        "notifications", notifying.make, settings, admin_url=postgres_url, folder=tmp_path, prefix=PREFIX,
        **NEEDED["notifications"],
    )  # fmt: skip
    async with made as bench:
        asked = {path: (await bench.http.get(path)).status_code for path in ("/", PREFIX, f"{PREFIX}/")}
        other = (await bench.http.get(f"{PREFIX}y/")).status_code
        async with bench.as_() as nobody:
            away = await nobody.get(f"{PREFIX}/referrers?patient_id=x", headers={"Accept": "text/html"})
    assert set(asked.values()) == {200}
    assert other == 404
    assert (away.status_code, away.headers["location"]) == (
        303,
        f"{PREFIX}/sign-in?to=%2Freferrers%3Fpatient_id%3Dx",
    )

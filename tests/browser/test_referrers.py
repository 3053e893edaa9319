"""A real browser: the private status page, the office's pages of referrers, an account by a real OpenID provider."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.contracts.care_plan import SummaryPart, SummarySection, VisitSummaryIssued
from carebus.testing import START, Bench
from services.referral.domain.organizations.names import organization_of
from tests.browser.judging import judge, judge_everywhere, judged
from tests.browser.on_bench import Served, served
from tests.referral.following import BORN, LINKS, OSEI, following, link_of, referred
from tests.referral.samples import named

pytestmark = pytest.mark.browser

ELM = organization_of("Elm Street Cardiology")
USERS = [
    {"sub": "osei", "email": "osei@elm.example", "email_verified": True},
    {"sub": "eve", "email": "eve@evil.example", "email_verified": True},
    {"sub": "fake", "email": "fake@elm.example", "email_verified": False},
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A real OpenID provider in a process of its own."""
    port = free_port()
    users = [part for user in USERS for part in ("--user-claims", json.dumps(user))]
    argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen([*argv, *users], env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False).raise_for_status()
            break
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield address
    process.kill()
    process.wait()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Office:
    """The service in use, and what a test asks for over and over."""

    def __init__(self, one: Served) -> None:
        self.one = one
        self.links: dict[str, str] = {}

    @property
    def address(self) -> str:
        return self.one.address

    def get_ready(self) -> None:
        """Referrals in several states, and the service knows its own address."""

        async def ready(bench: Bench) -> None:
            settings: Any = bench.service.core.settings
            settings.referral_url = self.one.address
            for n in range(3):
                await referred(bench, **named(f"Person {n}", referrer=OSEI))
            hill = {**OSEI, "organization": "Hill Practice"}
            declined = await referred(bench, **named("Hilda", priority="urgent", referrer=hill))
            await bench.command(f"/api/referrals/{declined['referral_id']}/decline", {"reason": "no_capacity"})
            taken = await referred(bench)
            await bench.command(f"/api/referrals/{taken['referral_id']}/accept", {})
            await bench.hears(summary(taken["referral_id"]), patient=UUID(taken["patient_id"]))
            await bench.passes(days=9)
            locked = await referred(bench, **named("Lorna", referrer=OSEI))
            for name, told in (("declined", declined), ("summary", taken), ("locked", locked)):
                self.links[name] = self.one.address + await link_of(bench, told["referral_id"])
                self.links[f"{name} office"] = f"{self.one.address}/referrals/{told['referral_id']}/referrer"
            path = await link_of(bench, locked["referral_id"])
            for _ in range(5):
                await bench.http.post(path + "/open", data={"birth_date": "1901-01-01"})
            hook = await bench.command(
                f"/api/organizations/{ELM}/webhooks", {"url": "https://systems.elm.example/hook"}
            )
            assert hook.status_code == 201
            async with bench.service.core.database.connection() as db:
                await db.execute("update webhook set active = false, disabled_because = 'failing', failures = 23")
            await bench.http.post(f"/referrers/{ELM}/accounts", data={"domain": "elm.example"})

        self.one.do(ready)


def summary(referral_id: str) -> VisitSummaryIssued:
    texts = {
        SummaryPart.VISIT: "Home visit 1 by Rosa Lima, nurse, on Monday, March 2, 2026.",
        SummaryPart.FOUND: "ESAS-r (answered by the patient): severe (7 to 10): pain 8; moderate (4 to 6): "
        "tiredness 5. AKPS 50: considerable help, frequent medical care. Palliative phase: unstable.",
        SummaryPart.CHANGED: "First visit: nothing to compare with.",
        SummaryPart.NEXT: "Next: home visit by Rosa Lima, nurse, on Thursday, March 5, 2026.",
    }
    return VisitSummaryIssued(
        summary_id=UUID(int=11),
        visit_id=UUID(int=12),
        episode_id=UUID(int=13),
        referral_id=UUID(referral_id),
        version=1,
        sections=tuple(SummarySection(part=part, text=text) for part, text in texts.items()),
        issued_at=START,
    )


@pytest.fixture(scope="module")
def office(postgres_url: str, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("referrers")
    given = {"oidc_issuer": provider, "oidc_client_id": "carebus", "oidc_client_secret": "s" * 32}
    with served(lambda: opened(postgres_url, folder, given)) as one:
        made = Office(one)
        made.get_ready()
        yield made


@asynccontextmanager
async def opened(postgres_url: str, folder: Path, given: dict[str, Any]) -> AsyncIterator[Bench]:
    async with following(postgres_url, folder, **given) as bench:
        yield bench


def sign_in(page: Page, office: Office, sub: str) -> None:
    page.goto(office.address + "/my")
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile("/oauth2/authorize"))
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").click()


@pytest.mark.parametrize("what", ["declined", "summary", "locked", "lost", "mistyped"])
def test_every_status_page_is_accessible_and_fits(browser: Browser, office: Office, what: str) -> None:
    with judged(browser, f"status-{what}") as page:
        if what == "lost":
            page.goto(office.address + "/status")
        elif what == "mistyped":
            page.goto(office.links["declined"])
            page.get_by_role("button", name="Show it").click()
            expect(page.get_by_text("Give the date of birth, such as").first).to_be_visible()
        else:
            page.goto(office.links[what])
        if what == "summary":
            page.get_by_label("Date of birth").fill(BORN)
            page.get_by_role("button", name="Show it").click()
            expect(page.get_by_text("severe (7 to 10): pain 8")).to_be_visible()


@pytest.mark.parametrize("what", ["referrers", "organization", "referrer"])
def test_every_page_of_the_office_is_accessible_and_fits(browser: Browser, office: Office, what: str) -> None:
    paths = {
        "referrers": f"{office.address}/referrers",
        "organization": f"{office.address}/referrers/{ELM}",
        "referrer": office.links["summary office"],
    }
    with judged(browser, f"office-{what}") as page:
        page.goto(paths[what])


def test_a_referrer_opens_the_summary_and_hides_it_again_without_script(browser: Browser, office: Office) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(office.links["summary"])
    expect(page.get_by_text("pain 8")).to_have_count(0)
    page.get_by_label("Date of birth").fill(BORN)
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("pain 8")).to_be_visible()
    page.get_by_role("button", name="Hide it again").click()
    expect(page.get_by_text("pain 8")).to_have_count(0)
    context.close()


def test_a_referrer_signs_in_and_sees_their_own_referrals(browser: Browser, office: Office) -> None:
    with judged(browser, "my-referrals") as page:
        sign_in(page, office, "osei")
        expect(page.get_by_role("heading", name="Referrals of Elm Street Cardiology")).to_be_visible()
        expect(page.get_by_role("link", name="Person 0 Desk")).to_be_visible()
        expect(page.get_by_text("Hill Practice")).to_have_count(0)
        page.get_by_role("link", name="Ottoline672 Quimby90").first.click()
        judge_everywhere(page, "my-referral")
        page.get_by_role("link", name="Webhooks", exact=True).click()
        judge_everywhere(page, "my-webhooks")
        page.goto(office.address + "/my/referrals")


def test_the_session_is_kept_from_scripts_and_ends_when_signed_out(page: Page, office: Office) -> None:
    sign_in(page, office, "osei")
    expect(page.get_by_role("heading", name="Referrals of Elm Street Cardiology")).to_be_visible()
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "carebus"]
    assert cookie["httpOnly"]
    assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/")
    jar = {"carebus": cookie["value"]}
    seen = httpx.get(office.address + "/my/referrals", cookies=jar, trust_env=False)
    assert seen.status_code == 200
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()  # by our page, at the provider
    again = httpx.get(office.address + "/my/referrals", cookies=jar, trust_env=False, headers={"accept": "text/html"})
    assert again.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(("sub", "words"), [("eve", "do not know your organization"), ("fake", "is not verified")])
def test_who_belongs_to_no_organization_gets_in_nowhere(page: Page, office: Office, sub: str, words: str) -> None:
    sign_in(page, office, sub)
    expect(page.get_by_text(words)).to_be_visible()
    answer = page.goto(office.address + "/my/webhooks")
    assert answer
    assert answer.status == 403


def test_an_answer_that_nobody_asked_the_provider_for_signs_nobody_in(page: Page, office: Office) -> None:
    page.goto(office.address + "/signed-in?code=made-up&state=made-up")
    expect(page.get_by_text("Signing in did not work")).to_be_visible()


def test_the_office_registers_a_webhook_and_sees_its_secret_once(page: Page, office: Office) -> None:
    page.goto(f"{office.address}/referrers/{organization_of('Hill Practice')}")
    page.get_by_label("Address", exact=True).fill("https://hill.example.org/hook")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("code")).to_contain_text("whsec_")
    judge(page, "secret")
    page.goto(f"{office.address}/referrers/{organization_of('Hill Practice')}")
    expect(page.get_by_text("https://hill.example.org/hook")).to_be_visible()
    expect(page.get_by_text("whsec_")).to_have_count(0)


def test_the_link_of_the_letters_is_the_link_of_the_page(office: Office) -> None:
    token = office.links["summary"].rpartition("/")[2]
    assert LINKS.read(token)

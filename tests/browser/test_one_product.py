"""In a real browser the services are one product: one address, one head, and from a person to the same person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.testing import Bench
from carebus.web import pages
from carebus.web.links import written
from deploy.local.front_door import prefix_of
from deploy.local.inbox import Inbox
from deploy.local.menu import link_to, of_people
from deploy.local.portal import MENU, TEMPLATES, portal
from deploy.local.process import free_port
from services.care_plan import app as caring
from services.care_plan.settings import Settings as CareSettings
from services.notifications import app as notifying
from services.notifications.settings import Settings as TellingSettings
from services.referral import app as referring
from services.referral.settings import Settings as ReferralSettings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import served
from tests.care_plan.people import accepted, staff
from tests.deploy.local.standing import standing
from tests.referral.samples import body
from tests.told import accepted as told_of
from tests.told import contact, team

pytestmark = pytest.mark.browser

MADE: dict[str, tuple[Any, Any]] = {
    "referral": (referring.make, ReferralSettings),
    "care_plan": (caring.make, CareSettings),
    "notifications": (notifying.make, TellingSettings),
}
MAIL = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "care@carebus.example"}


async def refers(found: list[UUID], bench: Bench) -> None:
    answer = await bench.command("/api/referrals", body())
    found.append(UUID(answer.json()["patient_id"]))


async def cares(patient: UUID, bench: Bench) -> None:
    await staff(bench)
    await bench.hears(accepted(), patient=patient)


async def tells(patient: UUID, bench: Bench) -> None:
    await bench.hears(told_of(told=contact()), team(), patient=patient)


ABOUT = ("referral", "care_plan", "notifications", "audit", "line", "wishes", "equipment")


@pytest.fixture(scope="module")
def front(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three services behind one front door; whoever comes is somebody of the staff."""
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    below = {name: f"{at}{prefix_of(name)}" for name in MADE}
    links = [
        *(link_to(name, where) for name, where in below.items()),
        *of_people(*(f"{at}{prefix_of(name)}" for name in ABOUT)),
    ]
    with ExitStack() as all_of_it:
        on = {}
        for name, (make, settings) in MADE.items():
            given = {"prefix": prefix_of(name), "public_url": below[name], "links": ",".join(map(written, links))}
            folder = tmp_path_factory.mktemp(name)
            more: dict[str, Any] = given | (MAIL if name == "notifications" else {})
            opened = partial(service_bench, name, make, settings, admin_url=postgres_url, folder=folder, **more)
            on[name] = all_of_it.enter_context(served(opened))
        patients: list[UUID] = []
        on["referral"].do(partial(refers, patients))
        on["care_plan"].do(partial(cares, patients[0]))
        on["notifications"].do(partial(tells, patients[0]))
        behind = {name: one.address for name, one in on.items()}
        shown = pages(TEMPLATES, service="Start", menu=MENU, links=links)
        inbox = Inbox(Path(tmp_path_factory.mktemp("inbox")))
        all_of_it.enter_context(standing(portal(lambda: below, inbox, shown, behind), port))
        yield at


def find(page: Page, front: str) -> None:
    page.goto(f"{front}/care-plan/")
    page.locator("#find-a-person").fill(body()["patient"]["family_name"])
    page.get_by_role("search").get_by_role("button", name="Find").click()


def banner(page: Page) -> Any:
    return page.get_by_role("region", name="Person")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_person_is_found_from_anywhere_and_followed_through_all_services(
    browser: Browser, front: str, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    find(page, front)
    assert page.url.startswith(f"{front}/referral/referrals/")
    banner(page).get_by_role("link", name="Care plan").click()
    assert page.url.startswith(f"{front}/care-plan/patients/")
    expect(banner(page)).to_contain_text("Rosa Almeida")
    banner(page).get_by_role("link", name="Messages").click()
    assert page.url.startswith(f"{front}/notifications/")
    banner(page).get_by_role("link", name="Referrals").click()
    assert page.url.startswith(f"{front}/referral/referrals/")
    context.close()


@pytest.mark.parametrize("where", ["Care plan", "Messages", "Referrals"])
def test_the_head_and_the_banner_fit_and_are_accessible(browser: Browser, front: str, where: str) -> None:
    with judged(browser, f"one-product-{where}") as page:
        find(page, front)
        banner(page).get_by_role("link", name="Care plan").click()
        if where != "Care plan":
            banner(page).get_by_role("link", name=where).click()
        expect(banner(page)).to_be_visible()

"""A real browser looks at the messages: what was sent, what failed, what was withheld, as it happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.access import own_work
from carebus.contracts import patient_stream
from carebus.contracts.care_plan import VisitMode
from carebus.contracts.notifications import FailureReason, NotificationRequested
from carebus.deciding.commands import Asked
from carebus.decisions import on
from carebus.testing import START, Bench
from services.notifications import app, domain
from services.notifications.domain import Family, GivenUp, HandedOver
from services.notifications.settings import Settings
from tests.benches import service_bench
from tests.browser.on_bench import Served, looked_at, served
from tests.told import accepted, completed, contact, scheduled, team

pytestmark = pytest.mark.browser

P = UUID(int=77)
MAIL: dict[str, Any] = {
    "smtp_url": "smtp://127.0.0.1:1",
    "mail_from": "care@carebus.example",
    "help_line": "844 555 0100",
}


async def happened(bench: Bench) -> None:
    """Two messages sent, one failed, some waiting, some withheld."""
    await bench.hears(accepted(told=contact()), team(), patient=P)
    await bench.passes(hours=3)
    await bench.hears(scheduled(), scheduled(2, mode=VisitMode.VIDEO, at=START + timedelta(days=9)), patient=P)
    for told in (None, contact(consented=False), contact(email=None)):
        await bench.hears(accepted(told=told), team(), completed(), patient=uuid4())
    asked = await bench.published(NotificationRequested, patient=P)
    await settle(bench, HandedOver(notification_id=asked[0].notification_id, message_id="<1@x>", attempts=1))
    refused = GivenUp(notification_id=asked[1].notification_id, reason=FailureReason.REJECTED, attempts=3)
    await settle(bench, refused)
    longest = contact(full_name="Maximiliane-Wilhelmina O'Keefe", email="m@a-very-long-domain-of-a-family.example")
    await bench.hears(accepted(told=longest), team(), patient=uuid4())


async def settle(bench: Bench, result: HandedOver | GivenUp) -> None:
    reaction = on(Family, domain.record_sent) if isinstance(result, HandedOver) else on(Family, domain.record_failed)
    commands = bench.service.app.state.parts.commands
    cause = commands.cause(patient_stream(P), Asked(None, own_work("mail"), uuid4()), "mail")
    await commands.perform_all([(reaction, result, cause)])


@pytest.fixture(scope="module")
def busy(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("busy")
    with served(
        lambda: service_bench("notifications", app.make, Settings, admin_url=postgres_url, folder=folder, **MAIL)
    ) as one:
        one.do(happened)
        yield one


@pytest.fixture(scope="module")
def idle(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("idle")
    with served(
        lambda: service_bench("notifications", app.make, Settings, admin_url=postgres_url, folder=folder, **MAIL)
    ) as one:
        yield one


def test_the_messages_are_accessible_and_fit(browser: Browser, busy: Served) -> None:
    looked_at(browser, busy.address, "messages")


def test_no_messages_yet_is_accessible_and_fits(browser: Browser, idle: Served) -> None:
    looked_at(browser, idle.address, "no-messages")


def test_what_failed_is_said_first_and_can_be_shown_alone(page: Page, busy: Served) -> None:
    page.goto(busy.address)
    expect(page.get_by_role("heading", name="1 message could not be handed over")).to_be_visible()
    page.get_by_role("link", name="Show what failed").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("The mail server refused it for good.")).to_be_visible()
    expect(page.get_by_role("link", name="failed", exact=True)).to_have_attribute("aria-current", "true")


def test_a_patients_messages_can_be_shown_alone(page: Page, busy: Served) -> None:
    page.goto(f"{busy.address}/?patient_id={P}")
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_role("link", name="all patients").click()
    assert page.url == busy.address + "/"


def test_no_name_or_address_is_shown_whole(page: Page, busy: Served) -> None:
    page.goto(busy.address)
    text = page.content()
    assert "K. Z." in text
    assert not any(secret in text for secret in ("Zyxmarker", "karen.z", "Wilhelmina", "María"))


def test_a_new_message_appears_by_itself(page: Page, busy: Served) -> None:
    page.goto(f"{busy.address}/?status=queued")
    before = page.get_by_role("row").count()
    busy.do(lambda bench: bench.hears(accepted(told=contact()), team(), patient=uuid4()))
    expect(page.get_by_role("row")).to_have_count(before + 1, timeout=20_000)

"""The start page and the inbox's pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from carebus.web import Link, pages
from deploy.local.inbox import Delivery, Inbox
from deploy.local.menu import START, add_link, keep_links, link_to, services_of
from deploy.local.portal import MENU, PAGE_LENGTH, TEMPLATES, card, portal
from deploy.local.process import free_port
from deploy.local.watch import Status
from tests.deploy.local.standing import standing


def letter(number: int, subject: str = "A visit is planned") -> bytes:
    head = (
        f"From: care@carebus.example\r\nTo: ana@family.example\r\nSubject: {subject}\r\nMessage-ID: <{number}@carebus>"
    )
    return f"{head}\r\n\r\nDear Ana,\r\n\r\nwe come at nine.\r\n<b>Bring</b> tea.\r\n".encode()


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    return Delivery(tmp_path)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    shown = pages(TEMPLATES, service="Start", menu=MENU, links=[Link("Referral", "http://127.0.0.1:8101")])
    there = [Link(START, "http://portal"), link_to("referral", f"http://127.0.0.1:{free_port()}")]
    keep_links(tmp_path / "links", there)
    app = portal(partial(services_of, tmp_path / "links"), Inbox(tmp_path), shown, signing_in="Sign in as coordinator.")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        yield client


async def test_the_start_page_says_that_nobody_is_real_and_that_a_service_is_away(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    assert page.status_code == 200
    assert "synthetic" in page.text
    assert "does not answer" in page.text
    assert "Sign in as coordinator." in page.text
    assert 'href="http://127.0.0.1:' in page.text


async def test_a_service_is_asked_how_it_is_where_operators_reach_it(tmp_path: Path) -> None:
    keep_links(tmp_path / "links", [link_to("outcomes", f"http://127.0.0.1:{free_port()}")])
    told = FastAPI()

    @told.get("/api/status")
    async def status() -> dict[str, object]:
        return {"service": "outcomes", "ready": True, "stopped": "most events failed"}

    with standing(told) as where:
        shown = pages(TEMPLATES, service="Start", menu=MENU)
        app = portal(
            partial(services_of, tmp_path / "links"), Inbox(tmp_path), shown, operators=lambda: {"outcomes": where}
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
            page = (await client.get("/")).text
    assert "does not answer" not in page
    assert "stopped" in page


async def test_a_service_that_joins_the_run_is_on_the_start_page(browser: httpx.AsyncClient, tmp_path: Path) -> None:
    assert "After care" not in (await browser.get("/")).text
    where = f"http://127.0.0.1:{free_port()}"
    add_link(tmp_path / "links", link_to("after_care", where))
    page = (await browser.get("/")).text
    assert "After care" in page
    assert f'href="{where}"' in page
    assert "Referral" in page


async def test_the_inbox_lists_messages_and_marks_repeats(browser: httpx.AsyncClient, delivery: Delivery) -> None:
    for number in (1, 2, 1):
        delivery.deliver(letter(number))
    assert (await browser.get("/api/inbox")).json() == {"messages": 3, "distinct": 2}
    page = (await browser.get("/inbox")).text
    assert page.count("A visit is planned") == 3
    assert page.replace("<wbr>", "").count("&lt;1@carebus&gt;") == 2
    assert page.count("repeat</span>") == 1
    assert "2 different and 1 repeated" in page


async def test_an_empty_inbox_says_so(browser: httpx.AsyncClient) -> None:
    assert "No message yet." in (await browser.get("/inbox")).text


async def test_a_long_inbox_has_pages(browser: httpx.AsyncClient, delivery: Delivery) -> None:
    for number in range(PAGE_LENGTH + 1):
        delivery.deliver(letter(number))
    assert (await browser.get("/inbox")).text.count("A visit is planned") == PAGE_LENGTH
    second = (await browser.get("/inbox?page=2")).text
    assert second.count("A visit is planned") == 1
    assert "Page 2 of 2" in second
    assert (await browser.get("/inbox?page=99")).text.count("A visit is planned") == 1


async def test_a_message_is_shown_as_text(browser: httpx.AsyncClient, delivery: Delivery, tmp_path: Path) -> None:
    delivery.deliver(letter(1, "<script>alert(1)</script>"))
    [header] = Inbox(tmp_path).headers()
    page = (await browser.get(f"/inbox/{header.name}")).text
    assert "we come at nine.<br>&lt;b&gt;Bring&lt;/b&gt; tea." in page
    assert "<script>alert" not in page


async def test_a_message_that_is_not_there_is_a_kind_404(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/inbox/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "could not find" in page.text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(service="x", answers=False), ("does not answer", "bad")),
        (Status(service="x", ready=True, stopped="most events failed"), ("stopped", "bad")),
        (Status(service="x", ready=False), ("not ready", "warn")),
        (Status(service="x", ready=True), ("ready", "good")),
    ],
)
def test_a_service_is_told_as_it_is(status: Status, said: tuple[str, str]) -> None:
    assert card("outcomes", "http://127.0.0.1:1", status).state == said

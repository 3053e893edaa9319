"""A form that comes without a session goes along through the sign-in, and comes back once, to whoever typed it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from carebus.web.links import FIND, Link
from tests.carebus.web.sign_in.conftest import Place
from tests.carebus.web.sign_in.test_coming_and_going import NURSE, sql

TYPED = [("note", 'für Rosa <b>\r\nPain & "worse"'), ("also", "one"), ("also", "two"), ("empty", "")]


def form_in(page: httpx.Response, wanted: str) -> tuple[str, list[tuple[str, str]]]:
    """Where the first form of a page, other than that of its head, leads with this button, and its hidden fields."""
    main = page.text.partition("<main")[2]
    action, inside = re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', main, re.DOTALL)[0]
    assert wanted in inside
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
    return html.unescape(action), [(html.unescape(name), html.unescape(value)) for name, value in fields]


async def sent(browser: httpx.AsyncClient, address: str, fields: list[tuple[str, str]]) -> httpx.Response:
    """Send a form as browsers do."""
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    return await browser.post(address, content=urlencode(fields), headers=headers)


def further(page: httpx.Response) -> str:
    """Where a page leads by itself."""
    (found,) = re.findall(r'content="0;url=([^"]*)"', page.text)
    return html.unescape(found)


async def carried(place: Place, browser: httpx.AsyncClient, name: str, typed: list[tuple[str, str]]) -> httpx.Response:
    """The page after a sign-in that began with a form that came without a session."""
    at = urlsplit(place.addresses[name])
    refused = await sent(browser, f"{place.addresses[name]}/notes?from=here", typed)
    assert refused.status_code == 401
    action, fields = form_in(refused, "Sign in and go on")
    off = await sent(browser, f"{at.scheme}://{at.netloc}{action}", fields)
    assert off.status_code == 200
    return await place.follow(browser, further(off), NURSE)


@pytest.mark.parametrize("name", ["one", "other"])
@pytest.mark.parametrize("long", ["", "x" * 200_000], ids=["short", "of 200 kB"])
async def test_what_was_typed_goes_along_through_the_sign_in_and_is_sent_by_a_click(
    place: Place, name: str, long: str
) -> None:
    typed = [*TYPED, ("long", long)]
    async with place.browser() as browser:
        page = await carried(place, browser, name, typed)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert f"You are signed in as {html.escape(NURSE.name)}" in page.text
        assert "data-at-once" not in page.text, "nobody has seen yet as whom it would be sent"
        action, fields = form_in(page, "Send what I typed")
        assert (action, fields) == (f"{urlsplit(place.addresses[name]).path}/notes?from=here", typed)
        again = await sent(browser, str(page.url.join(action)), fields)
        assert again.text == f"kept: {TYPED[0][1]}"


async def test_what_was_typed_is_not_to_be_read_in_the_database_and_comes_back_once(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        _, fields = form_in(await sent(browser, f"{one}/notes", TYPED), "Sign in and go on")
        off = further(await sent(browser, f"{one}/sign-in", fields))
        kept = str(await sql(place, "one", "select string_agg(sign_in::text, '') from sign_in"))
        assert "form" in kept
        assert not any(word in kept for word in ("Rosa", "Pain", "also"))
        back = await place.provider.choose(browser, off, NURSE)
        assert "Rosa" in (await browser.get(back)).text
        again = await browser.get(back)
        assert (again.status_code, "Rosa" in again.text) == (400, False)


async def test_a_search_goes_on_by_itself_for_it_changes_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    one = place.addresses["one"]
    monkeypatch.setattr(place.services["one"].app.state.parts.pages, "_links", [Link("Find", f"{one}/notes", use=FIND)])
    async with place.browser() as browser:
        assert "data-at-once" in (await sent(browser, f"{one}/notes", TYPED)).text
        assert "data-at-once" in (await carried(place, browser, "one", TYPED)).text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/notes", "/\\evil.example"])
async def test_what_was_typed_goes_to_no_other_place_than_ours(place: Place, to: str) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        off = await sent(browser, f"{one}/sign-in", [("to", to), ("typed", '[["a", "b"]]')])
        page = await place.follow(browser, further(off), NURSE)
        assert form_in(page, "Send what I typed") == ("/", [("a", "b")])


@pytest.mark.parametrize(
    ("typed", "status"), [("no form", 422), ('{"a": 1}', 422), ('[["a"]]', 422), ("x" * 300_000, 413)]
)
async def test_what_is_no_form_or_too_large_a_one_is_said_to_be(place: Place, typed: str, status: int) -> None:
    async with place.browser() as browser:
        answer = await sent(browser, f"{place.addresses['one']}/sign-in", [("to", "/"), ("typed", typed)])
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("query", "much"),
    [("", "x" * 300_000), ("", '"' * 80_000), ("?" + "x" * 2000, "")],
    ids=["beyond 256 kB", "beyond it on the way", "for a long address"],
)
async def test_a_form_that_is_too_large_to_go_along_is_told_the_other_way(place: Place, query: str, much: str) -> None:
    async with place.browser() as browser:
        page = await sent(browser, f"{place.addresses['one']}/notes{query}", [("note", much)])
    assert (page.status_code, "Sign in and go on" in page.text) == (401, False)
    assert "It opens in another tab" in page.text


async def test_a_form_waits_while_the_provider_is_away(place: Place) -> None:
    async with place.browser() as browser:
        await place.provider.stop()
        answer = await sent(browser, f"{place.addresses['other']}/sign-in", [("to", "/"), ("typed", '[["a", "b"]]')])
    assert (answer.status_code, "what you typed is still there" in answer.text) == (503, True)

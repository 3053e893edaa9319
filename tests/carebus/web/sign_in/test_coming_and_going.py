"""Signing in by a real provider over HTTP: once for all services, for as long as it lasts, and out of all at once."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from carebus.access import AccountRole
from tests.carebus.web.sign_in.conftest import LOGOUT, PEOPLE, Place

NURSE = next(person for person in PEOPLE.values() if "nurse" in person.words)
AT_ONCE_S = 2.0
"""Within which nobody is signed in anywhere any more, once they have left somewhere."""


async def sql(place: Place, name: str, statement: str, *values: object) -> object:
    async with place.services[name].core.database.connection() as db:
        return await db.fetchval(statement, *values)


async def sessions(place: Place, name: str) -> int:
    return int(str(await sql(place, name, "select count(*) from session")))


async def leave(place: Place, browser: httpx.AsyncClient, name: str) -> None:
    """Sign out, and go on to the provider as the page does by itself."""
    page = await browser.post(f"{place.addresses[name]}/sign-out", headers={"sec-fetch-site": "same-origin"})
    assert "You are being signed out everywhere" in page.text
    (further,) = re.findall(r'content="0;url=([^"]*)"', page.text)
    came = await place.follow(browser, html.unescape(further))
    assert str(came.url) == f"{place.addresses[name]}/signed-out"
    assert "You are signed out." in came.text


async def test_whoever_comes_is_led_to_the_provider_and_back_to_the_page_they_wanted(place: Place) -> None:
    async with place.browser() as browser:
        answer = await place.follow(browser, f"{place.addresses['one']}/?show=mine", NURSE)
        assert str(answer.url) == f"{place.addresses['one']}/?show=mine"
        assert answer.text == f"{NURSE.name}: nurse; {place.provider.acting.account(NURSE.subject)}"


async def test_who_has_signed_in_to_one_service_is_signed_in_to_the_next_without_being_asked(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        second = await place.follow(browser, place.addresses["other"])
        assert second.text.startswith(NURSE.name)


async def test_leaving_one_service_ends_the_sessions_of_all(place: Place) -> None:
    async with place.browser() as browser:
        for name in ("one", "other"):
            await place.follow(browser, place.addresses[name], NURSE)
        await leave(place, browser, "one")
        async with asyncio.timeout(AT_ONCE_S):
            while any([await sessions(place, name) for name in ("one", "other")]):
                await asyncio.sleep(0.01)
        for name in ("one", "other"):
            again = await browser.get(place.addresses[name])
            assert "/sign-in?to=" in again.headers["location"]


async def test_whoever_has_left_is_asked_who_they_are_when_they_come_again(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        await leave(place, browser, "one")
        again = await place.follow(browser, place.addresses["one"])
    assert str(again.url).startswith(place.provider.issuer)


async def test_a_logout_token_is_taken_once(place: Place) -> None:
    async with place.browser() as browser:
        for name in ("one", "other"):
            await place.follow(browser, place.addresses[name], NURSE)
        await leave(place, browser, "one")
        async with asyncio.timeout(AT_ONCE_S):
            while await sessions(place, "other"):
                await asyncio.sleep(0.01)
        form, where = {"content-type": "application/x-www-form-urlencoded"}, f"{place.addresses['other']}{LOGOUT}"
        token = b"".join(place.heard["other"])
        assert (await browser.post(where, content=token, headers=form)).status_code == 400, "once more"
        await sql(place, "other", "delete from logout_seen")
        assert (await browser.post(where, content=token, headers=form)).status_code == 200, "but for that it is good"


async def test_a_session_is_new_at_every_sign_in_and_its_cookie_is_kept_nowhere(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        first = browser.cookies["client-one"]
        await place.follow(browser, f"{place.addresses['one']}/sign-in", NURSE)
        second = browser.cookies["client-one"]
        assert first != second
        assert await sql(place, "one", "select count(*) from session") == 1
        kept = str(await sql(place, "one", "select string_agg(session::text, '') from session"))
    assert first not in kept
    assert second not in kept
    assert second.encode().hex() not in kept


async def test_what_comes_back_without_having_been_sent_signs_nobody_in(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser, place.browser() as other:
        for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied"):
            assert (await browser.get(f"{one}/signed-in{query}")).status_code == 400
        away = await browser.get(f"{place.addresses['other']}/sign-in")
        back = await place.provider.choose(browser, away.headers["location"], NURSE)
        assert (await other.get(back)).status_code == 400, "another browser brings the code"
        assert (await browser.get(back)).status_code == 303
        assert (await browser.get(back)).status_code == 400, "once more"


@pytest.mark.parametrize(("error", "why"), [("invalid_scope", "invalid_scope"), ("of Mr. Smith", "none of OAuth's")])
async def test_why_the_provider_refused_is_told_to_operators_in_the_words_of_oauth_only(
    place: Place, error: str, why: str
) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        away = urlsplit((await browser.get(f"{one}/sign-in")).headers["location"])
        back = {"error": error, "state": parse_qs(away.query)["state"][0]}
        with capture_logs() as logs:
            assert (await browser.get(f"{one}/signed-in", params=back)).status_code == 400
    assert [line["why"] for line in logs if line["event"] == "sign_in_refused"] == [why]
    assert "Smith" not in str(logs)


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\x00", "/" * 3000]
)
async def test_signing_in_leads_to_no_other_place_than_ours(place: Place, to: str) -> None:
    async with place.browser() as browser:
        answer = await place.follow(browser, f"{place.addresses['one']}/sign-in?to={quote(to, safe='')}", NURSE)
        assert str(answer.url).rstrip("/") == place.addresses["one"]


async def test_an_address_asks_for_pkce_and_a_nonce(place: Place) -> None:
    async with place.browser() as browser:
        asked = parse_qs(urlsplit((await browser.get(f"{place.addresses['one']}/sign-in")).headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"nonce", "state", "code_challenge"} <= asked.keys()
    assert asked["scope"] == [place.services["one"].core.settings.oidc_scope]


async def test_a_session_ends_when_nobody_works_and_however_much_they_do(place: Place) -> None:
    async with place.browser() as browser:
        for column in ("active_at", "began_at"):
            await place.follow(browser, place.addresses["one"], NURSE)
            assert (await browser.get(place.addresses["one"])).status_code == 200
            await sql(place, "one", f"update session set {column} = clock_timestamp() - interval '13 hours'")
            assert (await browser.get(place.addresses["one"])).status_code == 303


async def test_a_page_that_refreshes_by_itself_keeps_no_session_alive(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        await sql(place, "one", "update session set active_at = clock_timestamp() - interval '29 minutes'")
        await browser.get(place.addresses["one"], headers={"carebus-refresh": "1"})
        idle = "select clock_timestamp() - active_at > interval '20 minutes' from session"
        assert await sql(place, "one", idle) is True
        await browser.get(place.addresses["one"])
        assert await sql(place, "one", idle) is False


async def test_what_was_typed_into_a_form_outlives_the_session(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        page = await browser.post(f"{one}/notes", data={"note": "Pain is <less> since Monday"})
        assert (page.status_code, "Pain is &lt;less&gt; since Monday" in page.text) == (401, True)
        assert 'action="/notes"' in page.text
        assert (await browser.post(f"{one}/notes", files={"note": b"x"})).status_code == 401
        await place.follow(browser, one, NURSE)
        again = await browser.post(f"{one}/notes", data={"note": "Pain is <less> since Monday"})
        assert again.text == "kept: Pain is <less> since Monday"


STALE = "update session set renewed_at = clock_timestamp() - interval '16 minutes'"


async def test_roles_are_asked_for_anew(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        await place.provider.change(replace(NURSE, roles=(AccountRole.SOCIAL_WORKER,)))
        assert (await browser.get(place.addresses["one"])).text.startswith(f"{NURSE.name}: nurse;")
        for _ in range(2):  # what it is renewed with may be another each time
            await sql(place, "one", STALE)
            assert (await browser.get(place.addresses["one"])).text.startswith(f"{NURSE.name}: social_worker;")


@pytest.mark.parametrize(("needed", "status"), [(("pwd",), 200), (("hwk",), 403)])
async def test_how_somebody_signed_in_counts_everywhere_and_at_renewal(
    place: Place, needed: tuple[str, ...], status: int
) -> None:
    await place.provider.tell_how()
    for service in place.services.values():
        service.core.settings.oidc_staff_amr = needed
    async with place.browser() as browser:
        assert (await place.follow(browser, place.addresses["one"], NURSE)).status_code == status
        assert (await place.follow(browser, place.addresses["other"])).status_code == status, "without being asked"
        for name in ("one", "other"):
            await sql(place, name, STALE)
            assert (await browser.get(place.addresses[name])).status_code == status, "renewed"


async def test_somebody_who_may_sign_in_no_more_is_signed_out_at_the_next_renewal(place: Place) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        await place.provider.forget(NURSE)
        await sql(place, "one", STALE)
        assert (await browser.get(place.addresses["one"])).status_code == 303
    assert await sessions(place, "one") == 0


async def test_while_the_provider_is_away_sessions_and_tokens_work_on(place: Place) -> None:
    one = place.addresses["one"]
    token = await place.provider.acting.token("coordinator")
    async with place.browser() as browser:
        await place.follow(browser, one, NURSE)
        assert (await browser.get(one, headers={"Authorization": f"Bearer {token}"})).status_code == 200
        await place.provider.stop()
        await sql(place, "one", STALE)
        assert (await browser.get(one)).status_code == 200
        assert (await browser.get(one, headers={"Authorization": f"Bearer {token}"})).status_code == 200
        away = await browser.get(f"{place.addresses['other']}/sign-in")
        assert (away.status_code, "reach the sign-in" in away.text) == (503, True)


async def test_many_requests_with_a_stale_session_ask_the_provider_once(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        await place.follow(browser, one, NURSE)
        await sql(place, "one", STALE)
        answers = await asyncio.gather(*(browser.get(one) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_an_open_page_knows_who_looks_and_asks_nobody_to_sign_in(place: Place) -> None:
    async with place.browser() as browser:
        assert (await browser.get(f"{place.addresses['one']}/open")).text == "seen by an outsider"
        await place.follow(browser, place.addresses["one"], NURSE)
        assert (await browser.get(f"{place.addresses['one']}/open")).text == f"seen by {NURSE.name}"

"""Signing in by a real provider over HTTP: once for all services, for as long as it lasts, and out of all at once."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from carebus.access import account_of
from deploy.local.provider.people import people as known
from tests.carebus.web.sign_in.conftest import Place, follow

NURSE = next(person for person in known(2026).values() if "nurse" in person.words)


async def sql(place: Place, name: str, statement: str, *values: object) -> object:
    async with place.services[name].core.database.connection() as db:
        return await db.fetchval(statement, *values)


async def test_whoever_comes_is_led_to_the_provider_and_back_to_the_page_they_wanted(place: Place) -> None:
    async with place.browser() as browser:
        answer = await follow(browser, f"{place.addresses['one']}/?show=mine", NURSE.subject)
        assert str(answer.url) == f"{place.addresses['one']}/?show=mine"
        account = account_of(place.issuer, NURSE.subject)
        assert answer.text == f"{NURSE.name}: nurse; {account}"


async def test_who_has_signed_in_to_one_service_is_signed_in_to_the_next_without_being_asked(place: Place) -> None:
    async with place.browser() as browser:
        await follow(browser, place.addresses["one"], NURSE.subject)
        second = await follow(browser, place.addresses["other"])
        assert second.text.startswith(NURSE.name)


async def test_leaving_one_service_ends_the_sessions_of_all(place: Place) -> None:
    async with place.browser() as browser:
        for name in ("one", "other"):
            await follow(browser, place.addresses[name], NURSE.subject)
        page = await browser.post(f"{place.addresses['one']}/sign-out", headers={"sec-fetch-site": "same-origin"})
        (further,) = re.findall(r'content="0;url=([^"]*)"', page.text)
        await browser.get(further.replace("&amp;", "&"))
        for name in ("one", "other"):
            assert await sql(place, name, "select count(*) from session") == 0
            again = await browser.get(place.addresses[name])
            assert "/sign-in?to=" in again.headers["location"]


async def test_a_logout_token_is_taken_once(place: Place) -> None:
    async with place.browser() as browser:
        await follow(browser, place.addresses["one"], NURSE.subject)
        sid = await sql(place, "one", "select provider_session from session")
        token = place.provider.tokens.logout_token("client-one", NURSE.subject, str(sid))
        answers = [
            (
                await browser.post(f"{place.addresses['one']}/back-channel-logout", data={"logout_token": token})
            ).status_code
            for _ in range(2)
        ]
    assert answers == [200, 400]


async def test_a_session_is_new_at_every_sign_in_and_its_cookie_is_kept_nowhere(place: Place) -> None:
    async with place.browser() as browser:
        await follow(browser, place.addresses["one"], NURSE.subject)
        first = browser.cookies["client-one"]
        await follow(browser, f"{place.addresses['one']}/sign-in", NURSE.subject)
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
        back = await browser.get(f"{away.headers['location']}&account={NURSE.subject}")
        assert (await other.get(back.headers["location"])).status_code == 400, "another browser brings the code"
        assert (await browser.get(back.headers["location"])).status_code == 303
        assert (await browser.get(back.headers["location"])).status_code == 400, "once more"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\x00", "/" * 3000]
)
async def test_signing_in_leads_to_no_other_place_than_ours(place: Place, to: str) -> None:
    async with place.browser() as browser:
        answer = await follow(browser, f"{place.addresses['one']}/sign-in?to={quote(to, safe='')}", NURSE.subject)
        assert str(answer.url).rstrip("/") == place.addresses["one"]


async def test_an_address_asks_for_pkce_and_a_nonce(place: Place) -> None:
    async with place.browser() as browser:
        asked = parse_qs(urlsplit((await browser.get(f"{place.addresses['one']}/sign-in")).headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"nonce", "state", "code_challenge"} <= asked.keys()


async def test_a_session_ends_when_nobody_works_and_however_much_they_do(place: Place) -> None:
    async with place.browser() as browser:
        for column in ("active_at", "began_at"):
            await follow(browser, place.addresses["one"], NURSE.subject)
            assert (await browser.get(place.addresses["one"])).status_code == 200
            await sql(place, "one", f"update session set {column} = clock_timestamp() - interval '13 hours'")
            assert (await browser.get(place.addresses["one"])).status_code == 303


async def test_a_page_that_refreshes_by_itself_keeps_no_session_alive(place: Place) -> None:
    async with place.browser() as browser:
        await follow(browser, place.addresses["one"], NURSE.subject)
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
        await follow(browser, one, NURSE.subject)
        again = await browser.post(f"{one}/notes", data={"note": "Pain is <less> since Monday"})
        assert again.text == "kept: Pain is <less> since Monday"


async def test_roles_are_asked_for_anew_and_somebody_who_is_gone_is_signed_out(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        await follow(browser, one, NURSE.subject)
        stale = "update session set renewed_at = clock_timestamp() - interval '16 minutes', roles = '{social_worker}'"
        await sql(place, "one", stale)
        assert (await browser.get(one)).text.startswith(f"{NURSE.name}: nurse;")
        await sql(place, "one", stale)
        gone = dict(place.provider.people)
        del gone[NURSE.subject]
        place.provider.people = gone
        assert (await browser.get(one)).status_code == 303


async def test_while_the_provider_is_away_sessions_and_tokens_work_on(place: Place) -> None:
    one = place.addresses["one"]
    token = place.provider.tokens.access_token("clinic", "n", roles=["nurse"])
    async with place.browser() as browser:
        await follow(browser, one, NURSE.subject)
        assert (await browser.get(one, headers={"Authorization": f"Bearer {token}"})).status_code == 200
        await place.stop_provider()
        await sql(place, "one", "update session set renewed_at = clock_timestamp() - interval '16 minutes'")
        assert (await browser.get(one)).status_code == 200
        assert (await browser.get(one, headers={"Authorization": f"Bearer {token}"})).status_code == 200
        away = await browser.get(f"{place.addresses['other']}/sign-in")
        assert (away.status_code, "reach the sign-in" in away.text) == (503, True)


async def test_many_requests_with_a_stale_session_ask_the_provider_once(place: Place) -> None:
    one = place.addresses["one"]
    async with place.browser() as browser:
        await follow(browser, one, NURSE.subject)
        await sql(place, "one", "update session set renewed_at = clock_timestamp() - interval '16 minutes'")
        answers = await asyncio.gather(*(browser.get(one) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_an_open_page_knows_who_looks_and_asks_nobody_to_sign_in(place: Place) -> None:
    async with place.browser() as browser:
        assert (await browser.get(f"{place.addresses['one']}/open")).text == "seen by an outsider"
        await follow(browser, place.addresses["one"], NURSE.subject)
        assert (await browser.get(f"{place.addresses['one']}/open")).text == f"seen by {NURSE.name}"

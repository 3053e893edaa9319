"""A page that there is not has the head of whoever asks for it, and tells strangers no more than they may open."""

from __future__ import annotations

import pytest

from carebus.web.links import parsed
from tests.carebus.web.sign_in.conftest import HTML, Place
from tests.carebus.web.sign_in.test_coming_and_going import NURSE, sql

LINKS = parsed("Ward=http://ward.example/|nurse,Office=http://office.example/|coordinator,About=http://about.example/")


@pytest.fixture
def nowhere(place: Place) -> str:
    place.services["one"].app.state.parts.pages.environment.globals["links"] = LINKS
    return f"{place.addresses['one']}/nowhere"


async def test_whoever_is_signed_in_stays_so_on_a_page_that_there_is_not(place: Place, nowhere: str) -> None:
    async with place.browser() as browser:
        await place.follow(browser, place.addresses["one"], NURSE)
        rows = await sql(place, "one", "select count(*) from audit_pending")
        page = await browser.get(nowhere)
        assert page.status_code == 404
        assert NURSE.name in page.text
        assert ("Ward" in page.text, "Office" in page.text, "About" in page.text) == (True, False, True)
        assert await sql(place, "one", "select count(*) from audit_pending") == rows


async def test_a_stranger_is_shown_nothing_there_that_needs_a_role(place: Place, nowhere: str) -> None:
    async with place.browser() as browser:
        page = await browser.get(nowhere)
    assert page.status_code == 404
    assert ("Ward" in page.text, "Office" in page.text, "About" in page.text) == (False, False, True)


async def test_a_refused_token_or_a_database_that_is_away_make_a_stranger_and_no_other_answer(
    place: Place, nowhere: str
) -> None:
    async with place.browser() as browser:
        page = await browser.get(nowhere, headers=HTML | {"Authorization": "Bearer none"})
        assert (page.status_code, "Ward" in page.text) == (404, False)
        await place.follow(browser, place.addresses["one"], NURSE)
        await sql(place, "one", "alter table session rename to session_elsewhere")
        page = await browser.get(nowhere)
        assert (page.status_code, "Ward" in page.text) == (404, False)

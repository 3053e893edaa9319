"""Whoever asked for a cancellation is told that the office turned it down, when and in which words; nobody is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from carebus.contracts.referral import ContinuedBecause, ReferrerStatusChanged
from carebus.testing import Bench
from tests.referral.following import BORN, following, link_of, looks, referred, types

WORDS = "Her daughter asks us to come."


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path) as bench:
        yield bench


async def turned_down(office: Bench, **said: str) -> tuple[str, str]:
    """The referral, and the path of its private page."""
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    await types(office, path + "/cancel", reason="no_longer_needed")
    answer = await does(office, told["referral_id"], "turn-down-cancellation", **said)
    assert answer.status_code == 200, answer.text
    return told["referral_id"], path


async def does(office: Bench, referral_id: str, act: str, **said: str) -> Any:
    return await office.command(f"/api/referrals/{referral_id}/{act}", said)


async def test_the_page_says_that_the_office_turned_it_down_and_when(office: Bench) -> None:
    _, path = await turned_down(office, note=WORDS)
    page = (await looks(office, path)).text
    assert "Your wish to cancel" in page
    assert "Turned down by our office. The referral goes on." in page
    assert "2 Mar 2026" in page.partition("Your wish to cancel")[2].partition("</section>")[0]


async def test_its_words_open_with_the_date_of_birth_only(office: Bench) -> None:
    _, path = await turned_down(office, note=WORDS)
    hidden = (await looks(office, path)).text
    assert WORDS not in hidden
    assert "They open with the date of birth." in hidden
    await types(office, path + "/open", birth_date=BORN)
    office.http.cookies.clear()
    opened = await types(office, path + "/open", birth_date=BORN)
    cookie = opened.headers["set-cookie"].partition(";")[0]
    seen = await office.http.get(path, headers={"accept": "text/html", "cookie": cookie})
    assert WORDS in seen.text


async def test_the_letter_is_told_why_the_referral_goes_on(office: Bench) -> None:
    referral_id, path = await turned_down(office)
    await types(office, path + "/cancel", reason="no_longer_needed")
    await types(office, path + "/keep")
    told = [each.event for each in await office.all_published() if isinstance(each.event, ReferrerStatusChanged)]
    assert [each.continued for each in told if str(each.referral_id) == referral_id] == [
        None, None, ContinuedBecause.TURNED_DOWN, None, ContinuedBecause.WITHDRAWN,
    ]  # fmt: skip


async def test_who_asks_once_more_or_is_done_reads_no_older_answer(office: Bench) -> None:
    referral_id, path = await turned_down(office)
    await types(office, path + "/cancel", reason="no_longer_needed")
    assert "Turned down by our office" not in (await looks(office, path)).text
    await does(office, referral_id, "turn-down-cancellation")
    assert "Turned down by our office" in (await looks(office, path)).text
    await does(office, referral_id, "decline", reason="no_capacity")
    assert "Turned down by our office" not in (await looks(office, path)).text


async def test_the_office_may_say_why_on_its_page(office: Bench) -> None:
    told = await referred(office)
    await types(office, await link_of(office, told["referral_id"]) + "/cancel", reason="no_longer_needed")
    page = (await office.http.get(f"/referrals/{told['referral_id']}")).text
    assert 'name="turn_down_cancellation.note"' in page

"""A loop closes when the referrer has the visit summary: by a letter, by their account, or by the private link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from carebus.contracts.care_plan import EpisodeOpened
from carebus.contracts.notifications import ReferrerLetterSent
from carebus.contracts.referral import ReferralLoopClosed, ReferrerStatusChanged
from carebus.testing import START, Bench, assert_published
from tests.referral.acting import with_address
from tests.referral.feedback.test_status_page import summary
from tests.referral.following import BORN, following, link_of, looks, referred, types
from tests.referral.organizations.test_organizations import ELM
from tests.told import EPISODE, completed, scheduled


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path) as bench:
        yield bench


async def summed_up(office: Bench) -> dict[str, Any]:
    """A referral whose first visit took place and was summed up."""
    told = await referred(office)
    accepted = await office.command(f"/api/referrals/{told['referral_id']}/accept", {})
    assert accepted.status_code == 200, accepted.text
    opened = EpisodeOpened(
        episode_id=EPISODE,
        referral_id=UUID(told["referral_id"]),
        conditions=(),
        ready_for_care_on=START.date(),
        opened_at=START,
    )
    issued = summary(told["referral_id"]).model_copy(update={"episode_id": EPISODE, "visit_id": uuid5(EPISODE, "1")})
    at = START + timedelta(days=1)
    events = (opened, scheduled(at=at), completed(at=at), issued)
    await office.hears(*events, patient=UUID(told["patient_id"]))
    assert await status_of(office, told) == "summary_sent"
    return told


async def status_of(office: Bench, told: dict[str, Any]) -> str:
    return str((await office.http.get(f"/api/referrals/{told['referral_id']}")).json()["status"])


def letter(told: dict[str, Any], status: str) -> ReferrerLetterSent:
    return ReferrerLetterSent(
        letter_id=UUID(int=1),
        referral_id=UUID(told["referral_id"]),
        status=status,
        message_id="<1@carebus.example>",
        attempts=1,
        sent_at=START,
    )


async def test_the_letter_that_tells_of_the_summary_closes_the_loop_and_no_other(office: Bench) -> None:
    told = await summed_up(office)
    await office.hears(letter(told, "active"), patient=UUID(told["patient_id"]))
    await assert_published(office, ReferralLoopClosed, times=0)
    await office.hears(letter(told, "summary_sent"), patient=UUID(told["patient_id"]))
    await assert_published(office, ReferralLoopClosed, times=1)
    assert await status_of(office, told) == "closed"
    page = await looks(office, f"/referrers/{ELM}")
    assert "1 of 1" in page.text


async def test_a_referrer_is_written_to_at_each_step_and_once_for_the_end(office: Bench) -> None:
    told = await summed_up(office)
    await office.hears(letter(told, "summary_sent"), patient=UUID(told["patient_id"]))
    changes = await office.published(ReferrerStatusChanged)
    assert [(event.status, event.newsworthy) for event in changes] == [
        ("triage", True),
        ("accepted", True),
        ("contacting", False),
        ("first_visit_scheduled", True),
        ("active", True),
        ("summary_sent", True),
        ("closed", False),
    ]
    assert (changes[-1].task_status, changes[-1].business_status) == ("completed", "7.0")


async def test_the_summary_seen_by_the_link_and_the_date_of_birth_closes_the_loop(office: Bench) -> None:
    told = await summed_up(office)
    path = await link_of(office, told["referral_id"])
    await looks(office, path)
    assert await status_of(office, told) == "summary_sent", "a mail scanner closes no loop"
    await types(office, path + "/open", birth_date=BORN)
    assert "Pain 8." in (await looks(office, path)).text
    assert await status_of(office, told) == "closed"
    await looks(office, path)
    await assert_published(office, ReferralLoopClosed, times=1)


async def test_the_summary_seen_in_the_account_closes_the_loop(office: Bench) -> None:
    told = await summed_up(office)
    await types(office, f"/referrers/{ELM}/accounts", domain="elm.example")
    seen = await looks(office, f"/my/referrals/{told['referral_id']}", **with_address("osei@elm.example"))
    assert "Pain 8." in seen.text
    assert await status_of(office, told) == "closed"


async def test_the_page_says_what_is_missing_and_from_whom(office: Bench) -> None:
    told = await referred(office)
    asked = await office.command(
        f"/api/referrals/{told['referral_id']}/request-information",
        {"items": ["function", "coverage"], "owed_by": "referrer", "note": "Ask Bo Quimby."},
    )
    assert asked.status_code == 200, asked.text
    path = await link_of(office, told["referral_id"])
    page = (await looks(office, path)).text
    for words in ("We need this from you", "How well the person manages the day", "Who covers the person", "Needed by"):
        assert words in page
    assert "Quimby" not in page
    await types(office, path + "/open", birth_date=BORN)
    assert "Ask Bo Quimby." in (await looks(office, path)).text

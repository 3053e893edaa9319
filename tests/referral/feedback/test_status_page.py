"""The private status page: who opens it, what it says, what it keeps back, and how long it does so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.care_plan import SummaryPart, SummarySection, VisitSummaryIssued
from carebus.contracts.referral import (
    ReferrerLinkRevoked,
    ReferrerStatusChanged,
    ReferrerStatusViewed,
    ReferrerUpdateRequested,
    SeenBy,
)
from carebus.testing import START, Bench, assert_published
from carebus.web import throttle
from services.referral.api.feedback.links import REVOKE
from tests.hurrying import hurry
from tests.referral.following import BORN, LINKS, following, link_of, looks, referred, types
from tests.referral.samples import SECRETS

NAMED = (*SECRETS, "osei@elm.example")


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    hurry(monkeypatch.setattr)
    async with following(postgres_url, tmp_path) as bench:
        yield bench


def summary(referral_id: str, version: int = 1, words: str = "Pain 8.") -> VisitSummaryIssued:
    return VisitSummaryIssued(
        summary_id=UUID(int=11),
        visit_id=UUID(int=12),
        episode_id=UUID(int=13),
        referral_id=UUID(referral_id),
        version=version,
        sections=(SummarySection(part=SummaryPart.FOUND, text=words),),
        issued_at=START,
    )


async def test_the_link_tells_where_the_referral_stands_and_names_nobody(office: Bench) -> None:
    told = await referred(office)
    page = await looks(office, await link_of(office, told["referral_id"]))
    assert page.status_code == 200
    for words in (
        told["reference"],
        "We are looking at it",
        "Elm Street Cardiology",
        "requested",
        "2.0 Service Request",
    ):
        assert words in page.text
    assert not any(secret in page.text for secret in NAMED)
    assert "O. Q." not in page.text
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert 'name="robots" content="noindex"' in page.text
    assert "Worklist" not in page.text


async def test_the_page_follows_the_decision_and_says_why(office: Bench) -> None:
    told = await referred(office)
    await office.command(
        f"/api/referrals/{told['referral_id']}/decline", {"reason": "other", "reason_text": "Lives with Ottoline."}
    )
    path = await link_of(office, told["referral_id"])
    page = await looks(office, path)
    assert "Declined" in page.text
    assert "Other" in page.text
    assert "Lives with" not in page.text, "free text may name the person"
    await types(office, path + "/open", birth_date=BORN)
    assert "Lives with Ottoline." in (await looks(office, path)).text


async def test_every_change_is_told_once_with_the_same_link(office: Bench) -> None:
    told = await referred(office)
    accepted = await office.command(f"/api/referrals/{told['referral_id']}/accept", {}, key="once")
    await office.command(f"/api/referrals/{told['referral_id']}/accept", {}, key="once")
    assert accepted.status_code == 200, accepted.text
    first, second = await assert_published(office, ReferrerStatusChanged, times=2)
    assert (first.task_status, first.business_status) == ("requested", "2.0")
    assert (second.status, second.task_status, second.business_status) == ("accepted", "accepted", "3.0")
    assert first.link == second.link
    assert first.newsworthy
    assert second.newsworthy
    assert first.reference == told["reference"]


@pytest.mark.parametrize(
    "path", ["/status/x", "/status/" + LINKS.token(UUID(int=5)), "/status/%00", "/status/" + "A" * 54]
)
async def test_nothing_else_opens(office: Bench, path: str) -> None:
    await referred(office)
    assert (await looks(office, path)).status_code == 404


async def test_a_link_ends_after_its_time_and_a_new_one_goes_to_the_address_on_file(office: Bench) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    await office.passes(days=90)
    ended = await looks(office, path)
    assert ended.status_code == 410
    assert "Send me a new link" in ended.text
    assert (await types(office, path + "/open", birth_date=BORN)).status_code == 410
    renewed = await types(office, path + "/renew", email="eve@evil.example")
    assert "on its way" in renewed.text
    (asked,) = await assert_published(office, ReferrerUpdateRequested, times=1)
    assert asked.referrer.email == "osei@elm.example"
    assert (await looks(office, await link_of(office, told["referral_id"]))).status_code == 200
    assert (await looks(office, path)).status_code == 404, "the old link is gone"


async def test_a_new_link_is_sent_once_an_hour_at_most(office: Bench) -> None:
    told = await referred(office)
    await types(office, await link_of(office, told["referral_id"]) + "/renew")
    again = await types(office, await link_of(office, told["referral_id"]) + "/renew")
    assert again.status_code == 429
    await assert_published(office, ReferrerUpdateRequested, times=1)
    await office.passes(hours=1)
    await types(office, await link_of(office, told["referral_id"]) + "/renew")
    await assert_published(office, ReferrerUpdateRequested, times=2)


async def test_who_has_lost_the_link_learns_nothing_of_whether_a_number_is_known(office: Bench) -> None:
    told = await referred(office)
    known = await types(office, "/status", number=told["reference"].lower())
    unknown = await types(office, "/status", number="7F3KQ-9Q2MB")
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    await assert_published(office, ReferrerUpdateRequested, times=1)
    assert (await types(office, "/status", number="no number")).status_code == 422


async def test_a_revoked_link_opens_nothing_and_is_not_renewed_by_whoever_holds_it(office: Bench) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    for _ in range(2):
        gone = await types(office, f"/referrals/{told['referral_id']}/referrer/revoke")
        assert gone.status_code == 303
    page = await looks(office, path)
    assert page.status_code == 410
    assert "new link" not in page.text
    assert (await types(office, path + "/renew")).status_code == 410
    unknown = await types(office, "/status", number="7F3KQ-9Q2MB")
    asked = await types(office, "/status", number=told["reference"])
    assert (asked.status_code, asked.text) == (200, unknown.text)
    await assert_published(office, ReferrerUpdateRequested, times=0)
    await assert_published(office, ReferrerLinkRevoked, times=1)
    sent = await types(office, f"/referrals/{told['referral_id']}/referrer/renew")
    assert sent.status_code == 303
    assert (await looks(office, await link_of(office, told["referral_id"]))).status_code == 200
    assert REVOKE.states


async def test_the_summary_needs_the_date_of_birth(office: Bench) -> None:
    told = await referred(office)
    await office.hears(summary(told["referral_id"]), patient=UUID(told["patient_id"]))
    path = await link_of(office, told["referral_id"])
    assert "Pain 8." not in (await looks(office, path)).text
    wrong = await types(office, path + "/open", birth_date="1941-06-05")
    assert wrong.status_code == 422
    assert "4 more times" in wrong.text
    assert "Pain 8." not in (await looks(office, path)).text
    right = await types(office, path + "/open", birth_date=BORN)
    assert (right.status_code, right.headers["location"]) == (303, path)
    cookie = right.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", f"path={path}".lower(), "max-age=1800"))
    assert BORN not in cookie
    opened = await looks(office, path)
    assert "Pain 8." in opened.text
    assert "O. Q." in opened.text
    await types(office, path + "/close")
    assert "Pain 8." not in (await looks(office, path)).text


async def test_a_corrected_summary_takes_the_place_of_the_first_and_never_the_other_way(office: Bench) -> None:
    told = await referred(office)
    for version, words in ((1, "Pain 8."), (2, "Pain 3."), (1, "Pain 8.")):
        await office.hears(summary(told["referral_id"], version, words), patient=UUID(told["patient_id"]), times=2)
    path = await link_of(office, told["referral_id"])
    await types(office, path + "/open", birth_date=BORN)
    page = await looks(office, path)
    assert "Pain 3." in page.text
    assert "Pain 8." not in page.text


async def test_five_wrong_dates_lock_the_summary_even_when_they_come_at_once(office: Bench) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    tries = [types(office, path + "/open", birth_date=f"1941-0{n}-01") for n in range(1, 9)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*tries)])
    assert statuses == [422, 422, 422, 422, 429, 429, 429, 429]
    assert (await types(office, path + "/open", birth_date=BORN)).status_code == 429
    assert "typed too often" in (await looks(office, path)).text
    await types(office, path + "/renew")
    fresh = await link_of(office, told["referral_id"])
    assert (await types(office, fresh + "/open", birth_date=BORN)).status_code == 303


async def test_a_right_date_of_birth_opens_one_link_only(office: Bench) -> None:
    mine, other = await referred(office), await referred(office, referral_note="The same person once more.")
    path, another = [await link_of(office, told["referral_id"]) for told in (mine, other)]
    right = await types(office, path + "/open", birth_date=BORN)
    token = right.headers["set-cookie"].partition("=")[2].partition(";")[0]
    given = {"accept": "text/html", "cookie": f"carebus_status={token}"}
    pages = [await office.http.get(each, headers=given) for each in (path, another)]
    assert [page.status_code for page in pages] == [200, 200]
    assert ["O. Q." in page.text for page in pages] == [True, False]


async def test_a_view_is_told_once_for_a_while_and_says_what_it_proves(office: Bench) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    for _ in range(3):
        await looks(office, path)
    await types(office, path + "/open", birth_date=BORN)
    for _ in range(2):
        await looks(office, path)
    views = await assert_published(office, ReferrerStatusViewed, times=2)
    assert [view.seen_by for view in views] == [SeenBy.LINK, SeenBy.CONFIRMED]
    await office.passes(hours=12)
    await looks(office, path)
    await assert_published(office, ReferrerStatusViewed, times=3)


async def test_nobody_asks_very_often(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle.TRYING, "_most", 3)
    async with following(postgres_url, tmp_path) as bench:
        answers = [(await types(bench, "/status", number="7F3KQ-9Q2MB")).status_code for _ in range(5)]
    assert answers[-1] == 429
    assert answers.count(200) <= 3


async def test_logs_say_neither_link_nor_person(office: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    await types(office, path + "/open", birth_date="1941-06-05")
    await types(office, path + "/open", birth_date=BORN)
    await looks(office, path)
    said = "".join(capsys.readouterr())
    assert "/status/{token}" in said
    assert not any(secret in said for secret in (*NAMED, path, "1941-06-05"))


async def test_what_was_asked_for_is_sent_by_the_link_and_read_by_the_office(office: Bench) -> None:
    told = await referred(office)
    path, referral = await link_of(office, told["referral_id"]), f"/api/referrals/{told['referral_id']}"
    assert "/supply" not in (await looks(office, path)).text
    await office.command(f"{referral}/request-information", {"items": ["function"], "owed_by": "referrer"})
    assert "Send us what is missing" in (await looks(office, path)).text
    nothing = await types(office, path + "/supply", note=" ")
    assert (nothing.status_code, "Write what we asked for." in nothing.text) == (422, True)
    key = str(UUID(int=5))
    for _ in range(2):
        assert (await types(office, path + "/supply", note="Walks ten steps.", idempotency_key=key)).status_code == 303
    found = (await office.http.get(referral)).json()
    assert (found["status"], found["steps"][-1]["text"]) == ("triage", "Walks ten steps.")
    assert found["steps"][-1]["by"] == "referrer:link"
    late = await types(office, path + "/supply", note="Once more.")
    assert (late.status_code, "Once more." in late.text or "moved on" in late.text) == (409, True)


async def test_the_link_asks_for_cancellation_and_takes_that_back(office: Bench) -> None:
    told = await referred(office)
    path, referral = await link_of(office, told["referral_id"]), f"/api/referrals/{told['referral_id']}"
    wrong = await types(office, path + "/cancel", reason="other")
    assert wrong.status_code == 422
    assert (await types(office, path + "/cancel")).status_code == 422
    assert (await types(office, path + "/cancel", reason="no_longer_needed")).status_code == 303
    assert (await office.http.get(referral)).json()["status"] == "cancellation_requested"
    assert "Go on after all?" in (await looks(office, path)).text
    assert (await types(office, path + "/keep")).status_code == 303
    assert (await office.http.get(referral)).json()["status"] == "triage"


async def test_a_link_that_has_ended_does_nothing(office: Bench) -> None:
    told = await referred(office)
    path = await link_of(office, told["referral_id"])
    await office.passes(days=400)
    for act in ("supply", "cancel", "keep"):
        assert (await types(office, f"{path}/{act}", note="x", reason="no_longer_needed")).status_code == 410
    assert (await office.http.get(f"/api/referrals/{told['referral_id']}")).json()["status"] == "triage"

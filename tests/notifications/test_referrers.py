"""Letters to referrers: one per piece of news, with a link and without the patient, by the same real mail server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from carebus.contracts.notifications import (
    FailureReason,
    NotificationSent,
    ReferrerLetterFailed,
    ReferrerLetterRequested,
    ReferrerLetterSent,
)
from carebus.contracts.people import Referrer
from carebus.contracts.referral import ReferrerStatusChanged, ReferrerUpdateRequested, StatusLink
from carebus.testing import START, Bench, assert_published
from carebus.web.private_links import PrivateLinks
from services.notifications.channels import dispatch
from services.notifications.channels.statuses import STATUSES
from services.notifications.domain import Referrers, Status
from tests.benches import until
from tests.notifications.conftest import HELP_LINE, MailServer, notifications_bench, working
from tests.told import REFERRAL, accepted, contact, team

P = UUID(int=77)
SECRET = "s" * 40
LINKS = PrivateLinks(SECRET, "https://referrals.example/status")
OSEI = Referrer(organization="Elm Street Cardiology", name="R. Osei", email="osei@elm.example")


def stands(status: str = "triage", n: int = 1, **other: Any) -> ReferrerStatusChanged:
    """The referral stands here now."""
    known = {
        "referral_id": REFERRAL,
        "reference": "7F3KQ-9Q2MB",
        "referrer": OSEI,
        "status": status,
        "task_status": "requested",
        "business_status": "2.0",
        "newsworthy": True,
        "link": StatusLink(link_id=UUID(int=n), issued_at=START),
        "changed_at": START,
    }
    return ReferrerStatusChanged.model_validate(known | other)


def new_link() -> ReferrerUpdateRequested:
    """The referrer asked for a new link."""
    return ReferrerUpdateRequested(
        referral_id=REFERRAL,
        reference="7F3KQ-9Q2MB",
        referrer=OSEI,
        status="accepted",
        link=StatusLink(link_id=UUID(int=9), issued_at=START),
        requested_at=START,
    )


@pytest.fixture
async def linking(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    more = {"status_link_secret": SECRET, "referral_url": "https://referrals.example"}
    async with notifications_bench(postgres_url, tmp_path, mail_server.port, **more) as bench:
        yield bench


def said(mail: EmailMessage, kind: str = "plain") -> str:
    """What a letter says."""
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


async def letters_sent(bench: Bench, count: int) -> None:
    async def so() -> bool:
        return len(await bench.published(ReferrerLetterSent)) >= count

    await until(so)


async def test_a_referrer_is_written_once_per_piece_of_news(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(stands(), stands("accepted"), patient=P, times=3)
    async with working(linking):
        await letters_sent(linking, 2)
    first, second = sorted(mail_server.taken, key=said, reverse=True)
    told = await assert_published(linking, ReferrerLetterSent, patient=P, times=2)
    requested = await assert_published(linking, ReferrerLetterRequested, patient=P, times=2)
    assert {mail["Message-ID"] for mail in (first, second)} == {one.message_id for one in told}
    assert {one.letter_id for one in requested} == {one.letter_id for one in told}
    assert first["To"] == "osei@elm.example", "a name may be anything that somebody typed"
    assert first["From"] == "Carebus referrals <care@carebus.example>"
    assert first["Subject"] == "Your referral 7F3KQ-9Q2MB"
    for mail, status in ((first, "triage"), (second, "accepted")):
        for kind in ("plain", "html"):
            text = said(mail, kind)
            for words in ("7F3KQ-9Q2MB", STATUSES[status].stands, LINKS.address(UUID(int=1)), HELP_LINE):
                assert words in text


async def test_a_change_that_is_no_news_to_a_person_is_no_letter(linking: Bench) -> None:
    await linking.hears(stands(newsworthy=False), patient=P)
    await linking.hears(stands(referrer=Referrer(organization="Elm")), patient=P)
    await linking.hears(
        stands(referrer=OSEI.model_copy(update={"email": "a@x.example\r\nBcc: b@x.example"})), patient=P
    )
    await assert_published(linking, ReferrerLetterRequested, patient=P, times=0)


async def test_letters_to_referrers_and_messages_to_families_are_counted_apart(linking: Bench) -> None:
    await linking.hears(accepted(told=contact()), team(), patient=P)
    await linking.hears(stands(), patient=P)
    async with working(linking):
        await letters_sent(linking, 1)

        async def family_sent() -> bool:
            return len(await linking.published(NotificationSent)) == 1

        await until(family_sent)
    families = (await linking.http.get("/api/notifications")).json()
    referrers = (await linking.http.get("/api/referrer-letters")).json()
    assert families["counts"] == {"queued": 0, "sent": 1, "failed": 0, "withdrawn": 0, "suppressed": 0}
    assert referrers["counts"] == {"queued": 0, "sent": 1, "failed": 0, "withdrawn": 0}
    assert len(families["items"]) == len(referrers["items"]) == 1
    assert referrers["items"][0]["address"] == "o•••@elm.example"
    assert (await linking.http.get("/api/referrer-letters", params={"patient_id": str(UUID(int=8))})).json()[
        "items"
    ] == []


async def test_a_new_link_takes_the_place_of_what_still_waits_with_the_old_one(
    linking: Bench, mail_server: MailServer
) -> None:
    await linking.hears(stands(), new_link(), patient=P)
    async with working(linking):
        await letters_sent(linking, 1)
    (mail,) = mail_server.taken
    text = said(mail)
    assert LINKS.address(UUID(int=9)) in text
    assert LINKS.address(UUID(int=1)) not in text
    assert "asked for a new link" in text
    assert (await linking.http.get("/api/referrer-letters")).json()["counts"]["withdrawn"] == 1


async def test_without_the_secret_a_letter_has_no_link(notifications: Bench, mail_server: MailServer) -> None:
    await notifications.hears(stands(), patient=P)
    async with working(notifications):
        await letters_sent(notifications, 1)
    text = said(mail_server.taken[0])
    assert "7F3KQ-9Q2MB" in text
    assert "http" not in text


async def test_a_letter_that_is_refused_is_told_as_failed(linking: Bench, mail_server: MailServer) -> None:
    mail_server.answers = ["554 5.7.1 Not wanted"]
    await linking.hears(stands(), patient=P)
    async with working(linking):

        async def failed() -> bool:
            return bool(await linking.published(ReferrerLetterFailed))

        await until(failed)
    (told,) = await linking.published(ReferrerLetterFailed)
    assert (told.reason, told.attempts) == (FailureReason.REJECTED, 1)
    page = await linking.http.get("/referrers", headers={"accept": "text/html"})
    assert "could not be handed over" in page.text


async def test_a_death_between_the_servers_yes_and_the_record_repeats_the_same_letter(
    linking: Bench, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linking.hears(stands(), patient=P)
    reached = asyncio.Event()

    async def dies(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as killed:
        killed.setattr(dispatch.Dispatch, "_record", dies)
        async with working(linking) as worker:
            await asyncio.wait_for(reached.wait(), 20)
            worker.cancel()
            await asyncio.wait([worker])
    async with working(linking):
        await letters_sent(linking, 1)
    first, second = mail_server.taken
    assert first.as_bytes() == second.as_bytes()
    await assert_published(linking, ReferrerLetterSent, patient=P, times=1)


async def test_what_a_replay_reads_again_is_not_sent_again(linking: Bench) -> None:
    await linking.hears(stands(), patient=P)
    async with linking.service.app.state.parts.database.connection() as db:
        doc = await db.fetchval("select doc::text from referrers")
    past = Referrers.model_validate_json(doc).as_history()
    assert [letter.status for letter in past.letters] == [Status.WITHDRAWN]


async def test_nothing_of_the_letter_is_logged(
    linking: Bench, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_server.answers = ["451 later, osei@elm.example"]
    await linking.hears(stands(), patient=P)
    async with working(linking):
        await letters_sent(linking, 1)
    told = "".join(capsys.readouterr())
    assert "mail_round" in told
    assert not any(secret in told for secret in ("osei", "Osei", LINKS.token(UUID(int=1))))


@pytest.mark.parametrize(
    ("continued", "words"),
    [("turned_down", "Our office has turned down your wish to cancel"), ("withdrawn", "You have taken back your wish")],
)
async def test_a_letter_says_why_a_referral_goes_on_that_was_to_be_cancelled(
    linking: Bench, mail_server: MailServer, continued: str, words: str
) -> None:
    await linking.hears(stands(continued=continued), patient=P)
    async with working(linking):
        await letters_sent(linking, 1)
    (mail,) = mail_server.taken
    for kind in ("plain", "html"):
        assert f"{words}" in said(mail, kind)
        assert "The referral goes on" in said(mail, kind)

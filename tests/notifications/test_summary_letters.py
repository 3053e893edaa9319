"""Letters about visit summaries: a private link and nothing of the summary, and what became of them is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.care_plan import SummaryPart, SummaryRecipient, VisitSummarySendRequested
from carebus.contracts.notifications import FailureReason, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.testing import START, Bench, assert_published
from carebus.web.private_links import PrivateLinks
from tests.benches import until
from tests.notifications.conftest import HELP_LINE, MailServer, notifications_bench, working

P = UUID(int=78)
SENDING, VISIT = UUID(int=1), UUID(int=2)
SECRET = "v" * 40
LINKS = PrivateLinks(SECRET, "https://care.example/care-plan/summary")


def asked(n: int = 1, email: str = "osei@elm.example", name: str = "R. Osei") -> VisitSummarySendRequested:
    """Somebody is to have a summary."""
    recipient = SummaryRecipient(
        recipient_id=UUID(int=9), name=name, profession="Cardiologist", organization="Elm Street", email=email
    )
    return VisitSummarySendRequested(
        sending_id=UUID(int=n),
        summary_id=UUID(int=3),
        visit_id=VISIT,
        episode_id=UUID(int=4),
        version=2,
        recipient=recipient,
        parts=(SummaryPart.VISIT, SummaryPart.CHANGED),
        requested_at=START,
    )


@pytest.fixture
async def linking(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    more = {"summary_link_secret": SECRET, "care_plan_url": "https://care.example/care-plan"}
    async with notifications_bench(postgres_url, tmp_path, mail_server.port, **more) as bench:
        yield bench


def said(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


async def told(bench: Bench) -> list[VisitSummaryDelivered | VisitSummaryUndelivered]:
    events = [each.event for each in await bench.all_published()]
    return [event for event in events if isinstance(event, VisitSummaryDelivered | VisitSummaryUndelivered)]


async def settled(bench: Bench, count: int = 1) -> None:
    async def enough() -> bool:
        return len(await told(bench)) >= count

    async with working(bench):
        await until(enough)


async def test_the_letter_leads_to_the_page_and_holds_nothing_else(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(asked(), patient=P)
    await settled(linking)
    (mail,) = mail_server.taken
    assert mail["To"] == "osei@elm.example"
    assert mail["Subject"] == "A visit summary for you"
    for kind in ("plain", "html"):
        text = said(mail, kind).replace("=\n", "")
        assert LINKS.address(SENDING) in text
        assert HELP_LINE in text
        for hidden in ("Osei", "Cardiologist", "Elm Street", str(VISIT), "AKPS", "version", "changed"):
            assert hidden not in text


async def test_that_it_was_taken_over_is_told_once(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(asked(), patient=P)
    await settled(linking)
    (event,) = await told(linking)
    assert isinstance(event, VisitSummaryDelivered)
    assert (event.sending_id, event.visit_id, event.version, event.attempts) == (SENDING, VISIT, 2, 1)
    assert len(mail_server.taken) == 1


async def test_an_address_that_is_refused_is_told(linking: Bench, mail_server: MailServer) -> None:
    mail_server.recipient_answers["gone@elm.example"] = "550 no such user"
    await linking.hears(asked(email="gone@elm.example"), patient=P)
    await settled(linking)
    (event,) = await told(linking)
    assert isinstance(event, VisitSummaryUndelivered)
    assert event.reason is FailureReason.REJECTED


async def test_after_a_passing_refusal_it_is_tried_again(linking: Bench, mail_server: MailServer) -> None:
    mail_server.answers = ["451 later"]
    await linking.hears(asked(), patient=P)
    await settled(linking)
    (event,) = await told(linking)
    assert (type(event), event.attempts) == (VisitSummaryDelivered, 2)


@pytest.mark.parametrize("address", ["", "not one", "a@b\r\nBcc: x@y.example"])
async def test_nobody_is_written_to_without_one_address(linking: Bench, mail_server: MailServer, address: str) -> None:
    handled = await linking.hears(asked(email=address), patient=P)
    assert handled is not None
    if address:
        await assert_published(linking, VisitSummaryUndelivered, patient=P)
    await linking.hears(asked(2), patient=P)
    await settled(linking, 2 if address else 1)
    assert [mail["To"] for mail in mail_server.taken] == ["osei@elm.example"]


async def test_several_letters_each_have_their_own_link(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(asked(1), asked(2), asked(3), patient=P)
    await settled(linking, 3)
    links = {LINKS.address(UUID(int=n)) for n in (1, 2, 3)}
    assert {line.strip() for mail in mail_server.taken for line in said(mail).splitlines()} >= links


async def test_without_a_secret_the_letter_has_no_link(
    postgres_url: str, tmp_path: Path, mail_server: MailServer
) -> None:
    async with notifications_bench(postgres_url, tmp_path, mail_server.port) as bench:
        await bench.hears(asked(), patient=P)
        await settled(bench)
    assert "http" not in said(mail_server.taken[0])

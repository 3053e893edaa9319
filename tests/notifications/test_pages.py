"""Pages by mail: at once, with a link and nothing of a patient; a replay or a late page goes to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.event import Subject
from carebus.contracts.line import ClinicianPaged
from carebus.contracts.notifications import FailureReason, PageHandedOver, PageNotHandedOver
from carebus.testing import START, Bench
from carebus.web.private_links import PrivateLinks
from services.notifications.domain.letters import Correspondent
from services.notifications.domain.messages import Status
from services.notifications.domain.pages import PageLetter, PageLetters
from tests.benches import until
from tests.notifications.conftest import MailServer, notifications_bench, working
from tests.notifications.test_summary_letters import said

CALL = Subject.CALL.stream(UUID(int=8))
SECRET = "w" * 40


@pytest.fixture
async def linking(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    more = {"page_link_secret": SECRET, "line_url": "https://care.example/line"}
    async with notifications_bench(postgres_url, tmp_path, mail_server.port, **more) as bench:
        yield bench


def page(email: str = "ames@clinic.example", *, before: timedelta = timedelta()) -> ClinicianPaged:
    return ClinicianPaged(
        page_id=UUID(int=1), link_id=UUID(int=2), step=1, name="Dr. Ames", email=email, paged_at=START - before
    )


async def told(bench: Bench) -> list[PageHandedOver | PageNotHandedOver]:
    events = [each.event for each in await bench.all_published()]
    return [event for event in events if isinstance(event, PageHandedOver | PageNotHandedOver)]


async def test_a_page_goes_out_once_with_its_link_and_that_is_told(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(page(), stream=CALL)
    async with working(linking):

        async def sent() -> bool:
            return bool(await told(linking))

        await until(sent)
    (mail,) = mail_server.taken
    assert (mail["To"], mail["Subject"]) == ("ames@clinic.example", "The line needs you")
    assert PrivateLinks(SECRET, "https://care.example/line/pages").address(UUID(int=2)) in said(mail)
    (handed_over,) = await told(linking)
    assert isinstance(handed_over, PageHandedOver)
    assert handed_over.link_id == UUID(int=2)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (page("no address"), FailureReason.REJECTED),
        (page(before=timedelta(minutes=11)), FailureReason.UNREACHABLE),
    ],
)
async def test_what_cannot_go_out_in_time_is_told_so_that_somebody_dials(
    linking: Bench, asked: ClinicianPaged, reason: FailureReason
) -> None:
    await linking.hears(asked, stream=CALL)
    (failed,) = await told(linking)
    assert isinstance(failed, PageNotHandedOver)
    assert failed.reason is reason


async def test_a_replay_pages_nobody(linking: Bench, mail_server: MailServer) -> None:
    """Neither the topic read again from its first event, nor a past that the service has only read of."""
    once = linking.record(page(), CALL)
    await linking.deliver(once)
    async with working(linking):

        async def sent() -> bool:
            return bool(await told(linking))

        await until(sent)
        later = page().model_copy(update={"link_id": UUID(int=3)})
        past = linking.record(later, CALL, told_at=START - timedelta(minutes=1))
        for _ in range(2):
            await linking.deliver(once, past)
    assert len(mail_server.taken) == 1
    assert [type(one) for one in await told(linking)] == [PageHandedOver]


def test_a_page_that_was_only_read_again_is_left_to_no_worker() -> None:
    waiting = PageLetter(
        notification_id=UUID(int=2),
        page_id=UUID(int=1),
        link_id=UUID(int=2),
        recipient=Correspondent(name="Dr. Ames", address="ames@clinic.example"),
        correlation_id=UUID(int=4),
        requested_at=START,
    )
    (past,) = PageLetters(letters=(waiting,)).as_history().letters
    assert past.status is not Status.QUEUED

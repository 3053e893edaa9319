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

"""The line that reads all again, or for the first time on a new database, pages nobody and tells nothing twice."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from carebus.contracts.event import Stream, Subject
from carebus.contracts.line import ClinicianPaged
from carebus.contracts.notifications import FailureReason, PageHandedOver, PageNotHandedOver
from carebus.testing import START, Bench
from services.line import app
from services.line.settings import Settings
from tests.benches import service_bench
from tests.line.people import on_the_phone, taken_on

AMES = {"name": "Dr. Ames", "phone": "617 555 0001", "email": "ames@clinic.example"}


async def test_what_was_heard_of_a_page_pages_nobody_when_it_is_read_again_or_on_a_new_database(
    line: Bench, postgres_url: str, tmp_path: Path
) -> None:
    await taken_on(line)
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/page", {"steps": [AMES]})
    (page,) = await line.published(ClinicianPaged)
    went = PageHandedOver(page_id=page.page_id, link_id=page.link_id, message_id="<1@x>", handed_over_at=START)
    failed = PageNotHandedOver(
        page_id=page.page_id, link_id=page.link_id, reason=FailureReason.REJECTED, given_up_at=START
    )
    stream: Stream = Subject.CALL.stream(UUID(call))
    heard = [line.record(went, stream), line.record(failed, stream)]
    await line.deliver(*heard)
    before = await line.all_published()
    for _ in range(2):
        await line.deliver(*heard)
    assert await line.all_published() == before

    (tmp_path / "new").mkdir()
    async with service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path / "new") as new:
        await new.deliver(*heard)
        await new.passes(hours=1)
        assert await new.all_published() == []

"""Letters to a care team when a hospital tells of their patient: that there is news, and never whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.line import AdmissionNotified, DischargeNotified
from carebus.contracts.notifications import TeamLetterSent
from carebus.contracts.referral import ReferralAccepted
from carebus.testing import Bench, assert_published
from tests.benches import until
from tests.examples import example
from tests.notifications.conftest import MailServer, notifications_bench, working

P = UUID(int=79)


@pytest.fixture
async def staffed(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    more = {"team_mailbox": "team@carebus.example", "line_url": "https://care.example/line"}
    async with notifications_bench(postgres_url, tmp_path, mail_server.port, **more) as bench:
        yield bench


async def test_the_team_hears_at_once_and_the_letter_names_nobody(staffed: Bench, mail_server: MailServer) -> None:
    accepted = example(ReferralAccepted)
    await staffed.hears(example(AdmissionNotified), patient=P)
    await staffed.hears(accepted, patient=P)
    await staffed.hears(example(AdmissionNotified), example(AdmissionNotified), patient=P)
    await staffed.hears(example(DischargeNotified), patient=P)

    async def both() -> bool:
        return len(await staffed.published(TeamLetterSent)) == 2

    async with working(staffed):
        await until(both)
    sent = await assert_published(staffed, TeamLetterSent, times=2)
    assert {one.topic for one in sent} == {"admitted", "discharged"}
    letters = [mail for mail in mail_server.taken if "team@carebus.example" in str(mail["To"])]
    assert len(letters) == 2
    for mail in letters:
        part = mail.get_body(("plain",))
        assert part
        text = str(part.get_content())
        assert f"https://care.example/line/patients/{P}" in text
        assert accepted.patient.family_name not in text + str(mail["Subject"])


async def test_without_a_mailbox_nobody_is_written_to(
    postgres_url: str, tmp_path: Path, mail_server: MailServer
) -> None:
    async with notifications_bench(postgres_url, tmp_path, mail_server.port) as bench:
        await bench.hears(example(ReferralAccepted), patient=P)
        await bench.hears(example(AdmissionNotified), patient=P)
        await assert_published(bench, TeamLetterSent, times=0)

"""The mail worker against a real mail server: accepted, refused, put off, away, and killed at the worst moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from carebus.contracts.notifications import (
    FailureReason,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
)
from carebus.testing import Bench, assert_published
from services.notifications.channels import dispatch
from tests.benches import until
from tests.notifications.conftest import MailServer, notifications_bench, working
from tests.told import accepted, completed, contact, scheduled, team

P = UUID(int=77)


async def sent(bench: Bench, count: int) -> None:
    async def so() -> bool:
        return len(await bench.published(NotificationSent)) >= count

    await until(so)


async def failed(bench: Bench, count: int) -> None:
    async def so() -> bool:
        return len(await bench.published(NotificationFailed)) >= count

    await until(so)


async def test_a_message_reaches_the_family_and_is_told_as_sent(notifications: Bench, mail_server: MailServer) -> None:
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    (requested,) = await notifications.published(NotificationRequested)
    async with working(notifications):
        await sent(notifications, 1)
    (mail,) = mail_server.taken
    (told,) = await assert_published(notifications, NotificationSent, patient=P, times=1)
    assert mail["To"] == "Karen Zyxmarker <karen.z@families.example>"
    assert mail["From"] == "Carebus care team <care@carebus.example>"
    assert mail["Message-ID"] == told.message_id == f"<{requested.notification_id}@carebus.example>"
    assert (told.attempts, told.sent_at) == (1, notifications.now())
    published = [p for p in await notifications.all_published() if isinstance(p.event, NotificationSent)]
    requests = [p for p in await notifications.all_published() if isinstance(p.event, NotificationRequested)]
    assert published[0].correlation_id == requests[0].correlation_id


async def test_many_messages_share_a_few_connections(notifications: Bench, mail_server: MailServer) -> None:
    for _ in range(20):
        await notifications.hears(accepted(told=contact()), team(), scheduled(), patient=uuid4(), times=1)
    async with working(notifications):
        await sent(notifications, 40)
    assert len({mail["Message-ID"] for mail in mail_server.taken}) == len(mail_server.taken) == 40
    assert mail_server.sessions <= 4


async def test_a_message_that_is_put_off_is_tried_again(notifications: Bench, mail_server: MailServer) -> None:
    mail_server.answers = ["451 4.7.1 Greylisted", "452 4.2.2 Mailbox full"]
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    async with working(notifications):
        await sent(notifications, 1)
    (told,) = await notifications.published(NotificationSent)
    assert told.attempts == 3
    assert len(mail_server.taken) == 1
    shown = (await notifications.http.get("/api/notifications")).json()["items"][0]
    assert (shown["status"], shown["attempts"]) == ("sent", 3)


@pytest.mark.parametrize("at", ["recipient", "data"])
async def test_a_message_refused_for_good_is_not_tried_again(
    notifications: Bench, mail_server: MailServer, at: str
) -> None:
    if at == "recipient":
        mail_server.recipient_answers = {"karen.z@families.example": "550 5.1.1 No such user"}
    else:
        mail_server.answers = ["554 5.7.1 Not wanted"]
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    other = contact(contact_id=UUID(int=6), email="son@families.example")
    await notifications.hears(accepted(told=other), team(), patient=uuid4())
    async with working(notifications):
        await failed(notifications, 1)
        await sent(notifications, 1)
    (told,) = await notifications.published(NotificationFailed)
    assert (told.reason, told.attempts) == (FailureReason.REJECTED, 1)
    assert mail_server.refused == 1


async def test_a_mail_server_that_is_away_is_waited_for(postgres_url: str, tmp_path: Path) -> None:
    server = MailServer()
    async with server.listening():
        pass
    async with notifications_bench(postgres_url, tmp_path, server.port) as bench:
        await bench.hears(accepted(told=contact()), team(), scheduled(), completed(), patient=P)

        async def tried_twice() -> bool:
            async with bench.service.app.state.parts.database.connection() as db:
                return bool(await db.fetchval("select max(attempts) >= 2 from attempt"))

        async with working(bench):
            await until(tried_twice)
            async with server.listening():
                await sent(bench, 3)
        assert len({mail["Message-ID"] for mail in server.taken}) == len(server.taken) == 3
        assert await bench.published(NotificationFailed) == []


async def test_a_message_nobody_takes_is_given_up_after_so_many_tries(postgres_url: str, tmp_path: Path) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1, mail_attempts=3) as bench:
        await bench.hears(accepted(told=contact()), team(), patient=P)
        async with working(bench):
            await failed(bench, 1)
        (told,) = await bench.published(NotificationFailed)
        assert (told.reason, told.attempts) == (FailureReason.UNREACHABLE, 3)


async def test_a_message_nobody_takes_is_given_up_after_so_long(postgres_url: str, tmp_path: Path) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        await bench.hears(accepted(told=contact()), team(), patient=P)
        async with bench.service.app.state.parts.database.connection() as db:
            await db.execute("update dispatch set queued_at = queued_at - interval '49 hours'")
        async with working(bench):
            await failed(bench, 1)
        (told,) = await bench.published(NotificationFailed)
        assert (told.reason, told.attempts) == (FailureReason.UNREACHABLE, 1)


async def test_a_connection_that_the_server_closed_costs_no_try(notifications: Bench, mail_server: MailServer) -> None:
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    async with working(notifications):
        await sent(notifications, 1)
        mail_server.hang_up()
        await notifications.hears(scheduled(), patient=P)
        await sent(notifications, 2)
    assert {one.attempts for one in await notifications.published(NotificationSent)} == {1}
    assert mail_server.sessions == 2


async def test_a_death_between_the_servers_yes_and_the_record_repeats_the_same_message(
    notifications: Bench, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    reached = asyncio.Event()

    async def dies(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as killed:
        killed.setattr(dispatch.Dispatch, "_record", dies)
        async with working(notifications) as worker:
            await asyncio.wait_for(reached.wait(), 20)
            worker.cancel()
            await asyncio.wait([worker])
    assert await notifications.published(NotificationSent) == []
    async with working(notifications):
        await sent(notifications, 1)
    first, second = mail_server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()
    await assert_published(notifications, NotificationSent, patient=P, times=1)


async def test_no_header_can_be_smuggled_in_by_a_name(notifications: Bench, mail_server: MailServer) -> None:
    sly = contact(full_name="Karen\r\nBcc: eve@evil.example\r\n\r\nbody", relationship="daughter\r\nX: y")
    await notifications.hears(accepted(told=sly), team(), patient=P)
    async with working(notifications):
        await sent(notifications, 1)
    (mail,) = mail_server.taken
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["karen.z@families.example"]
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


async def test_logs_name_nobody(
    notifications: Bench, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_server.answers = ["451 later, Karen Zyxmarker"]
    await notifications.hears(accepted(told=contact()), team(), completed(), patient=P)
    async with working(notifications):
        await sent(notifications, 2)
    told = "".join(capsys.readouterr())
    assert "mail_round" in told
    assert not any(secret in told for secret in ("Zyx", "karen", "María", "Delgado"))


async def test_what_waits_for_the_mail_server_and_what_became_of_it_is_in_the_metrics(
    notifications: Bench, mail_server: MailServer
) -> None:
    mail_server.recipient_answers = {"karen.z@families.example": "550 5.1.1 No such user"}
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    await notifications.hears(
        accepted(told=contact(contact_id=UUID(int=6), email="son@families.example")), team(), patient=uuid4()
    )
    async with notifications.service.core.database.connection() as db:
        await db.execute("update dispatch set queued_at = queued_at - interval '100 seconds'")
    await notifications.service._measure()
    before = await metric_lines(notifications)
    assert before['carebus_waiting{of="mail",service="notifications"}'] == 2
    assert before['carebus_waiting_age_seconds{of="mail",service="notifications"}'] >= 100
    async with working(notifications):
        await sent(notifications, 1)
        await failed(notifications, 1)
    await notifications.service._measure()
    after = await metric_lines(notifications)
    assert after['carebus_waiting{of="mail",service="notifications"}'] == 0
    for command in ("HandedOver", "GivenUp"):
        name = f'carebus_commands_total{{command="{command}",outcome="done",service="notifications"}}'
        assert after[name] == 1


async def metric_lines(on: Bench) -> dict[str, float]:
    """Each metric's value now."""
    told = (await on.operators.get("/metrics")).text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in told if line[:1] != "#")}


async def test_a_letter_is_not_sent_after_the_consent_has_ended(notifications: Bench, mail_server: MailServer) -> None:
    now = notifications.now()
    ends = now + timedelta(days=1)
    await notifications.hears(accepted(told=contact(consent_ends=ends)), team(), patient=P)
    await notifications.passes(days=1)
    await notifications.hears(accepted(told=contact()), team(), patient=uuid4())
    async with working(notifications):
        await sent(notifications, 1)
        await until(lambda: withdrawn(notifications))
    assert len(mail_server.taken) == 1
    (told,) = await assert_published(notifications, NotificationSuppressed, patient=P, times=1)
    assert told.reason == "no_consent"


async def withdrawn(bench: Bench) -> bool:
    return bool(await bench.published(NotificationSuppressed))

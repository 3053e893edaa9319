"""The mail server: what it acknowledged is in the inbox, whatever happens to it afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from deploy.local.inbox import Delivery, Inbox
from deploy.local.process import free_port

ROOT = Path(__file__).parents[3]
Server = Callable[[], "subprocess.Popen[bytes]"]


def message(number: int) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "Carebus <care@carebus.example>", "Ana Müller <ana@family.example>"
    made["Subject"], made["Message-ID"] = f"Visit {number}: geplant für Zoë", f"<{number}@carebus.example>"
    made.set_content("The visit is planned.\n.\nIt begins at nine.\n")
    return made


@pytest.fixture
def port() -> int:
    return free_port()


@asynccontextmanager
async def mail_server(folder: Path, port: int) -> AsyncIterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "CAREBUS_INBOX": str(folder), "CAREBUS_PORT": str(port)}
    server = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-m", "deploy.local.mail"], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        assert b"taken on" in await asyncio.to_thread(server.stdout.readline)
        yield server
    finally:
        server.kill()
        server.communicate()


async def send(port: int, *messages: EmailMessage) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for each in messages:
            await client.send_message(each)


async def test_a_message_arrives_as_it_was_sent(tmp_path: Path, port: int) -> None:
    async with mail_server(tmp_path, port):
        await send(port, message(1))
    inbox = Inbox(tmp_path)
    [header] = inbox.headers()
    assert (header.subject, header.message_id) == ("Visit 1: geplant für Zoë", "<1@carebus.example>")
    assert header.to == "Ana Müller <ana@family.example>"
    found = inbox.message(header.name)
    assert found is not None
    assert found[1].get_content() == "The visit is planned.\n.\nIt begins at nine.\n"
    assert found[1]["Delivered-To"] == "ana@family.example"


async def test_a_repeat_is_kept_and_marked(tmp_path: Path, port: int) -> None:
    async with mail_server(tmp_path, port):
        await send(port, message(1), message(2), message(1))
    inbox = Inbox(tmp_path)
    assert inbox.counts() == (3, 2)
    assert [(each.message_id, each.repeat) for each in inbox.headers()] == [
        ("<1@carebus.example>", True),
        ("<2@carebus.example>", False),
        ("<1@carebus.example>", False),
    ]


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path, port: int) -> None:
    acknowledged: list[str] = []

    async def stream(first: int) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
                for number in range(first, first + 100_000):
                    await client.send_message(message(number))
                    acknowledged.append(f"<{number}@carebus.example>")

    async with mail_server(tmp_path, port) as server, asyncio.TaskGroup() as senders:
        for sender in range(4):
            senders.create_task(stream(sender * 100_000))
        while len(acknowledged) < 100:
            await asyncio.sleep(0.01)
        server.kill()
    kept = {header.message_id for header in Inbox(tmp_path).headers()}
    assert len(acknowledged) >= 100
    assert kept.issuperset(acknowledged)


async def test_a_full_disk_is_a_temporary_refusal(tmp_path: Path, port: int) -> None:
    async with mail_server(tmp_path, port):
        (tmp_path / "tmp").rmdir()
        with pytest.raises(aiosmtplib.SMTPDataError, match="could not be put on disk"):
            await send(port, message(1))
    assert Inbox(tmp_path).headers() == []


def test_what_a_crash_left_half_written_is_removed_at_the_next_start(tmp_path: Path) -> None:
    Delivery(tmp_path)
    (tmp_path / "tmp" / "half").write_bytes(b"Subj")
    Delivery(tmp_path).deliver(b"Subject: whole\r\n\r\nbody")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [header.subject for header in Inbox(tmp_path).headers()] == ["whole"]


def test_a_message_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert Inbox(tmp_path).message("../../etc/passwd") is None
    assert Inbox(tmp_path / "nowhere").counts() == (0, 0)

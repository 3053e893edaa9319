"""The notifications service on the bench, and a mail server that answers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from carebus.testing import Bench
from services.notifications import app
from services.notifications.channels import deliver
from services.notifications.settings import Settings
from tests.benches import at_work, service_bench

HELP_LINE = "844 555 0100"
TAKEN = "250 OK"


@dataclass
class MailServer:
    """A real SMTP server; `answers` are given to DATA one by one, then every message is taken."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    recipient_answers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    taken: list[EmailMessage] = field(default_factory=list)
    sessions: int = 0
    refused: int = 0
    _open: list[SMTP] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.recipient_answers.get(address):
            self.refused += 1
            return answer
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if self.answers else TAKEN
        if answer != TAKEN:
            self.refused += 1
            return answer
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return answer

    def protocol(self) -> SMTP:
        """One more connection."""
        self.sessions += 1
        self._open.append(SMTP(self, enable_SMTPUTF8=True, loop=asyncio.get_running_loop()))
        return self._open[-1]

    def hang_up(self) -> None:
        """Close every connection, as a server does that has waited long enough."""
        for one in self._open:
            if one.transport:
                one.transport.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen on the port it had before, or on a free one."""
        server = await asyncio.get_running_loop().create_server(self.protocol, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.listening():
        yield server


@pytest.fixture
async def notifications(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    async with notifications_bench(postgres_url, tmp_path, mail_server.port) as bench:
        yield bench


@asynccontextmanager
async def notifications_bench(postgres_url: str, folder: Path, port: int, **more: Any) -> AsyncIterator[Bench]:
    """The service with its mail going to this port, retrying fast."""
    given: dict[str, Any] = {
        "smtp_url": f"smtp://127.0.0.1:{port}",
        "mail_from": "care@carebus.example",
        "help_line": HELP_LINE,
        "mail_retry_seconds": 0.02,
        **more,
    }
    async with service_bench(
        "notifications", app.make, Settings, admin_url=postgres_url, folder=folder, **given
    ) as bench:
        yield bench


def working(bench: Bench) -> AbstractAsyncContextManager[asyncio.Task[None]]:
    """The mail worker at work."""
    return at_work(deliver, bench)

"""Hands letters to one mail server over a few connections that are kept open, and tells what became of each."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import aiosmtplib
import structlog

from services.notifications.channels.letters import Letter
from services.notifications.settings import Settings

log = structlog.get_logger()

_CLOSING, _FOR_GOOD = 421, 500


class Verdict(Enum):
    """What the server's answer means for a message."""

    TAKEN = auto()
    REFUSED = auto()
    LATER = auto()


@dataclass(frozen=True, slots=True)
class Tried:
    """A letter that was tried, and its verdict."""

    letter: Letter
    verdict: Verdict


class Post:
    """A few connections to the mail server. After trouble with one, a round ends early: all have the same server."""

    def __init__(self, settings: Settings) -> None:
        self._sender = settings.mail_from
        user, password = settings.mail_login or (None, None)
        self._clients = [
            aiosmtplib.SMTP(
                hostname=settings.mail_host,
                port=settings.mail_port,
                use_tls=settings.mail_tls,
                start_tls=settings.mail_upgrade,
                username=user,
                password=password,
                timeout=settings.mail_timeout_seconds,
            )
            for _ in range(settings.mail_connections)
        ]
        self.in_trouble = False

    async def hand_over(self, letters: Sequence[Letter], stop: asyncio.Event) -> list[Tried]:
        """Try these letters; those not reached because of trouble or `stop` are left out and count as untried."""
        waiting, tried = deque(letters), list[Tried]()
        self.in_trouble = False
        lanes = self._clients[: len(letters)]
        await asyncio.gather(*(self._lane(client, waiting, tried, stop) for client in lanes))
        return tried

    async def close(self) -> None:
        """Take leave of the server."""
        for client in self._clients:
            if client.is_connected:
                try:
                    await client.quit(timeout=2)
                except (aiosmtplib.SMTPException, OSError):
                    client.close()

    async def _lane(
        self, client: aiosmtplib.SMTP, waiting: deque[Letter], tried: list[Tried], stop: asyncio.Event
    ) -> None:
        while waiting and not self.in_trouble and not stop.is_set():
            letter = waiting.popleft()
            tried.append(Tried(letter, await self._try(client, letter)))

    async def _try(self, client: aiosmtplib.SMTP, letter: Letter) -> Verdict:
        reused = client.is_connected
        try:
            return await self._send(client, letter)
        except aiosmtplib.SMTPServerDisconnected as exc:
            if not reused:
                return self._trouble(client, exc)
        try:  # a connection that was kept open may have been closed by the server: try once more on a new one
            client.close()
            return await self._send(client, letter)
        except (aiosmtplib.SMTPException, OSError) as exc:
            return self._trouble(client, exc)

    async def _send(self, client: aiosmtplib.SMTP, letter: Letter) -> Verdict:
        try:
            if not client.is_connected:
                await client.connect()
            await client.sendmail(self._sender, [letter.message.recipient.address], letter.content)
        except aiosmtplib.SMTPRecipientsRefused as exc:
            return self._answered(client, exc.recipients[0].code)
        except aiosmtplib.SMTPDataError as exc:
            return self._answered(client, exc.code)
        except aiosmtplib.SMTPNotSupported:  # an address beyond ASCII, and a server that has no SMTPUTF8
            return Verdict.REFUSED
        except aiosmtplib.SMTPServerDisconnected:
            raise
        except (aiosmtplib.SMTPException, OSError) as exc:
            return self._trouble(client, exc)
        return Verdict.TAKEN

    def _answered(self, client: aiosmtplib.SMTP, code: int) -> Verdict:
        """Of this letter: 5xx is for good, 4xx for now (RFC 5321, 4.2.1)."""
        if code == _CLOSING:
            client.close()
            self.in_trouble = True
        return Verdict.REFUSED if code >= _FOR_GOOD else Verdict.LATER

    def _trouble(self, client: aiosmtplib.SMTP, exc: Exception) -> Verdict:
        """The server or our own sign-in is at fault, not the letter: even a 5xx is for now, until it is repaired."""
        client.close()
        self.in_trouble = True
        log.warning("mail_server_trouble", error=type(exc).__name__, smtp_code=getattr(exc, "code", None))
        return Verdict.LATER

"""The mail server of the local run: keeps every message it takes over SMTP, `python -m deploy.local.mail`."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.inbox import Delivery
from deploy.local.process import LOOPBACK

SIZE_LIMIT_BYTES = 1 << 20
TAKEN = "250 2.0.0 OK: message taken over"
# Temporary, so the sender keeps the message and tries again.
NO_ROOM = "452 4.3.1 The message could not be put on disk"


class Inward:
    """What the server does with a message: on disk first, then the acknowledgement."""

    def __init__(self, delivery: Delivery) -> None:
        """Deliver by `delivery`."""
        self._delivery = delivery

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Take one message over; the answer says whether it is on disk."""
        content = envelope.content
        assert isinstance(content, bytes), "the server is told not to decode"
        try:
            await asyncio.to_thread(self._delivery.deliver, _traced(envelope) + content)
        except OSError as failed:
            print(f"A message could not be put on disk: {failed.strerror}.", flush=True)
            return NO_ROOM
        return TAKEN


async def serve(folder: Path, port: int) -> None:
    """Take messages on loopback `port` into `folder` until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, ended.set)
    inward = Inward(Delivery(folder))
    server = await loop.create_server(
        lambda: SMTP(inward, data_size_limit=SIZE_LIMIT_BYTES, enable_SMTPUTF8=True, loop=loop), LOOPBACK, port
    )
    print(f"Mail is taken on {LOOPBACK}:{port}.", flush=True)
    async with server:
        await ended.wait()


def _traced(envelope: Envelope) -> bytes:
    """The trace fields a mail server puts before a message it delivers (RFC 5321, 4.4)."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
    lines += [f"Received: by localhost with ESMTP; {formatdate(localtime=False)}"]
    return "".join(f"{line}\r\n" for line in lines).encode()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Path(os.environ["CAREBUS_INBOX"]), int(os.environ["CAREBUS_PORT"])))

"""The simulated clinicians who are paged: each takes the page by the link in the mail, or sleeps on."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import urlsplit
from uuid import UUID

from deploy.local.clock import SimulatedClock
from deploy.local.commands import CommandRefused, Commands
from deploy.local.duty import MAILS_TO
from deploy.local.inbox import Inbox

FOUND_WITHIN_S, LOOK_S = 15.0, 0.1
SLEEPS_FOR_S = 0.4
FASTER = 1000
"""While somebody sleeps on, five minutes pass in a third of a second."""
_LINK = re.compile(r"https?://\S+/pages/\S+")


@dataclass
class Paged:
    """Whoever is paged, as far as the mail goes into this inbox. Time passes as outside until somebody has it."""

    commands: Commands
    clock: SimulatedClock
    inbox: Inbox
    _seen: set[str] = field(default_factory=set, init=False)

    def looks(self) -> None:
        """What lies there by now is of earlier pages."""
        self._seen.update(header.name for header in self.inbox.headers())

    async def takes(self, key: UUID, *, sleeps_first: bool) -> bool:
        """Whether the page that was sent just now was taken by its link: the first, or the one after a silence."""
        link = await self._mail()
        if link and sleeps_first:
            self.clock.set_speed(FASTER)
            await asyncio.sleep(SLEEPS_FOR_S)
            self.clock.hold()
            link = await self._mail()
        return bool(link) and await self._take(link, key)

    async def _take(self, link: str, key: UUID) -> bool:
        path = f"/pages/{urlsplit(link).path.rpartition('/')[2]}"
        try:
            await self.commands.post_form("line", path, {"idempotency_key": str(key)})
        except CommandRefused as refused:
            if not refused.conflict:
                raise
            return False
        return True

    async def _mail(self) -> str:
        """The link of the next page in the inbox; empty where none comes."""
        deadline = time.monotonic() + FOUND_WITHIN_S
        while time.monotonic() < deadline:
            for header in reversed(await asyncio.to_thread(self.inbox.headers)):
                if header.name not in self._seen and MAILS_TO in header.to:
                    self._seen.add(header.name)
                    return self._link(header.name)
            await asyncio.sleep(LOOK_S)
        return ""

    def _link(self, name: str) -> str:
        found = self.inbox.message(name)
        body = found[1].get_body(preferencelist=("plain", "html")) if found else None
        said = body.get_content() if isinstance(body, EmailMessage) else ""
        match = _LINK.search(str(said))
        return match.group(0).rstrip(".>)\"'") if match else ""

"""The simulated clinic's telephone: tells the line what happens to each call, signed as Standard Webhooks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from deploy.local.commands import Commands

DOOR = "/telephone/standard"
HELP_LINE = "800-555-0199"
"""Set apart for fiction, like every number in the sample."""


@dataclass(frozen=True)
class Telephone:
    """A telephone system that shares this secret with the line. It tells a fact again until that is answered."""

    secret: str
    commands: Commands

    async def tells(self, key: str, fact: str, at: datetime, *, number: str = "", agent: str = "") -> str:
        """What happened to the call that it calls `key`; gives what the line calls it."""
        said = {
            "call_key": key,
            "fact": fact,
            "happened_at": at.isoformat(),
            "from_number": number,
            "to_number": HELP_LINE,
            "agent": agent,
        }
        body = json.dumps(said)

        def signed() -> dict[str, str]:  # anew for each try: a signature is good for minutes
            now, message = datetime.now(UTC), f"{key}/{fact}"
            return {
                "webhook-id": message,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(self.secret).sign(message, now, body),
                "content-type": "application/json",
            }

        answer = await self.commands.post_signed("telephone", "line", DOOR, body, signed)
        return str(answer["call_id"])

"""The simulated office closes its loops: a referrer who was sent the visit summary is asked whether it came."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from deploy.local.cases import Cases, for_each
from deploy.local.commands import Commands
from deploy.local.invented.chance import known_id

PAGE = 200
LEFT_EACH = 25
"""One loop in so many stays open, four of the sample on purpose: whoever looks at the worklist finds loops to close.

With 13 it was fourteen of 104: the checksums of so few people are not spread evenly.
"""


@dataclass(frozen=True)
class Closing:
    """Closes the loop of everybody in the sample whose first visit is summed up for the referrer."""

    seed: int
    commands: Commands
    cases: Cases

    async def round(self) -> int:
        """Close what can be closed now; gives how many there were."""
        page = await self.commands.get("referral", "/api/referrals", status="summary_sent", limit=PAGE)
        ready = [item["referral_id"] for item in page["items"] if self._closes(item["referral_id"])]
        await for_each(ready, self._close)
        return len(ready)

    def _closes(self, referral_id: str) -> bool:
        case = self.cases.get(referral_id)
        return case is not None and not stays_open(case.patient.source_id)

    async def _close(self, referral_id: str) -> None:
        path, key = f"/api/referrals/{referral_id}/close-loop", known_id(self.seed, "close", referral_id)
        await self.commands.post_unless_done("close", "referral", path, {}, key, "coordinator")


def stays_open(source_id: str) -> bool:
    """Whether this person's loop is left for whoever looks: the same ones in every run."""
    return crc32(source_id.encode()) % LEFT_EACH == 0

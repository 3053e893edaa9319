"""The simulated clinic: plays the sample through the services' HTTP APIs until everyone accepted had their visits.

It touches the sample's patients only: what somebody enters in the pages is theirs to decide and to visit.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from deploy.local.cases import Cases, Stuck
from deploy.local.clock import DAY, SimulatedClock
from deploy.local.closing import Closing
from deploy.local.commands import Commands
from deploy.local.equipping import Equipping
from deploy.local.front_office import PATIENCE_S, FrontOffice
from deploy.local.nights import Joined, Nights
from deploy.local.parting import Parting
from deploy.local.patient import Patient
from deploy.local.progress import Progress, Stage
from deploy.local.restating import Restating
from deploy.local.visiting import Visiting
from deploy.local.watch import Counts, Watch
from deploy.local.wishing import Wishing

SEED = 2026
VISITS_EACH = 2
LOOK_EVERY_S = 0.5


@dataclass
class Clinic:
    """Plays the sample, as far as there are services for it.

    `clock.keep()` must run beside it, and for as long as the services do.

    The same seed gives the same commands with the same keys, so a run that was interrupted is taken up by repeating
    it: what was done before is answered as before, and nothing happens twice.
    """

    patients: list[Patient]
    commands: Commands
    clock: SimulatedClock
    watch: Watch
    progress: Progress = field(default_factory=Progress)
    seed: int = SEED
    visits_each: int = VISITS_EACH
    day: float = DAY
    patience: float = PATIENCE_S
    cases: Cases = field(default_factory=dict)
    joined: Joined | None = None

    async def run(self) -> None:
        """Feed, triage, visit and settle; then time passes as it does outside.

        Raises `Stuck`, `ServiceAway` or `CommandRefused`, each of which says who or what stands in the way.
        """
        if self.commands.reaches("referral"):
            await self.feed()
            await self.triage()
        if self.commands.reaches("referral", "care_plan"):
            await self.visits()
        await self.settle()

    async def feed(self) -> None:
        """The staff joins, everyone in the sample is referred, and some referrers think again."""
        self.progress.expected, self.progress.visits_each = len(self.patients), self.visits_each
        await self._front_office.feed()
        await Restating(self.seed, self.patients, self.commands, self.cases).everybody()

    async def triage(self) -> None:
        """The coordinators accept or decline every referral of the sample."""
        await self._front_office.triage()

    async def visits(self) -> None:
        """The clinicians visit until everyone accepted had `visits_each` visits."""
        await self._visiting.visits()

    async def settle(self) -> None:
        """Wait until every event was handled by everyone and the outcomes show what was done.

        Raises `Stuck` when that takes longer than the patience without anything moving.
        """
        self.progress.stage = Stage.SETTLING
        last_moved, left = time.monotonic(), ""
        while now_left := await self._unsettled():
            if now_left != left:
                last_moved, left = time.monotonic(), now_left
            if time.monotonic() - last_moved > self.patience:
                raise Stuck(left)
            await asyncio.sleep(LOOK_EVERY_S)
        self.progress.stage = Stage.DONE

    @property
    def _front_office(self) -> FrontOffice:
        return FrontOffice(self.seed, self.patients, self.commands, self.progress, self.cases, self.patience)

    @property
    def _visiting(self) -> Visiting:
        return Visiting(
            self.seed,
            self.visits_each,
            self.day,
            self.commands,
            self.clock,
            self.progress,
            self.cases,
            self._closing,
            self._nights,
            self._wishing,
            Parting(self.seed, self.commands, self.cases, self.clock, self.visits_each),
            self._equipping,
        )

    @property
    def _nights(self) -> Nights | None:
        if self.joined is None or not self.commands.reaches("line"):
            return None
        return Nights(self.seed, self.commands, self.cases, self.clock, self.joined)

    @property
    def _wishing(self) -> Wishing | None:
        return Wishing(self.seed, self.commands, self.cases) if self.commands.reaches("wishes") else None

    @property
    def _equipping(self) -> Equipping | None:
        if not self.commands.reaches("equipment"):
            return None
        return Equipping(self.seed, self.commands, self.cases, self.clock)

    @property
    def _closing(self) -> Closing:
        return Closing(self.seed, self.commands, self.cases)

    async def _unsettled(self) -> str:
        """What the services have not come to know yet, in words; empty when all is settled."""
        statuses, counts = await asyncio.gather(self.watch.statuses(), self.watch.counts())
        behind = [f"{status.service} does not answer" for status in statuses.values() if not status.answers]
        if not behind and self.commands.reaches("referral") and (closed := await self._closing.round()):
            behind.append(f"{closed} loops were to be closed")
        waiting = sum((status.lag_events or 0) + status.outbox_pending for status in statuses.values())
        if waiting:
            behind.append(f"{waiting} events are on their way")
        uncounted = self._uncounted(counts or Counts()) if self.commands.reaches("outcomes") else []
        return "; ".join([*behind, *uncounted])

    def _uncounted(self, counts: Counts) -> list[str]:
        pairs = (
            ("referrals received", self.progress.received, counts.received),
            ("accepted", self.progress.accepted, counts.accepted),
            ("declined", self.progress.declined.total(), counts.declined_in_all),
            ("visits completed", self.progress.visits, counts.visits_completed),
        )
        return [f"outcomes counts {theirs} of {ours} {what}" for what, ours, theirs in pairs if theirs < ours]

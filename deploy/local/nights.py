"""What the line has around it at night: a telephone, a hospital, shifts that are written down, and mail for pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from deploy.local.calling import Calling
from deploy.local.cases import Cases
from deploy.local.clock import SimulatedClock
from deploy.local.commands import Commands
from deploy.local.duty import Duty
from deploy.local.hospital import Hospital
from deploy.local.inbox import Inbox
from deploy.local.paging import Paged
from deploy.local.telephone import Telephone


@dataclass(frozen=True)
class Joined:
    """How the line of this run is joined with the world. inbox: where pages go; None where no mail is sent."""

    telephone_secret: str
    hospital_port: int
    inbox: Inbox | None = None


@dataclass
class Nights:
    """The nights of a run."""

    seed: int
    commands: Commands
    cases: Cases
    clock: SimulatedClock
    joined: Joined
    calling: Calling = field(init=False)
    _duty: Duty = field(init=False)
    _hospital: Hospital = field(init=False)

    def __post_init__(self) -> None:
        """Prepare; nobody calls yet."""
        inbox = self.joined.inbox
        paged = Paged(self.commands, self.clock, inbox) if inbox else None
        telephone = Telephone(self.joined.telephone_secret, self.commands)
        self.calling = Calling(self.seed, self.commands, self.cases, self.clock, telephone, paged)
        self._duty = Duty(self.seed, self.commands)
        self._hospital = Hospital(self.seed, self.joined.hospital_port)

    async def night(self, of: date) -> None:
        """The night before this day: shifts, hospital, families."""
        await self._duty.plan(of)
        await self._hospital.day(of, self.cases.values())
        await self.calling.night(of)

    async def page(self) -> None:
        """Let time pass as outside while somebody is paged; whoever made it run sets it going again."""
        if self.calling.needs_somebody:
            self.clock.hold()
            await self.calling.page()

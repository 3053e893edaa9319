"""The simulated office writes down who answers the line and who is on call, a week ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from carebus.contracts.people import Role
from deploy.local.cases import for_each
from deploy.local.commands import Commands
from deploy.local.invented import roster
from deploy.local.invented.chance import known_id

AHEAD = timedelta(days=7)
DAY_BEGINS = time(12, tzinfo=UTC)
HALF_A_DAY = timedelta(hours=12)
MAILS_TO = "oncall.carebus.example"
"""Where pages go: a name that is reserved, so that they can only go into the local inbox."""

Shift = dict[str, str]


@dataclass
class Duty:
    """Writes down each day once; a day that an earlier run wrote down stays as it is."""

    seed: int
    commands: Commands
    _until: date | None = field(default=None, init=False)

    async def plan(self, today: date) -> None:
        """The days until a week from now that are not written down yet, and the night before them."""
        first = self._until or today - timedelta(days=1)
        days = [first + timedelta(days=n) for n in range(max((today + AHEAD - first).days, 0))]
        await for_each([shift for day in days for shift in shifts(self.seed, day)], self._write)
        self._until = today + AHEAD

    async def _write(self, shift: Shift) -> None:
        key = known_id(self.seed, "shift", shift["duty"], shift["starts_at"])
        await self.commands.post_form("line", "/shifts", {**shift, "idempotency_key": str(key)}, "supervisor")


def shifts(seed: int, day: date) -> Iterator[Shift]:
    """Two nurses answer in turn; a doctor is on call for all of the day, and the supervisor is asked last."""
    begins = datetime.combine(day, DAY_BEGINS)
    of = {role: [one.name for one in roster(seed) if one.role == role] for role in Role}
    nurses, doctors, n = of[Role.NURSE], of[Role.DOCTOR], day.toordinal()
    yield _shift("line", nurses[n % len(nurses)], begins, begins + HALF_A_DAY)
    yield _shift("line", nurses[(n + 1) % len(nurses)], begins + HALF_A_DAY, begins + 2 * HALF_A_DAY)
    yield _shift("on_call", doctors[n % len(doctors)], begins, begins + 2 * HALF_A_DAY)
    yield _shift("supervisor", "June Park", begins, begins + 2 * HALF_A_DAY)


def _shift(duty: str, name: str, starts_at: datetime, ends_at: datetime) -> Shift:
    mailbox = name.partition(",")[0].removeprefix("Dr. ").replace(" ", ".").lower()
    return {
        "duty": duty,
        "name": name,
        "phone": "413-555-0177",
        "email": f"{mailbox}@{MAILS_TO}",
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
    }

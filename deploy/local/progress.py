"""What the simulated clinic has done so far and how long its commands took, for displays and summaries to read."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import quantiles

RATE_WINDOW_S = 5.0
KEPT = 20_000
FEWEST = 2
"""From so many on there are percentiles."""


class Stage(StrEnum):
    """What the clinic is at."""

    WAITING = "waiting"
    ROSTER = "roster"
    REFERRALS = "referrals"
    TRIAGE = "triage"
    VISITS = "visits"
    SETTLING = "settling"
    DONE = "done"


@dataclass(slots=True)
class Timings:
    """How long commands of one kind took, in seconds of real time from the first attempt to the answer."""

    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    ended: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0

    def add(self, seconds: float) -> None:
        """Note one command that was answered just now."""
        self.count += 1
        self.seconds.append(seconds)
        self.ended.append(time.monotonic())

    def percentile(self, percent: int) -> float:
        """The time in which so many percent (1 to 99) of the kept commands were answered; 0 when there was none."""
        if len(self.seconds) < FEWEST:
            return max(self.seconds, default=0.0)
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    @property
    def per_second(self) -> float:
        """Commands a second during the last five seconds."""
        since = time.monotonic() - RATE_WINDOW_S
        return sum(each >= since for each in self.ended) / RATE_WINDOW_S


@dataclass(slots=True)
class Progress:
    """The clinic's own counts: commands that were answered with success, by this run or the ones it takes up."""

    expected: int = 0
    visits_each: int = 0
    stage: Stage = Stage.WAITING
    joined: int = 0
    received: int = 0
    accepted: int = 0
    declined: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    cared_for: int = 0
    retries: int = 0
    commands: dict[str, Timings] = field(default_factory=dict)

    def timings(self, command: str) -> Timings:
        """The timings of one kind of command: `join`, `refer`, `accept`, `decline` or `complete`."""
        return self.commands.setdefault(command, Timings())

    @property
    def decided(self) -> int:
        """How many referrals were accepted or declined."""
        return self.accepted + self.declined.total()

    @property
    def doing(self) -> str:
        """What the clinic is at, in a sentence."""
        return {
            Stage.WAITING: "The clinic has not opened yet.",
            Stage.ROSTER: f"The staff joins: {self.joined} so far.",
            Stage.REFERRALS: f"Referrers send their patients: {self.received} of {self.expected}.",
            Stage.TRIAGE: f"Coordinators decide the referrals: {self.decided} of {self.expected}.",
            Stage.VISITS: f"Clinicians visit: {self.cared_for} of {self.accepted} patients had their visits.",
            Stage.SETTLING: "All visits are done; the last events are on their way.",
            Stage.DONE: "All is done. The clinic's clock runs in real time now.",
        }[self.stage]

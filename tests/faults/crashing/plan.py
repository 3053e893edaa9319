"""Every crash point, by the part of the kit it lies in, and a plan of how often each is to be hit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "CHAIN_CRASH"
COMMIT = ("before the commit", "committed")
DECIDING = ("streams locked", "decided, not saved", "before the outbox is written", "outbox written", "saved")

MOMENTS: dict[str, tuple[str, ...]] = {
    "command": ("before its key is claimed", "key claimed", *DECIDING, *COMMIT),
    "batch": (
        "fetched",
        "before the streams are locked",
        *DECIDING,
        "before the marks are saved",
        "marks saved",
        "before an event is parked",
        "event parked",
        "before the offsets move",
        "offsets moved",
        *COMMIT,
        "between two",
    ),
    "singly": ("before a savepoint", "one saved", "one refused"),
    "positions": COMMIT,
    "timer": ("seen", *DECIDING[:1], "taken", *DECIDING[1:], *COMMIT),
    "redrive": ("before the release", "released", *DECIDING[:2], "saved", *COMMIT),
    "relay": (
        "pending events read",
        "between two sends",
        "all sent",
        "some acknowledged",
        "all acknowledged",
        "forgotten",
    ),
    "lead": ("lock taken", "lock lost"),
    "migration": ("begun", "file run, not recorded", "recorded", "between two files", "partition made"),
}
POINTS = tuple(f"{part}: {moment}" for part, moments in MOMENTS.items() for moment in moments)

PARTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("asking", "api"): ("command",),
    ("asking", "subscriber"): ("batch", "positions", "timer"),
    ("echo", "subscriber"): ("batch", "singly", "positions", "redrive"),
    ("asking", "relay"): ("relay", "lead"),
    ("echo", "relay"): ("relay", "lead"),
    ("echo", "operator"): ("redrive",),
    ("echo", "migration"): ("migration",),
}
"""Which parts a process passes."""

ASKING_NEVER = ("batch: before the outbox is written", "batch: outbox written")
NEVER: dict[tuple[str, str], tuple[str, ...]] = {
    ("asking", "subscriber"): (*ASKING_NEVER, "batch: before an event is parked", "batch: event parked"),
}
"""`asking` tells nothing about what it hears, and can handle all of it."""


SELDOM = frozenset(
    {
        "batch: before an event is parked",
        "batch: event parked",
        "singly: one refused",
        "lead: lock taken",
        "lead: lock lost",
        *(f"positions: {moment}" for moment in COMMIT),
    }
)
"""What a process passes once or hardly ever: it ends there at the first pass."""


@dataclass(frozen=True)
class Plan:
    """Which points are to be hit, each at least so many times; `file` has a line for every crash.

    A life of a process ends at the nth pass of one of its points, with n from the seed and at most `most`.
    """

    points: Sequence[str]
    times: int
    seed: int
    file: Path
    most: int = 5

    def environment(self) -> dict[str, str]:
        """The plan for the processes."""
        return {VARIABLE: json.dumps({**asdict(self), "file": str(self.file)})}

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> Plan | None:
        """The plan of this process, if it has one."""
        if not environment.get(VARIABLE):
            return None
        read = json.loads(environment[VARIABLE])
        return cls(**{**read, "file": Path(read["file"])})

    def crashes(self) -> list[tuple[str, float]]:
        """Every crash so far: its point, and when."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(line["point"], line["at"]) for line in map(json.loads, lines)]

    def hits(self) -> Counter[str]:
        """How often each point was hit."""
        return Counter(point for point, _ in self.crashes())

    def wanted(self) -> list[str]:
        """The points that were not hit often enough yet."""
        hits = self.hits()
        return [point for point in self.points if hits[point] < self.times]

    def wanted_of(self, service: str, does: str) -> list[str]:
        """Those that this process can pass."""
        parts, never = PARTS.get((service, does), ()), NEVER.get((service, does), ())
        return [point for point in self.wanted() if point.partition(":")[0] in parts and point not in never]

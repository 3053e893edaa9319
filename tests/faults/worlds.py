"""What a fault gets to break: servers, processes and clients of one run, and a record of what it broke."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.fleet import Fleet
from tests.faults.hosts import Host
from tests.servers import Pair


@dataclass(frozen=True)
class Hit:
    """Something that was broken: what, from when, and from when on nothing hindered it to recover."""

    what: str
    began: float
    ended: float


@dataclass
class World:
    """The servers, the processes and the clients of one run."""

    pair: Pair
    fleet: Fleet
    urls: dict[str, str]
    topic: str
    folder: Path
    dice: random.Random
    hosts: Mapping[str, Host] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    losses: set[int] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)  # what else is worth a word in the report
    mended: bool = False  # whether an operator mends all that is spoilt, so that nothing stays in custody
    strangers: set[str] = field(default_factory=set)  # streams that a fault wrote itself
    foreign: set[tuple[int, int]] = field(default_factory=set)  # partitions and offsets of records a fault wrote itself
    prefix: str = ""
    went_back_from: float = 0.0  # from when to when the databases went back in time: what was answered before that
    went_back_at: float = 0.0  # may have lost its state

    def count(self, what: str, many: int) -> None:
        """So many of these more were seen."""
        self.seen[what] = self.seen.get(what, 0) + many

    async def hit(self, what: str, break_it: Callable[[], Awaitable[None]]) -> None:
        """Break something, and keep when."""
        began = time.time()
        await break_it()
        self.hits.append(Hit(what, began, time.time()))


Fault = Callable[[World], Awaitable[None]]

"""What waits in a service for somebody outside it (a mail server, a coordinator), measured every few seconds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from carebus.core import Core
from carebus.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Stands:
    """How many wait, for how many seconds the first of them has, and how many are past their deadline."""

    many: int = 0
    age_seconds: float = 0.0
    late: int = 0


Counting = Callable[[Connection, datetime], Awaitable[Stands]]
"""Counts what waits at a clinic's time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of work that waits: its name in the metrics, and how its store counts it at a clinic's time."""

    of: str
    look: Counting


async def measure_waiting(core: Core, kinds: Sequence[Waiting]) -> None:
    """Keep the metrics of what waits true."""
    if not kinds:
        return
    metrics = core.metrics
    async with core.database.connection() as db:
        for kind in kinds:
            stands = await kind.look(db, core.clock.now())
            metrics.put(metrics.waiting, stands.many, kind.of)
            metrics.put(metrics.waiting_age, stands.age_seconds, kind.of)
            metrics.put(metrics.late, stands.late, kind.of)

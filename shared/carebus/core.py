"""What every part of a running service shares: its name, settings, database, clock, measures and wake-up."""

import asyncio
from dataclasses import dataclass, field

from carebus.clock import Clock
from carebus.observing.loops import Heartbeats
from carebus.observing.metrics import Metrics
from carebus.observing.tracing import Tracing
from carebus.settings import Settings
from carebus.storage.database import Database
from carebus.storage.states import States


class WakeUp:
    """Set when events were written to the outbox: wakes the relay in this process, or rings for one elsewhere."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self.elsewhere = asyncio.Event()
        self.relayed_here = False

    def set(self) -> None:
        """Something was told and is committed."""
        self.here.set()
        self.elsewhere.set()


@dataclass(frozen=True, slots=True)
class Core:
    """One per service."""

    name: str
    settings: Settings
    states: States
    database: Database
    clock: Clock
    metrics: Metrics
    tracing: Tracing
    beats: Heartbeats = field(default_factory=Heartbeats)
    told: WakeUp = field(default_factory=WakeUp)

    @classmethod
    def of(cls, name: str, settings: Settings, states: States) -> "Core":
        """The core of a service with these settings. Connects to nothing yet."""
        return cls(
            name=name,
            settings=settings,
            states=states,
            database=Database(settings.database_url, name=name, size=settings.database_connections),
            clock=Clock(settings.clock_file),
            metrics=Metrics(name),
            tracing=Tracing(name, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio),
        )

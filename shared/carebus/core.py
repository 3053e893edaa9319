"""What every part of a running service shares: its name, settings, database, clock, measures and notices."""

from dataclasses import dataclass, field

from carebus import notices
from carebus.access import Access
from carebus.clock import Clock
from carebus.notices import Made, Notices
from carebus.observing.loops import Heartbeats
from carebus.observing.metrics import Metrics
from carebus.observing.tracing import Tracing
from carebus.settings import Settings
from carebus.storage.database import Database
from carebus.storage.states import States


@dataclass(frozen=True, slots=True)
class Core:
    """One per service."""

    name: str
    settings: Settings
    states: States
    access: Access
    database: Database
    clock: Clock
    metrics: Metrics
    tracing: Tracing
    beats: Heartbeats = field(default_factory=Heartbeats)
    notices: Notices = field(default_factory=Notices)

    @classmethod
    def of(cls, name: str, settings: Settings, states: States, access: Access | None = None) -> "Core":
        """The core of a service with these settings. Connects to nothing yet."""
        return cls(
            name=name,
            settings=settings,
            states=states,
            access=access or Access(),
            database=Database(settings.database_url, name=name, size=settings.database_connections),
            clock=Clock(settings.clock_file),
            metrics=Metrics(name),
            tracing=Tracing(name, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio),
        )

    def committed(self, made: Made) -> None:
        """Wake whoever waits for what a transaction has made, now that it is committed."""
        soon = made.first_due is not None and self.clock.seconds_until(made.first_due) < notices.LOOK_S
        self.notices.give(made, soon=soon)

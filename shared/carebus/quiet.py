"""Switches side effects off: of a decision about the past, taken again, only the states are kept."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from carebus.decisions import Decision


@dataclass(slots=True)
class Quiet:
    """Every decision of a replay goes through here, and counts what it would have told.

    now: the clinic's time when the replay runs. A timer due by then belongs to the past; a later one is kept.
    """

    now: datetime
    would_tell: Counter[str] = field(default_factory=Counter)

    def hush(self, decision: Decision) -> Decision:
        """The same decision with nothing to publish, no timer of the past, and no work left for a worker."""
        self.would_tell.update(type(event).__name__ for event in decision.events)
        past = tuple(wake.name for wake in decision.wakes_at if wake.at <= self.now)
        return replace(
            decision,
            states=tuple(state.as_history() for state in decision.states),
            events=(),
            wakes_at=tuple(wake for wake in decision.wakes_at if wake.at > self.now),
            cancelled=decision.cancelled + past,
        )

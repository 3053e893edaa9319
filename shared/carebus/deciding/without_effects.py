"""Switches side effects off: of a decision about the past, taken again, only the states are kept."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from carebus.contracts.event import Stream
from carebus.decisions import Decision, State
from carebus.storage.outbox import body_of


@dataclass(slots=True)
class WithoutEffects:
    """Every decision of a replay, and every state that it saves, goes through here.

    now: the clinic's time when the replay runs. A timer due by then belongs to the past; a later one is kept.
    would_tell: the events that would have been told, by type.
    """

    now: datetime
    would_tell: Counter[str] = field(default_factory=Counter)

    def hush(self, decision: Decision) -> Decision:
        """The same decision with nothing to publish and no timer of the past. Raises EventTooLarge, as telling does."""
        for event in decision.events:
            body_of(event)
        self.would_tell.update(type(event).__name__ for event in decision.events)
        past = tuple(wake.name for wake in decision.wakes_at if wake.at <= self.now)
        return decision._replace(
            events=(),
            wakes_at=tuple(wake for wake in decision.wakes_at if wake.at > self.now),
            cancelled=decision.cancelled + past,
        )

    def settle(self, states: dict[Stream, State]) -> dict[Stream, State]:
        """The same states with no work left for a worker; only when saved: decisions of a batch build on each other."""
        return {stream: state.as_history() for stream, state in states.items()}

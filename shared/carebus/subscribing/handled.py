"""What became of a batch."""

from collections import Counter
from dataclasses import dataclass, field

from carebus.contracts.event import Stream
from carebus.notices import Made
from carebus.storage.parked import Reason
from carebus.subscribing.arrivals import Arrival


@dataclass(slots=True)
class Handled:
    """What became of a batch: for metrics, logs and the decision to stop."""

    decided: list[Arrival] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    parked: Counter[Reason] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    uncompared: int = 0
    told: int = 0
    filled: set[Stream] = field(default_factory=set)
    outcomes: list[bool] = field(default_factory=list)
    made: Made = field(default_factory=Made)
    failure: tuple[Reason, str] | None = None
    retried: bool = False

    def add(self, one: "Handled") -> None:
        """Count a further part of the same batch in."""
        self.decided += one.decided
        self.ignored += one.ignored
        self.parked += one.parked
        self.passed_over += one.passed_over
        self.repeats += one.repeats
        self.uncompared += one.uncompared
        self.told += one.told
        self.filled |= one.filled
        self.outcomes += one.outcomes
        self.made = self.made.together_with(one.made)

"""What became of a batch, and what an exception says about a single event of it."""

from collections import Counter
from dataclasses import dataclass, field

from carebus.contracts.event import Stream
from carebus.errors import rule_of
from carebus.storage.database import is_data_error, is_transient, sqlstate
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


def fault_of(exc: Exception) -> tuple[Reason, str] | None:
    """Why one event alone is to be parked for this exception; None if waiting or another release may help."""
    if is_data_error(exc):
        return Reason.DATABASE_REFUSED, f"SQLSTATE {sqlstate(exc)}"
    if is_transient(exc) or sqlstate(exc) or isinstance(exc, MemoryError):
        return None
    return Reason.DECISION_FAILED, rule_of(exc)

"""What a service with rule sets as data offers to those who write them: proofs, and what a version changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Proved:
    """One rule set. combinations: so many were looked at, which are all there are.  faults: a sentence each."""

    file: str
    name: str
    combinations: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedOutcome:
    """Facts that came to one outcome and now come to another: in so many combinations, such as in this case."""

    before: str
    after: str
    combinations: int
    example: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What a new version changes. combinations: of how many; dropped and added: facts that are asked for."""

    dropped: tuple[str, ...]
    added: tuple[str, ...]
    outcomes: tuple[ChangedOutcome, ...]
    combinations: int


@dataclass(frozen=True, slots=True)
class RuleProofs:
    """How a service proves its rule sets: those of these files and folders, or its own; and tells two apart."""

    prove: Callable[[Sequence[Path]], Sequence[Proved]]
    compare: Callable[[Path, Path], RuleChange]

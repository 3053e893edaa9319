"""The words every instrument is scored in: bands, sums that need all their items, changes that matter."""

from dataclasses import dataclass
from enum import StrEnum

from carebus.contracts.care_plan import WORST_SCORE


class Band(StrEnum):
    """How strong a symptom is."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Change(StrEnum):
    """Whether a sum changed by as much as matters to the patient."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Scale:
    """A sum of items: its most, and the falls and rises from which a change matters."""

    items: tuple[str, ...]
    better_from: int
    worse_from: int

    @property
    def most(self) -> int:
        """The highest the sum can be."""
        return WORST_SCORE * len(self.items)

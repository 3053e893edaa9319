"""What is made of measured values: percentiles, medians and ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


class NothingMeasured(Exception):
    """There are no values to make a figure of."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the values do not exceed. Raises NothingMeasured."""
    if not values:
        raise NothingMeasured
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        """The latency that these durations make. Raises NothingMeasured."""
        at = [round(1000 * percentile(seconds, share), 2) for share in (0.5, 0.95, 0.99, 1)]
        return cls(len(seconds), *at)


def middle(values: Sequence[float]) -> float:
    """The median: of paired rounds on a busy machine it says more than the mean. Raises NothingMeasured."""
    if not values:
        raise NothingMeasured
    return median(values)


def paired_ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios of values that were measured in the same round."""
    return middle([one / other for one, other in zip(of, to, strict=True)])

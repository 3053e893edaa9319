"""The statistics of the outcomes page: intervals for a paired change and for a share. Pure, with their sources."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, pi, sin, sqrt
from statistics import NormalDist

LEVEL = 0.95
_EXACTLY: dict[int, Callable[[float], float]] = {
    1: lambda p: cos(p * pi / 2) / sin(p * pi / 2),
    2: lambda p: sqrt(2 / (p * (2 - p)) - 2),
}
"""Student's t for the fewest degrees of freedom, where it has a closed form."""

_CORRECTED_BELOW, _EXPANDED_UP_TO = 5, 0.002
"""Of Hill's algorithm: degrees of freedom that need a correction, and up to where e^y - 1 is expanded."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A symptom in everyone who answered it twice: sums over the first and latest scores and over their differences."""

    n: int
    first: int
    latest: int
    change: int
    change_squared: int


@dataclass(frozen=True, slots=True)
class Change:
    """The mean paired change (latest minus first; below zero is better) with its interval, if two or more answered."""

    n: int
    mean_first: float
    mean_latest: float
    mean: float
    low: float | None
    high: float | None


def paired_change(sums: Sums, level: float = LEVEL) -> Change | None:
    """Student's interval for a mean of paired differences; None when nobody answered twice.

    Source: Altman & Bland, Statistics Notes, BMJ 2011;343:d570 (analyse the differences, not two groups).
    """
    n = sums.n
    if n == 0:
        return None
    mean, half = sums.change / n, None
    if n > 1:
        variance = max(0.0, (sums.change_squared - sums.change**2 / n) / (n - 1))
        half = student_t(level, n - 1) * sqrt(variance / n)
    return Change(
        n,
        sums.first / n,
        sums.latest / n,
        mean,
        None if half is None else mean - half,
        None if half is None else mean + half,
    )


def wilson(count: int, n: int, level: float = LEVEL) -> tuple[float, float] | None:
    """The interval of a share, which stays within 0 and 1; None for a share of nobody.

    Source: Wilson, J Am Stat Assoc 1927;22:209-212.
    """
    if n == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < n else 1.0)


def student_t(level: float, freedom: int) -> float:
    """The t within whose plus and minus `level` of Student's distribution lies, for 1 or more degrees of freedom.

    Source: Hill, Algorithm 396, Commun ACM 1970;13:619-620 (six significant digits).
    """
    p, n = 1 - level, freedom
    if n in _EXACTLY:
        return _EXACTLY[n](p)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x * x
        if n < _CORRECTED_BELOW:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = a * y * y
        y = exp(y) - 1 if y > _EXPANDED_UP_TO else 0.5 * y * y + y
    else:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (
            n + 2
        ) + 1 / y
    return sqrt(n * y)

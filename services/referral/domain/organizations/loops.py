"""The referral loop as a measure: how many first referrals of a year came back with a report, as CMS50 counts them.

CMS50, "Closing the Referral Loop: Receipt of Specialist Report": of the patients first referred between 1 January and
31 October, the share whose referral was completed and whose report was received. Marked in error counts nowhere.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import sqrt
from statistics import NormalDist
from zoneinfo import ZoneInfo

LEVEL = 0.95
FEW = 20
"""Below so many referrals a share says little; the pages say so."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    closed: int
    referred: int

    @property
    def rate(self) -> float | None:
        """The share; None of nobody."""
        return self.closed / self.referred if self.referred else None

    @property
    def few(self) -> bool:
        """Whether it rests on so few that it says little."""
        return self.referred < FEW

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """Wilson's interval, which stays within 0 and 1 (J Am Stat Assoc 1927;22:209-212); None of nobody."""
        if not self.referred:
            return None
        z, n, p = NormalDist().inv_cdf(0.5 + level / 2), self.referred, self.closed / self.referred
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        whole = 1 + z * z / n
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


PUBLISHED = Share(36_072, 103_737)
"""What is known of others: 34.8 % of 103,737 attempts to schedule a referral led to a documented, completed appointment
(Patel 2018, cited by the measure itself). No report is asked for there, so it is a generous figure to compare with."""


def year_of(now: datetime, zone: str) -> int:
    """The year that a clock in this zone shows."""
    return now.astimezone(ZoneInfo(zone)).year


def referred_between(year: int, zone: str) -> tuple[datetime, datetime]:
    """From when and until before when a first referral counts for a year."""
    return _midnight(date(year, 1, 1), zone), _midnight(date(year, 11, 1), zone)


def reported_before(year: int, zone: str) -> datetime:
    """Until before when the report of a year's referral counts."""
    return _midnight(date(year + 1, 1, 1), zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)

"""Business time: how far a span of office hours reaches, and how much of it lies between two times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from services.referral.settings import CLOSES, OPENS, ZONE

MOST_DAYS = 3660
NOTHING = timedelta()
EASTERN = ZoneInfo(ZONE)
MONDAY_TO_FRIDAY = range(5)


@dataclass(frozen=True)
class Calendar:
    """When the office is open: these hours on working days, in its own zone; never on a holiday."""

    zone: ZoneInfo = EASTERN
    opens: time = OPENS
    closes: time = CLOSES
    weekdays: frozenset[int] = frozenset(MONDAY_TO_FRIDAY)
    closed_on: frozenset[date] = frozenset()
    federal: holidays.HolidayBase = field(
        default_factory=lambda: holidays.country_holidays("US"), compare=False, repr=False
    )

    @property
    def day(self) -> timedelta:
        """How long the office is open on a working day."""
        return timedelta(hours=self.closes.hour - self.opens.hour, minutes=self.closes.minute - self.opens.minute)

    def is_open_on(self, day: date) -> bool:
        """Whether anybody is there on this day."""
        return day.weekday() in self.weekdays and day not in self.closed_on and day not in self.federal

    def hours(self, day: date) -> tuple[datetime, datetime]:
        """When the office opens and closes on this day, in UTC."""
        opens, closes = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in (self.opens, self.closes))
        return opens, closes


class NeverOpen(ValueError):
    """The office is never open: its hours or its holidays leave no time to work in."""


def add(start: datetime, span: timedelta, calendar: Calendar) -> datetime:
    """The time at which so much office time has passed since `start`; nothing passes while the office is closed."""
    left = max(span, NOTHING)
    for opens, closes in _days(start, calendar):
        begins = max(opens, start)
        if left <= closes - begins:
            return begins + left
        left -= max(closes - begins, NOTHING)
    raise NeverOpen


def between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much office time lies between two times."""
    passed = NOTHING
    for opens, closes in _days(start, calendar):
        if opens >= end:
            return passed
        passed += max(min(closes, end) - max(opens, start), NOTHING)
    return passed


def _days(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """The office's days from that of `start` on, for ten years."""
    first = start.astimezone(calendar.zone).date()
    for n in range(MOST_DAYS):
        day = first + timedelta(days=n)
        if calendar.is_open_on(day):
            yield calendar.hours(day)

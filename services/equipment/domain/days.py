"""Days of the place where a patient lives: when one is over, which are working days, and months after a moment."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carebus.contracts.people import Person

DAY = timedelta(days=1)
SATURDAY = 5
MORNING = time(9)
"""When somebody may be asked kindly."""


def zone_of(patient: Person | None) -> ZoneInfo:
    """The patient's zone; UTC where it is not known, so that no event stops at it."""
    try:
        return ZoneInfo(patient.time_zone if patient else "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def day_of(patient: Person | None, at: datetime) -> date:
    """The day that it is for the patient at a moment."""
    return at.astimezone(zone_of(patient)).date()


def end_of(patient: Person | None, day: date) -> datetime:
    """The moment at which a day of the patient's is over."""
    return datetime.combine(day + DAY, time(), zone_of(patient)).astimezone(UTC)


def morning_of(patient: Person | None, day: date) -> datetime:
    """The morning of a day of the patient's."""
    return datetime.combine(day, MORNING, zone_of(patient)).astimezone(UTC)


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day if day.weekday() < SATURDAY else day + timedelta(days=7 - day.weekday())


def months_after(at: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of a shorter month."""
    month = at.month - 1 + months
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))

"""The days and hours of the place where a patient lives."""

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carebus.errors import CarebusError
from services.care_plan.domain.care.care import Care


class TimeZoneUnknown(CarebusError):
    """The patient's time zone is not a known one, so no hour can be found."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def zone_of(name: str) -> ZoneInfo:
    """The zone with this name. Raises TimeZoneUnknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknown from None


def there(care: Care, at: datetime) -> datetime:
    """A moment as the patient's clock shows it. Raises TimeZoneUnknown."""
    assert care.patient is not None, "who is in care is known"
    return at.astimezone(zone_of(care.patient.time_zone))


def day_of(care: Care, at: datetime) -> date:
    """The day that it is for the patient at a moment. Raises TimeZoneUnknown."""
    return there(care, at).date()


def end_of(care: Care, day: date) -> datetime:
    """The moment at which a day of the patient's is over. Raises TimeZoneUnknown."""
    assert care.patient is not None, "who is in care is known"
    return datetime.combine(day + timedelta(days=1), time(), zone_of(care.patient.time_zone)).astimezone(UTC)

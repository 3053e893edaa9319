"""Times as HL7 writes them: less of them is enough, and without a zone they are the facility's."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.line.channels.mllp.refusing import BadTime

AHEAD = timedelta(days=1)
"""A clock may be wrong by so much; what is later has not happened."""
FIRST_YEAR = 1870
_TIME = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?(?:\.\d{1,6})?"
    r"(?P<zone>[+-]\d{4})?",
    re.ASCII,
)


def moment(text: str, place: str, zone: str, now: datetime) -> datetime | None:
    """A time, or None where nothing is stated. A local time that comes twice is the first. Raises BadTime."""
    if not text:
        return None
    found = _parts(text, place)
    try:
        year, month, date_, *clock = (
            int(found[name] or first)
            for name, first in (("year", 0), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))
        )
        at = datetime(year, month, date_, clock[0], clock[1], clock[2], tzinfo=ZoneInfo(zone))
        at = at.replace(tzinfo=datetime.strptime(found["zone"], "%z").tzinfo) if found["zone"] else at
        in_time = at.year >= FIRST_YEAR and at <= now + AHEAD
    except (ValueError, OverflowError):
        raise BadTime(place) from None
    if not in_time:
        raise BadTime(place)
    return at.astimezone(now.tzinfo)


def day(text: str, place: str, now: datetime) -> date | None:
    """A day; None where it is not stated, or not to the day. Raises BadTime."""
    if not text:
        return None
    found = _parts(text, place)
    if not found["day"]:
        return None
    try:
        stated = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise BadTime(place) from None
    if not stated.year >= FIRST_YEAR or stated > (now + AHEAD).date():
        raise BadTime(place)
    return stated


def _parts(text: str, place: str) -> re.Match[str]:
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadTime(place)
    return found

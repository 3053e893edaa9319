"""Reads FHIR's periods and times: whether something holds at a moment, and until when."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from carebus.web.fhir.nodes import NOWHERE, Node
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.codes import TIME_ZONE

HOME_ZONE = "America/New_York"
"""Where a day begins and ends for a person whose time zone nobody stated; a referral's own default."""

_PARTS = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment on, up to and without another; either may be open."""

    starts: datetime | None = None
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether this moment lies in it."""
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)


ALWAYS = Span()


def zone_of(person: Node) -> tzinfo:
    """Where somebody's days begin and end."""
    zones = (each.at("valueCode") for each in person.each("extension") if each.at("url").text == TIME_ZONE)
    said = next(zones, NOWHERE)
    try:
        return ZoneInfo(said.text or HOME_ZONE)
    except (KeyError, ValueError, OSError):  # no zone; the referral's own rule says so by its place
        return ZoneInfo(HOME_ZONE)


def span(period: Node, zone: tzinfo) -> Span:
    """A Period; its last day, month or year belongs to it whole."""
    return Span(moment(period.at("start"), zone), moment(period.at("end"), zone, last=True))


def in_force(node: Node, at: datetime, zone: tzinfo) -> bool:
    """Whether the period of a name, an address, a telecom or a coverage holds now; without one it does."""
    return span(node.at("period"), zone).holds(at)


def moment(said: Node, zone: tzinfo, *, last: bool = False) -> datetime | None:
    """When a date or time begins, or (`last`) when it is over; nothing where nothing is said, or in no year we know.

    Raises NotReadable.
    """
    if not said.text:
        return None
    try:
        if parts := _PARTS.fullmatch(said.text):
            return _day(*(int(part) if part else None for part in parts.groups()), zone=zone, last=last)
        at = datetime.fromisoformat(said.text)
        if at.tzinfo is None:
            raise ValueError
        return at + timedelta(microseconds=1) if last else at
    except OverflowError:
        return None
    except ValueError:
        raise NotReadable.because("value", "Give a date or time as FHIR R4 writes it.", said.path) from None


def _day(year: int | None, month: int | None, day: int | None, *, zone: tzinfo, last: bool) -> datetime:
    assert year is not None
    first = datetime(year, month or 1, day or 1, tzinfo=zone)
    if not last:
        return first
    if year == datetime.max.year:
        raise OverflowError
    if day:
        return first + timedelta(days=1)
    if month and month < _MONTHS:
        return first.replace(month=month + 1)
    return first.replace(year=year + 1, month=1)

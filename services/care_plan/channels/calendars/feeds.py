"""Writes visits as an iCalendar feed (RFC 5545): for a clinician, or for a patient's family. Pure.

A calendar may be read by whoever looks over a shoulder, and is kept by its provider: it holds hours, a town for those
who drive there, and who comes for those who wait; no name of a patient, no reason, no purpose. It takes the place of no
message, since calendars ask again after hours or a day.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from icalendar import CLASS, STATUS, Calendar, Event

from carebus.contracts.care_plan import VisitMode
from carebus.contracts.people import TeamMember
from services.care_plan.domain.care.zones import zone_of
from services.care_plan.domain.summaries.summary import ROLES
from services.care_plan.domain.visits.arriving import arrival
from services.care_plan.store.calendars import Kind, Listed

PAST, AHEAD = timedelta(days=30), timedelta(days=90)
"""So much of the story, and of what is planned, a calendar holds."""
ASK_AGAIN = timedelta(hours=1)
"""What calendars are asked to do; many come once in eight hours or a day, whatever they are asked."""
MAKER = "-//Carebus//Visits//EN"
NAMES = {Kind.STAFF: "My visits", Kind.FAMILY: "Visits"}
LATE = "Calendars may show a change hours later, or a day. A message tells you at once."
STAFF_WORDS = {VisitMode.HOME: "Visit", VisitMode.PHONE: "Visit by phone", VisitMode.VIDEO: "Visit by video"}
FAMILY_WORDS = {VisitMode.HOME: "Visit by", VisitMode.PHONE: "Call by", VisitMode.VIDEO: "Video visit by"}


def feed(kind: Kind, visits: Iterable[Listed], now: datetime) -> bytes:
    """The feed as it stands."""
    calendar = Calendar.new(prodid=MAKER, name=NAMES[kind], description=LATE, refresh_interval=ASK_AGAIN, language="en")
    for visit in visits:
        calendar.add_component(_event(kind, visit, now))
    written: bytes = calendar.to_ical()
    return written


def _event(kind: Kind, visit: Listed, now: datetime) -> Event:
    """One visit. Its times are in UTC, which no change of clocks moves; each calendar shows them as clocks do there.

    A family sees the whole time in which somebody comes and is there.
    """
    at, window = visit.starts_at, arrival(visit.starts_at, visit.mode) if kind is Kind.FAMILY else None
    first, last = window or (at, at)
    return Event.new(
        uid=f"visit-{visit.visit_id}@carebus",
        sequence=visit.changes,
        status=_status(visit),
        classification=CLASS.PRIVATE,
        summary=_summary(kind, visit),
        description=_window(visit, *window) if window else None,
        location=visit.town if kind is Kind.STAFF and visit.mode is VisitMode.HOME else None,
        start=first,
        end=last + timedelta(minutes=visit.minutes),
        stamp=now,
    )


def _window(visit: Listed, first: datetime, last: datetime) -> str:
    """That the time is a window, and what of it is the visit."""
    zone = zone_of(visit.zone)
    between = f"between {first.astimezone(zone):%H:%M} and {last.astimezone(zone):%H:%M %Z}"
    return f"Arrives {between}, and stays for about {visit.minutes} minutes. This entry covers all of that time."


def _status(visit: Listed) -> STATUS:
    if not visit.takes_place:
        return STATUS.CANCELLED
    return STATUS.CONFIRMED if visit.is_certain else STATUS.TENTATIVE


def _summary(kind: Kind, visit: Listed) -> str:
    if kind is Kind.FAMILY:
        return f"{FAMILY_WORDS[visit.mode]} {_named(visit.people)}"
    at = f" in {visit.town}" if visit.town and visit.mode is VisitMode.HOME else ""
    return f"{STAFF_WORDS[visit.mode]}{at}"


def _named(people: Sequence[TeamMember]) -> str:
    return " and ".join(f"{one.name}, {ROLES[one.role]}" for one in people)

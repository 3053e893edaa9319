"""When a visit takes place: in working hours of the patient's zone, on working days, never two at one hour.

Urgent first visits are due on the next working day, routine ones within seven days; later visits by phase. A due day
that falls on a weekend moves to the working day before it, so that nobody waits longer than the rule says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carebus.contracts.care_plan import Phase
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority
from carebus.errors import CarebusError
from services.care_plan.domain.roster import PRIMARY, Member

WORKING_DAYS = range(5)
"""Monday to Friday."""

HOURS = range(9, 17)
MINUTES = 60
FIRST_WITHIN = 7
DAYS_BY_PHASE: dict[Phase | None, int] = {
    Phase.UNSTABLE: 3,
    Phase.TERMINAL: 3,
    Phase.DETERIORATING: 7,
    Phase.STABLE: 14,
    None: 7,  # nobody has assessed it yet: no reason to wait as long as for a stable one
}
EARLIER_AT_MOST = 2
VISITING = (PRIMARY, Role.ADVANCED_PRACTICE_PROVIDER, Role.DOCTOR)
"""Who visits, first choice first."""

DAY = timedelta(days=1)


class TimeZoneUnknown(CarebusError):
    """The patient's time zone is not a known one, so no hour can be found."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour of one clinician's."""

    clinician: Member
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Days:
    """The days a visit may take place on: those wished for, and whether they are to be spread or taken in order."""

    wished: tuple[date, ...]
    spread: bool = False


def zone_of(name: str) -> ZoneInfo:
    """The zone with this name. Raises TimeZoneUnknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknown from None


def is_working_day(day: date) -> bool:
    """Whether visits are planned on this day."""
    return day.weekday() in WORKING_DAYS


def first_days(priority: Priority, accepted_on: date, today: date) -> Days:
    """The days for a first visit, counted from the acceptance; once all are over, the next working day."""
    coming = (accepted_on + n * DAY for n in range(1, FIRST_WITHIN + 1))
    urgent = priority is Priority.URGENT
    due = [next(_working_days_after(accepted_on))] if urgent else filter(is_working_day, coming)
    ahead = tuple(day for day in due if day > today)
    return Days(ahead, spread=not urgent) if ahead else Days((next(_working_days_after(today)),))


def next_days(phase: Phase | None, today: date) -> Days:
    """The days for the visit after one that took place today: the due day, or shortly before it."""
    due = today + DAYS_BY_PHASE[phase] * DAY
    wished = (due - n * DAY for n in range(EARLIER_AT_MOST + 1))
    return Days(tuple(day for day in wished if is_working_day(day) and day > today))


def find_slot(members: Sequence[Member], days: Days, zone: ZoneInfo) -> Slot:
    """The first free hour: of the nurse, else of the next who visits, on the days wished for; else the nurse's next."""
    visiting = sorted((m for m in members if m.role in VISITING), key=lambda member: VISITING.index(member.role))
    wished = (slot for member in visiting for slot in _free(member, _ordered(member, days, zone), zone))
    later = _free(visiting[0], _working_days_after(max(days.wished)), zone)
    return next(chain(wished, later))


def _ordered(member: Member, days: Days, zone: ZoneInfo) -> Sequence[date]:
    if not days.spread:
        return days.wished
    return sorted(days.wished, key=lambda day: (member.booked_between(*_bounds(day, zone)), day))


def _free(member: Member, days: Iterable[date], zone: ZoneInfo) -> Iterator[Slot]:
    for day in days:
        for hour in HOURS:
            starts_at = datetime.combine(day, time(hour), zone)
            if member.is_free(starts_at, MINUTES):
                yield Slot(member, starts_at)


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), zone), datetime.combine(day + DAY, time(), zone)


def _working_days_after(day: date) -> Iterator[date]:
    while True:
        day += DAY
        if is_working_day(day):
            yield day

"""Which hour a visit takes: the first in a diary that leaves time for lunch and for the ways from home to home."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from carebus.contracts.people import Role
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.fit import licensed
from services.care_plan.domain.team.routes import DayRules
from services.care_plan.domain.team.travel import Place, Travel
from services.care_plan.domain.visits.calendar import DAY, MINUTES, Days, working_days_after

FARTHEST = 40
"""Working days after the last one wished for, in which an hour is still looked for."""
STEP = 30
"""Visits begin so many minutes apart, counted from when somebody's day begins."""
FARTHEST_WAY = timedelta(hours=6)
"""Visits farther apart than this leave time for any way."""
VISITING = (Role.NURSE, Role.ADVANCED_PRACTICE_PROVIDER, Role.DOCTOR)
"""Who visits, first choice first."""


@dataclass(slots=True)
class Taken:
    """A time that is taken, and where, as far as that is known."""

    starts_at: datetime
    ends_at: datetime
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a day's hours leave time for."""

    day: DayRules
    travel: Travel

    def way(self, here: Place | None, there: Place | None) -> timedelta:
        """From one home to the next."""
        return timedelta(minutes=self.travel.between(here, there).minutes)

    def is_lunch(self, minute: int, opens: int, closes: int) -> bool:
        """Whether a visit that begins then takes the middle of noon, and whoever works these hours needs it."""
        lunch = (self.day.lunch_from + self.day.lunch_latest) // 2
        return self.day.needs_lunch(opens, closes) and lunch - MINUTES < minute < lunch + self.day.lunch_minutes


@dataclass(slots=True)
class Diary:
    """One clinician and the hours that are taken."""

    clinician: Clinician
    taken: list[Taken]

    @property
    def role(self) -> Role:
        """The clinician's profession."""
        assert self.clinician.role is not None, "has joined"
        return self.clinician.role

    def has_time(self, starts_at: datetime, place: Place | None, leaving: Leaving) -> bool:
        """Whether a visit there fits in, with the ways from the one before and to the one after."""
        wanted = starts_at, starts_at + timedelta(minutes=MINUTES)
        near = (one for one in self.taken if _apart(one, *wanted) < FARTHEST_WAY)
        return all(leaving.way(one.place, place) <= _apart(one, *wanted) for one in near)

    def booked_between(self, start: datetime, end: datetime) -> int:
        """How many visits begin in [start, end)."""
        return sum(start <= one.starts_at < end for one in self.taken)

    def take(self, starts_at: datetime, place: Place | None) -> None:
        """This hour is taken from now on."""
        self.taken.append(Taken(starts_at, starts_at + timedelta(minutes=MINUTES), place))


@dataclass(frozen=True, slots=True)
class AtHome:
    """Where somebody is visited: the place and the state, as far as they are known, the zone, and when others come."""

    place: Place | None
    state: str
    zone: ZoneInfo
    taken: Sequence[Taken] = ()

    def is_free(self, starts_at: datetime) -> bool:
        """Whether nobody else comes in this hour."""
        ends_at = starts_at + timedelta(minutes=MINUTES)
        return all(_apart(one, starts_at, ends_at) >= timedelta(0) for one in self.taken)


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour of one clinician's."""

    diary: Diary
    starts_at: datetime


def find_slot(diaries: Sequence[Diary], days: Days, home: AtHome, leaving: Leaving, now: datetime) -> Slot | None:
    """The first hour to come that is free: of the nurse, else of the next who visits, on the days wished for; or after.

    Whoever comes is licensed where the patient lives, on that day. None when nobody has an hour within `FARTHEST` days.
    """
    today = now.astimezone(home.zone).date()

    def free(diary: Diary, days: Iterable[date]) -> Iterator[Slot]:
        may = (day for day in days if day >= today and licensed(diary.clinician, home.state, day, None))
        hours = (at for day in may for at in _hours(diary, day, home.zone, leaving) if at > now and home.is_free(at))
        return (Slot(diary, at) for at in hours if diary.has_time(at, home.place, leaving))

    visiting = sorted((one for one in diaries if one.role in VISITING), key=lambda one: VISITING.index(one.role))
    wished = (slot for diary in visiting for slot in free(diary, _ordered(diary, days, home.zone)))
    after = list(islice(working_days_after(max(*days.wished, today)), FARTHEST))
    later = (slot for diary in visiting for slot in free(diary, after))
    return next(chain(wished, later), None)


def _ordered(diary: Diary, days: Days, zone: ZoneInfo) -> Sequence[date]:
    if not days.spread:
        return days.wished
    return sorted(days.wished, key=lambda day: (diary.booked_between(*_bounds(day, zone)), day))


def _apart(one: Taken, starts_at: datetime, ends_at: datetime) -> timedelta:
    """How long it is from the one to the other; less than nothing where they overlap."""
    return max(one.starts_at - ends_at, starts_at - one.ends_at)


def _hours(diary: Diary, day: date, zone: ZoneInfo, leaving: Leaving) -> Iterator[datetime]:
    """When a visit may begin on a day that somebody works; the last one ends when they do."""
    worked = diary.clinician.hours_on(day)
    if worked is None:
        return
    for minute in range(worked.opens, worked.closes - MINUTES + 1, STEP):
        if not leaving.is_lunch(minute, worked.opens, worked.closes):
            yield datetime.combine(day, time(minute // 60, minute % 60), zone)


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), zone), datetime.combine(day + DAY, time(), zone)

"""Which hour a visit takes: the first that is free in the diary of somebody of the team who visits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from carebus.contracts.people import Role
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.visits.calendar import DAY, MINUTES, Days, working_days_after

FARTHEST = 40
"""Working days after the last one wished for, in which an hour is still looked for."""
VISITING = (Role.NURSE, Role.ADVANCED_PRACTICE_PROVIDER, Role.DOCTOR)
"""Who visits, first choice first."""


@dataclass(slots=True)
class Diary:
    """One clinician and the hours that are taken: pairs of a beginning and an end."""

    clinician: Clinician
    taken: list[tuple[datetime, datetime]]

    @property
    def role(self) -> Role:
        """The clinician's profession."""
        assert self.clinician.role is not None, "has joined"
        return self.clinician.role

    def is_free(self, starts_at: datetime, minutes: int) -> bool:
        """Whether nothing else takes place in these minutes."""
        ends_at = starts_at + timedelta(minutes=minutes)
        return all(end <= starts_at or ends_at <= start for start, end in self.taken)

    def booked_between(self, start: datetime, end: datetime) -> int:
        """How many visits begin in [start, end)."""
        return sum(start <= begins < end for begins, _ in self.taken)

    def take(self, starts_at: datetime, minutes: int) -> None:
        """These minutes are taken from now on."""
        self.taken.append((starts_at, starts_at + timedelta(minutes=minutes)))


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour of one clinician's."""

    diary: Diary
    starts_at: datetime


def find_slot(diaries: Sequence[Diary], days: Days, zone: ZoneInfo) -> Slot | None:
    """The first free hour: of the nurse, else of the next who visits, on the days wished for; else the first after.

    None when nobody who visits has a free hour within `FARTHEST` days.
    """
    visiting = sorted((one for one in diaries if one.role in VISITING), key=lambda one: VISITING.index(one.role))
    wished = (slot for diary in visiting for slot in _free(diary, _ordered(diary, days, zone), zone))
    after = list(islice(working_days_after(max(days.wished)), FARTHEST))
    later = (slot for diary in visiting for slot in _free(diary, after, zone))
    return next(chain(wished, later), None)


def _ordered(diary: Diary, days: Days, zone: ZoneInfo) -> Sequence[date]:
    if not days.spread:
        return days.wished
    return sorted(days.wished, key=lambda day: (diary.booked_between(*_bounds(day, zone)), day))


def _free(diary: Diary, days: Iterable[date], zone: ZoneInfo) -> Iterator[Slot]:
    for day in days:
        for starts_at in _hours(diary, day, zone):
            if diary.is_free(starts_at, MINUTES):
                yield Slot(diary, starts_at)


def _hours(diary: Diary, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The beginnings of the hours that somebody works on a day; the last visit ends when they do."""
    worked = diary.clinician.hours_on(day)
    if worked is None:
        return
    for minute in range(worked.opens, worked.closes - MINUTES + 1, MINUTES):
        yield datetime.combine(day, time(minute // 60, minute % 60), zone)


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), zone), datetime.combine(day + DAY, time(), zone)

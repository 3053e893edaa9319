"""When a visit takes place: in the clinician's working hours, on working days, never two at one hour.

Urgent first visits are due on the next working day, routine ones within seven days; later visits by phase. A due day
that falls on a weekend moves to the working day before it, so that nobody waits longer than the rule says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from carebus.contracts.care_plan import Phase
from carebus.contracts.referral import Priority

WORKING_DAYS = range(5)
"""Monday to Friday."""

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
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days a visit may take place on: those wished for, and whether they are to be spread or taken in order."""

    wished: tuple[date, ...]
    spread: bool = False


def is_working_day(day: date) -> bool:
    """Whether visits are planned on this day."""
    return day.weekday() in WORKING_DAYS


def first_days(priority: Priority, accepted_on: date, today: date) -> Days:
    """The days for a first visit, counted from the acceptance; once all are over, the next working day."""
    coming = (accepted_on + n * DAY for n in range(1, FIRST_WITHIN + 1))
    urgent = priority is Priority.URGENT
    due = [next(working_days_after(accepted_on))] if urgent else filter(is_working_day, coming)
    ahead = tuple(day for day in due if day > today)
    return Days(ahead, spread=not urgent) if ahead else Days((next(working_days_after(today)),))


def next_days(phase: Phase | None, since: date, today: date) -> Days:
    """The days for the visit after one that took place on `since`: the due day, or shortly before it.

    Once all are over, the next working day.
    """
    due = since + DAYS_BY_PHASE[phase] * DAY
    wished = (due - n * DAY for n in range(EARLIER_AT_MOST + 1))
    ahead = tuple(day for day in wished if is_working_day(day) and day > today)
    return Days(ahead) if ahead else Days((next(working_days_after(today)),))


def working_days_after(day: date) -> Iterator[date]:
    """Working days, without end."""
    while True:
        day += DAY
        if is_working_day(day):
            yield day

"""What is known of one clinician: profession, licences, languages, area, and when they work."""

from datetime import date
from functools import cache
from uuid import UUID

import holidays

from carebus.contracts.care_plan import HomeArea, Hours, Licence
from carebus.contracts.event import Value
from carebus.contracts.people import Role, TeamMember
from carebus.decisions import State

HOUR = 60
"""Minutes of an hour: hours of work are told in minutes after midnight."""
NINE_TO_FIVE = tuple(Hours(weekday=day, opens=9 * HOUR, closes=17 * HOUR) for day in range(5))
"""When somebody works who has stated no hours: Monday to Friday, as every clinician did in earlier releases."""
HOLIDAYS_WHEN_NOT_STATED = "US"
"""Whose holidays somebody keeps who has stated nothing: the federal ones (5 U.S.C. 6103)."""
NO_HOLIDAYS = "none"
"""What somebody states who works on holidays as on other days."""


WORKING_LANGUAGE = "en"
"""What every clinician speaks, stated or not, because the clinic's records are written in it."""


class Leave(Value):
    """Days away, the first and the last included."""

    leave_id: UUID
    first_day: date
    last_day: date

    def covers(self, day: date) -> bool:
        """Whether the clinician is away on this day because of it."""
        return self.first_day <= day <= self.last_day

    def meets(self, other: "Leave") -> bool:
        """Whether both have a day in common."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day


class Clinician(State):
    """One clinician, by a stream of their own: `roster/<clinician_id>`. `left_on` is the last day that they work."""

    clinician_id: UUID | None = None
    name: str = ""
    role: Role | None = None
    capacity: int = 0
    account: UUID | None = None
    licences: tuple[Licence, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    area: HomeArea | None = None
    hours: tuple[Hours, ...] = ()
    holidays: str | None = None
    leave: tuple[Leave, ...] = ()
    left_on: date | None = None

    @property
    def states_licences(self) -> bool:
        """Whether any licence is stated: whoever joins now must, whoever joined by an earlier release could not."""
        return bool(self.licences)

    def licensed_in(self, state: str, day: date) -> bool:
        """Whether they may practise in this state (two letters) on this day; the last day of a licence counts.

        Clinicians of an earlier release state no licence and count as licensed everywhere, as they did then, until
        somebody states the first one. A profession is practised where the patient is, by that state's licence (FSMB,
        "The Appropriate Use of Telemedicine Technologies", 2022).
        """
        if not self.states_licences:
            return True
        return any(
            licence.state == state and (licence.until is None or day <= licence.until) for licence in self.licences
        )

    def licensed_until(self, state: str) -> date:
        """The last day that they may practise in this state; `date.min` where they never might."""
        if not self.states_licences:
            return date.max
        return max((one.until or date.max for one in self.licences if one.state == state), default=date.min)

    def is_employed(self, day: date) -> bool:
        """Whether they have joined, and their last day is not over."""
        return self.clinician_id is not None and (self.left_on is None or day <= self.left_on)

    def is_away(self, day: date) -> bool:
        """Whether they are on leave."""
        return any(leave.covers(day) for leave in self.leave)

    def hours_on(self, day: date) -> Hours | None:
        """When they work on this day; None when they do not: a free day, a holiday, leave, or gone."""
        if not self.is_employed(day) or self.is_away(day) or self.keeps_holiday(day):
            return None
        return next((hours for hours in self.hours or NINE_TO_FIVE if hours.weekday == day.weekday()), None)

    def keeps_holiday(self, day: date) -> bool:
        """Whether this day is a holiday to them."""
        observed = self.holidays or HOLIDAYS_WHEN_NOT_STATED
        return observed != NO_HOLIDAYS and day in calendar_of(observed)

    def speaks(self, language: str) -> bool:
        """Whether they speak it, in whatever land: `es-MX` is met by `es`."""
        return primary_tag(language) in {WORKING_LANGUAGE, *map(primary_tag, self.languages)}

    def as_member(self, *, primary: bool = False) -> TeamMember:
        """This clinician as part of a care team. Ask only of one who has joined."""
        assert self.clinician_id is not None, "has joined"
        assert self.role is not None, "has joined"
        return TeamMember(
            clinician_id=self.clinician_id, name=self.name, role=self.role, primary=primary, account=self.account
        )


def primary_tag(language: str) -> str:
    """The language itself, without land or script: `es` of `es-MX` (RFC 5646, section 2.2.1)."""
    return language.partition("-")[0].lower()


@cache
def calendar_of(observed: str) -> holidays.HolidayBase:
    """The holidays of `US`, or of a state such as `US-CA`, in any year."""
    _, _, state = observed.partition("-")
    return holidays.country_holidays("US", subdiv=state or None)

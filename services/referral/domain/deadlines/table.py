"""How soon the office wants things done: a table by milestone, urgency and payer, in clock time or in business time."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from carebus.contracts.people import Payer
from carebus.contracts.referral import Milestone, Priority
from services.referral.domain.deadlines import business_time
from services.referral.domain.deadlines.business_time import Calendar
from services.referral.domain.eligibility import RuleBook
from services.referral.settings import Settings


class Unit(StrEnum):
    """What a deadline is counted in."""

    HOURS = "hours"
    DAYS = "days"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"


class Pledge(BaseModel):
    """One row of the table. Without an urgency or a payer it holds for all; the first row that fits counts.

    A payer is a kind (`medicare`) or the name of a plan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    milestone: Milestone
    amount: float = Field(gt=0)
    unit: Unit
    urgency: Priority | None = None
    payer: str | None = None

    def holds_for(self, milestone: Milestone, urgency: Priority, payer: Payer | None) -> bool:
        """Whether this row says how soon."""
        said_of = {payer.kind.value, payer.name.casefold()} if payer else set()
        return (
            self.milestone is milestone
            and self.urgency in {None, urgency}
            and (self.payer is None or self.payer.casefold() in said_of)
        )


def _row(milestone: Milestone, amount: float, unit: Unit, urgency: Priority | None = None) -> Pledge:
    return Pledge(milestone=milestone, amount=amount, unit=unit, urgency=urgency)


PLEDGES: tuple[Pledge, ...] = (
    _row(Milestone.ACKNOWLEDGEMENT, 1, Unit.BUSINESS_HOURS),
    _row(Milestone.IDENTITY, 1, Unit.BUSINESS_DAYS),
    _row(Milestone.DECISION, 24, Unit.HOURS, Priority.URGENT),
    _row(Milestone.DECISION, 2, Unit.BUSINESS_DAYS),
    _row(Milestone.INFORMATION, 10, Unit.DAYS),
    _row(Milestone.WAITLIST_REVIEW, 10, Unit.BUSINESS_DAYS),
    _row(Milestone.CANCELLATION, 1, Unit.BUSINESS_DAYS),
    _row(Milestone.FIRST_CONTACT, 1, Unit.BUSINESS_DAYS, Priority.URGENT),
    _row(Milestone.FIRST_CONTACT, 2, Unit.BUSINESS_DAYS),
    _row(Milestone.NEXT_ATTEMPT, 1, Unit.BUSINESS_DAYS),
    _row(Milestone.LETTER, 1, Unit.BUSINESS_DAYS),
    _row(Milestone.ANSWER, 10, Unit.BUSINESS_DAYS),
    _row(Milestone.FIRST_VISIT, 24, Unit.HOURS, Priority.URGENT),
    _row(Milestone.FIRST_VISIT, 7, Unit.DAYS),
    _row(Milestone.SUMMARY, 2, Unit.BUSINESS_DAYS),
    _row(Milestone.LOOP_CLOSURE, 10, Unit.BUSINESS_DAYS),
)
"""What holds where nothing else is set. Nobody prescribes these: they are a proposal, and an office may set its own."""

REMIND_AFTER = timedelta(days=3)
"""How long after something was asked for the party that owes it is reminded."""


@dataclass(frozen=True)
class Span:
    """An amount of time, counted while the office is open or always."""

    length: timedelta
    business: bool


@dataclass(frozen=True)
class Office:
    """The office's calendar, its table of pledges and its rules of eligibility."""

    calendar: Calendar = field(default_factory=Calendar)
    pledges: tuple[Pledge, ...] = PLEDGES
    rules: RuleBook = field(default_factory=lambda: RuleBook(()))

    def span(self, milestone: Milestone, urgency: Priority, payer: Payer | None) -> Span:
        """How long this may take."""
        pledge = next(row for row in self.pledges if row.holds_for(milestone, urgency, payer))
        whole = {
            Unit.HOURS: timedelta(hours=1),
            Unit.DAYS: timedelta(days=1),
            Unit.BUSINESS_HOURS: timedelta(hours=1),
            Unit.BUSINESS_DAYS: self.calendar.day,
        }[pledge.unit]
        return Span(whole * pledge.amount, pledge.unit in {Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS})

    def after(self, start: datetime, length: timedelta, *, in_business: bool) -> datetime:
        """The time when so much has passed."""
        return (
            business_time.add(start, length, self.calendar)
            if in_business
            else start + max(length, business_time.NOTHING)
        )

    def passed(self, start: datetime, end: datetime, *, in_business: bool) -> timedelta:
        """How much has passed between two times."""
        return (
            business_time.between(start, end, self.calendar) if in_business else max(end - start, business_time.NOTHING)
        )

    def business_days(self, start: datetime, end: datetime) -> int:
        """Whole business days between two times."""
        return business_time.between(start, end, self.calendar) // self.calendar.day


DEFAULT = Office()


def office_of(settings: Settings, rules: RuleBook) -> Office:
    """The office as the settings have it, with these rules; its calendar is made once for the same settings."""
    rows = tuple(Pledge.model_validate(row) for row in settings.deadlines)
    at = (settings.office_zone, settings.office_opens, settings.office_closes)
    return replace(_office(*at, frozenset(settings.office_closed_on), rows), rules=rules)


@lru_cache(maxsize=8)
def _office(zone: str, opens: time, closes: time, closed_on: frozenset[date], rows: tuple[Pledge, ...]) -> Office:
    return Office(Calendar(ZoneInfo(zone), opens, closes, closed_on=closed_on), (*rows, *PLEDGES))

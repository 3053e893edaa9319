"""When those who stay are contacted, as data: counted in days or months from the death."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from carebus.errors import BrokenRule
from carebus.reasoning.parts import Part

A_YEAR = 12


class ScheduledContact(Part):
    """One contact. days or months: after the death.  before_anniversary: so many days before that day of the month.

    within_days: so long after its day it may take before it counts as missed.
    first: it is made before anybody has said whether they want it, and asks for that.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    days: int | None = Field(None, ge=1)
    months: int | None = Field(None, ge=1)
    before_anniversary: int = Field(0, ge=0)
    within_days: int = Field(ge=0)
    first: bool = False

    @model_validator(mode="after")
    def _one_count(self) -> Self:
        if (self.days is None) is (self.months is None):
            raise BrokenRule(f"{self.code} wants either days or months")
        if self.before_anniversary and (self.months is None or self.months % A_YEAR):
            raise BrokenRule(f"{self.code} is before no anniversary: it wants a whole number of years in months")
        return self

    def due_on(self, died_on: date) -> date:
        """By when it is to be made."""
        if self.days is not None:
            return died_on + timedelta(days=self.days)
        return months_after(died_on, self.months or 0) - timedelta(days=self.before_anniversary)


class Schedule(Part):
    """A version of the schedule. letter_within_days: so soon after the death the letter of condolence is written."""

    id: str
    version: int = Field(ge=1)
    title: str
    contacts: tuple[ScheduledContact, ...] = Field(min_length=1)
    letter_within_days: int = Field(ge=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        codes = [one.code for one in self.contacts]
        if len(set(codes)) != len(codes):
            raise BrokenRule("two contacts have the same code")
        if [one for one in self.contacts if one.first] != [self.contacts[0]]:
            raise BrokenRule("the first contact, and only that, is `first`")
        days = [one.due_on(date(2025, 1, 31)) for one in self.contacts]
        if days != sorted(set(days)):
            raise BrokenRule("contacts stand in the order of their days")
        return self

    @property
    def name(self) -> str:
        """Its id and version, as events name it."""
        return f"{self.id}/{self.version}"

    def contact(self, code: str) -> ScheduledContact | None:
        """The contact of this code."""
        return next((one for one in self.contacts if one.code == code), None)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it has no such day."""
    year, month = divmod(day.year * A_YEAR + day.month - 1 + months, A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

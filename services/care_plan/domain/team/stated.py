"""What may be stated of a clinician: the fields of the commands, each with its rule."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from carebus.contracts.care_plan import HomeArea, Hours, Licence
from carebus.errors import BrokenRule
from services.care_plan.domain.team.states import STATES

LARGEST_CAPACITY = 1000
LONGEST_NAME = 200
MOST = 100
"""How many licences, languages or skills one person can state."""
FARTHEST_KM = 1000
MIDNIGHT = 24 * 60

T = TypeVar("T")


def _known_state(state: str) -> str:
    if state not in STATES:
        raise BrokenRule("Give a state by its two letters, such as CA.")
    return state


def _once(of: Callable[[T], object]) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
    def rule(stated: tuple[T, ...]) -> tuple[T, ...]:
        if len({of(each) for each in stated}) < len(stated):
            raise BrokenRule("State each once.")
        return stated

    return rule


def _holidays(code: str) -> str:
    land, _, state = code.partition("-")
    if code not in {"US", "none"} and (land != "US" or state not in STATES):
        raise BrokenRule("Give US, a state as US-CA, or none.")
    return code


StateCode = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=2), AfterValidator(_known_state)
]
Language = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language as BCP 47 writes it: `es`, `zh-Hant`."""
Skill = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
"""A code: `wound_care`."""
PostalCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{5}(-[0-9]{4})?)?$")]
Town = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class StatedLicence(Licence):
    """A licence, in a state that there is."""

    model_config = ConfigDict(extra="forbid")

    state: StateCode
    until: date | None = None


class StatedArea(HomeArea):
    """Where a clinician sets out from: a postal code, or a town with its state."""

    model_config = ConfigDict(extra="forbid")

    postal_code: PostalCode = ""
    town: Town = ""
    state: StateCode | Annotated[str, Field(max_length=0)] = ""
    reach_km: Annotated[int | None, Field(ge=1, le=FARTHEST_KM)] = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.postal_code or (self.town and self.state)):
            raise BrokenRule("Give a postal code, or a town and its state.")
        return self


class StatedHours(Hours):
    """Hours that end after they begin, on one day."""

    model_config = ConfigDict(extra="forbid")

    weekday: Annotated[int, Field(ge=0, le=6)]
    opens: Annotated[int, Field(ge=0, lt=MIDNIGHT)]
    closes: Annotated[int, Field(gt=0, le=MIDNIGHT)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise BrokenRule("Give an end that is after the beginning.")
        return self


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
Capacity = Annotated[int, Field(ge=1, le=LARGEST_CAPACITY)]
Licences = Annotated[
    tuple[StatedLicence, ...],
    Field(min_length=1, max_length=MOST),
    AfterValidator(_once(lambda licence: licence.state)),
]
Languages = Annotated[tuple[Language, ...], Field(max_length=MOST), AfterValidator(_once(str.lower))]
Skills = Annotated[tuple[Skill, ...], Field(max_length=MOST), AfterValidator(_once(str))]
Week = Annotated[tuple[StatedHours, ...], Field(max_length=7), AfterValidator(_once(lambda hours: hours.weekday))]
"""At most one span a day."""
Holidays = Annotated[str, StringConstraints(max_length=5), AfterValidator(_holidays)]

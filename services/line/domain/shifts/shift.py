"""A shift: who does which duty from when to when, and how they are reached; and the hours that nobody covers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.errors import CarebusError

LONGEST = timedelta(hours=24)
"""Nobody can answer the phone for longer."""
FARTHEST = timedelta(days=366)


class Duty(StrEnum):
    """What somebody does in a shift: answers the line, is on call for it, or is asked last."""

    LINE = "line"
    ON_CALL = "on_call"
    SUPERVISOR = "supervisor"


class EndsBeforeItBegins(CarebusError):
    """Give an end that comes after the beginning."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "ends_at"


class TooLong(CarebusError):
    """A shift lasts 24 hours at most. Write down two."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "ends_at"


class TooFarAhead(CarebusError):
    """Shifts are written down for a year ahead at most."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "starts_at"


class NoWayToReach(CarebusError):
    """Give a phone number or an e-mail address, so that we can page this person."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "phone"


class Shift(Value):
    """Somebody's duty from `starts_at` until `ends_at`, which is no longer of it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    duty: Duty
    name: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""
    email: Annotated[str, Phi.EMAIL, Field(max_length=200)] = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    def covers(self, at: datetime) -> bool:
        """Whether this moment is in it."""
        return self.starts_at <= at < self.ends_at


class Planned(NamedTuple):
    """A shift as it is kept."""

    shift_id: UUID
    shift: Shift


class Gap(NamedTuple):
    """Hours in which nobody has a duty."""

    duty: Duty
    since: datetime
    until: datetime


def require_possible(shift: Shift, now: datetime) -> None:
    """Raises EndsBeforeItBegins, TooLong, TooFarAhead, NoWayToReach."""
    if shift.ends_at <= shift.starts_at:
        raise EndsBeforeItBegins
    if shift.ends_at - shift.starts_at > LONGEST:
        raise TooLong
    if shift.starts_at > now + FARTHEST:
        raise TooFarAhead
    if shift.duty is not Duty.LINE and not (shift.phone.strip() or shift.email.strip()):
        raise NoWayToReach


def gaps(shifts: Iterable[Shift], duty: Duty, since: datetime, until: datetime) -> list[Gap]:
    """The hours between these moments that no shift of this duty covers."""
    found, covered = list[Gap](), since
    for one in sorted((each for each in shifts if each.duty is duty), key=lambda each: each.starts_at):
        if one.starts_at >= until:
            break
        if one.starts_at > covered:
            found.append(Gap(duty, covered, one.starts_at))
        covered = max(covered, one.ends_at)
    return [*found, Gap(duty, covered, until)] if covered < until else found

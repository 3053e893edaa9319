"""The order of paging: the steps are data, and each step asks the people who have that duty at that hour."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import ConfigDict, Field

from carebus.contracts.event import Value
from carebus.errors import CarebusError
from services.line.domain.calls.call import PageStep
from services.line.domain.shifts.shift import Duty, Shift

MOST_STEPS = 10


class NobodyOnCall(CarebusError):
    """Nobody is on call at this hour. Say whom to page, and write down the shifts."""

    status = HTTPStatus.CONFLICT
    field = "name"


class Step(Value):
    """Everybody who has this duty is asked, one after the other, each for so many minutes."""

    model_config = ConfigDict(extra="forbid")
    duty: Duty
    minutes: Annotated[int, Field(ge=1, le=60)]


class Ladder(Value):
    """The steps of a page, the first of them first."""

    model_config = ConfigDict(extra="forbid")
    version: int
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]


def page_steps(ladder: Ladder, shifts: Iterable[Shift], at: datetime, first: Sequence[PageStep] = ()) -> list[PageStep]:
    """The people to ask now, each once: those the nurse names, then those on duty. Raises NobodyOnCall."""
    on_duty = sorted((one for one in shifts if one.covers(at)), key=lambda one: one.starts_at)
    led_to = (
        PageStep(name=one.name, phone=one.phone, email=one.email, minutes=step.minutes)
        for step in ladder.steps
        for one in on_duty
        if one.duty is step.duty
    )
    asked: dict[tuple[str, str], PageStep] = {}
    for each in (*first, *led_to):
        if each.is_reachable:
            asked.setdefault((each.phone, each.email), each)
    if not asked:
        raise NobodyOnCall
    return list(asked.values())[:MOST_STEPS]

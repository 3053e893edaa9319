"""Moments as people state them: in a year that a calendar can hold, wherever on earth it is read."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime
from pydantic_core import PydanticCustomError

from carebus.contracts.phi import Phi

YEARS = range(1900, 2200)
"""Beyond these a time was typed wrongly; at the very ends of the calendar no other zone could show it."""


def _of_our_time(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise PydanticCustomError("year_out_of_range", "Give a time with a year from 1900 to 2199")
    return at


StatedTime = Annotated[AwareDatetime, AfterValidator(_of_our_time), Phi.DATE]
"""A moment in a command: with its offset, and of a year in which every zone has a clock."""

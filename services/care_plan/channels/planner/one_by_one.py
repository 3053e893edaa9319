"""Looks for something for many patients at once, so that a record nobody can reckon with costs the others nothing."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import TypeVar

import structlog

from carebus.contracts.event import Stream
from services.care_plan.domain.care import Care

log = structlog.get_logger()
F = TypeVar("F")
OF_A_RECORD = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""What reckoning with values that nobody thought of raises; a solver or database that is away is no record's fault."""


async def one_by_one(
    cares: Mapping[Stream, Care], find: Callable[[Mapping[Stream, Care]], Awaitable[dict[Stream, F]]]
) -> dict[Stream, F]:
    """What is found for these patients; where a record is to blame, for each half, down to the one who is left out."""
    try:
        return await find(cares) if cares else {}
    except OF_A_RECORD as why:
        if len(cares) == 1:
            log.error("not_planned", why=type(why).__name__)
            return {}
    half, every = len(cares) // 2, iter(cares.items())
    first = dict(islice(every, half))
    return {**await one_by_one(first, find), **await one_by_one(dict(every), find)}

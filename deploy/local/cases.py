"""The sample's patients on their way through the services, and how the simulated clinic works through many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from deploy.local.failures import LocalServerError
from deploy.local.patient import Patient

AT_ONCE = 8
NAMED_AT_MOST = 5

Item = TypeVar("Item")


class Stuck(LocalServerError):
    """The simulated clinic gave up: {0}."""


@dataclass(slots=True)
class Case:
    """One patient of the sample, by the ids that the referral service gave."""

    patient: Patient
    referral_id: str
    patient_id: str
    status: str
    suggested_decline_reason: str | None
    completed: int = 0

    @property
    def decided(self) -> bool:
        """Whether the referral was accepted or declined."""
        return self.status != "triage"

    @property
    def accepted(self) -> bool:
        """Whether this patient is taken on."""
        return self.status == "accepted"


Cases = dict[str, Case]
"""All cases, by referral id."""


def named(cases: Iterable[Case]) -> str:
    """Some of the cases by patient id, which is random and says nothing about anyone."""
    ids = [case.patient_id for case in cases]
    more = f" and {len(ids) - NAMED_AT_MOST} more" if len(ids) > NAMED_AT_MOST else ""
    return ", ".join(ids[:NAMED_AT_MOST]) + more


async def for_each(items: Iterable[Item], work: Callable[[Item], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """Do the work for every item, a few at once; the first failure ends it and is raised."""
    waiting = iter(list(items))

    async def worker() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(at_once):
                workers.create_task(worker())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None

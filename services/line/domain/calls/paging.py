"""Paging: a clinician is asked for step by step until somebody has taken it; the last step repeats, for all to see."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import ClinicianPaged, Nurse, PageTaken, PageUnanswered
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, Page, PageStep, require_open, require_own

TIMER = "page"


class PagedAlready(CarebusError):
    """{name} is paged already and has not taken it."""

    status = 409


class NotPaged(CarebusError):
    """Nobody is paged for this call, or somebody took it already."""

    status = 409


class PageClinician(Command):
    """Somebody is needed now: these are asked, one after the other."""

    nurse: Nurse
    steps: Annotated[tuple[PageStep, ...], Field(min_length=1, max_length=10)]


class TakePage(Command):
    """Whoever was paged has it."""

    nurse: Nurse
    page_id: UUID


class PageWaits(Timer):
    """The time of a step is over."""

    page_id: UUID
    step: int
    repeated: int


def page_clinician(call: Call, page: PageClinician, cause: Cause) -> Decision:
    """The first is asked; one page at a time."""
    require_own(call, page.nurse)
    if call.page is not None and call.waits_for_page:
        raise PagedAlready(name=call.page.asked.name)
    return _ask(call, Page(page_id=cause.derive("page"), steps=page.steps, since=cause.now), cause)


def take_page(call: Call, take: TakePage, cause: Cause) -> Decision:
    """Nobody else is asked any more."""
    require_open(call)
    page = call.page
    if page is None or page.page_id != take.page_id or page.taken_at is not None:
        raise NotPaged
    taken = page.model_copy(update={"taken_by": take.nurse, "taken_at": cause.now})
    told = PageTaken(page_id=page.page_id, step=page.step, by=take.nurse, taken_at=cause.now)
    return changed(call.but(page=taken)).tells(told).cancels(TIMER)


def ask_next(call: Call, waited: PageWaits, cause: Cause) -> Decision:
    """Nobody took it: the next is asked; after the last, the last again."""
    page = call.page
    current = page and (page.page_id, page.step, page.repeated)
    if page is None or page.taken_at or current != (waited.page_id, waited.step, waited.repeated):
        return ignore("not_waiting")
    told = PageUnanswered(page_id=page.page_id, step=page.step, last=page.is_last, unanswered_at=cause.occurred_at)
    onward = {"repeated": page.repeated + 1} if page.is_last else {"step": page.step + 1}
    asked = _ask(call, page.model_copy(update={**onward, "since": cause.now}), cause)
    return asked._replace(events=(told, *asked.events))


def _ask(call: Call, page: Page, cause: Cause) -> Decision:
    asked = page.asked
    told = ClinicianPaged(
        page_id=page.page_id,
        step=page.step,
        repeated=page.repeated,
        name=asked.name,
        phone=asked.phone,
        email=asked.email,
        paged_at=cause.now,
    )
    waits = PageWaits(page_id=page.page_id, step=page.step, repeated=page.repeated)
    at = cause.now + timedelta(minutes=asked.minutes)
    return changed(call.but(page=page)).tells(told).wakes(TIMER, at, waits)


def steps_of(people: Sequence[PageStep]) -> tuple[PageStep, ...]:
    """Who is asked, each once, those who can't be reached left out."""
    reachable = {(one.phone, one.email): one for one in people if one.phone or one.email}
    return tuple(reachable.values())

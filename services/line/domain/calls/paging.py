"""Paging: a clinician is asked for step by step until somebody has taken it; the last step repeats, for all to see."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import ClinicianPaged, Nurse, PageTaken, PageUnanswered
from carebus.contracts.notifications import PageHandedOver, PageNotHandedOver
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, Page, PageStep, require_open, require_own
from services.line.domain.shifts.ladder import MOST_STEPS, NobodyOnCall
from services.line.domain.shifts.shift import NoWayToReach

TIMER, CONFIRMATION = "page", "page handed over"
CONFIRMED_WITHIN = timedelta(seconds=30)
"""So long it is waited for word that a page went out; then the nurse is told to dial."""


class PagedAlready(CarebusError):
    """{name} is paged already and has not taken it."""

    status = 409


class NotPaged(CarebusError):
    """Nobody is paged for this call, or somebody took it already."""

    status = 409


class PageClinician(Command):
    """Somebody is needed now. steps: whom the nurse names, if anybody.

    asked: everybody who is asked, one after the other, which the service adds: it does not make a command another one.
    """

    nurse: Nurse
    steps: Annotated[tuple[PageStep, ...], Field(max_length=MOST_STEPS)] = ()
    asked: Annotated[tuple[PageStep, ...], Field(exclude=True)] = ()


class TakePage(Command):
    """Whoever was paged has it."""

    nurse: Nurse
    page_id: UUID


class AnswerPage(Command):
    """Whoever was paged takes it by the link that they were sent. nurse: they, as the page names them."""

    nurse: Nurse
    page_id: UUID


class PageUnconfirmed(Timer):
    """Nobody has said that the page went out."""

    link_id: UUID


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
    if not all(one.is_reachable for one in page.steps):
        raise NoWayToReach  # else somebody else would be asked than the nurse named
    steps = page.asked or page.steps
    if not steps:
        raise NobodyOnCall
    page_id = cause.derive("page")
    return _ask(call, Page(page_id=page_id, link_id=page_id, steps=steps, since=cause.now), cause)


def take_page(call: Call, take: TakePage | AnswerPage, cause: Cause) -> Decision:
    """Nobody else is asked any more."""
    require_open(call)
    page = call.page
    if page is None or page.page_id != take.page_id or page.taken_at is not None:
        raise NotPaged
    taken = page.model_copy(update={"taken_by": take.nurse, "taken_at": cause.now})
    told = PageTaken(page_id=page.page_id, step=page.step, by=take.nurse, taken_at=cause.now)
    return changed(call.but(page=taken)).tells(told).cancels(TIMER, CONFIRMATION)


def note_handed_over(call: Call, sent: PageHandedOver, _: Cause) -> Decision:
    """It went out; of whoever was asked before, that changes nothing."""
    page = call.page
    if page is None or page.link_id != sent.link_id or page.handed_over_at:
        return ignore("not_asked_now")
    kept = page.model_copy(update={"handed_over_at": sent.handed_over_at, "dial": False})
    return changed(call.but(page=kept)).cancels(CONFIRMATION)


def note_not_handed_over(call: Call, failed: PageNotHandedOver, _: Cause) -> Decision:
    """It did not go out: the nurse dials."""
    return _dial(call, failed.link_id)


def note_unconfirmed(call: Call, waited: PageUnconfirmed, _: Cause) -> Decision:
    """Nothing says that it went out: the nurse dials, and need not wait for the mail."""
    return _dial(call, waited.link_id)


def _dial(call: Call, link_id: UUID) -> Decision:
    page = call.page
    if page is None or page.link_id != link_id or page.taken_at or page.handed_over_at or page.dial:
        return ignore("not_asked_now")
    return changed(call.but(page=page.model_copy(update={"dial": True})))


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
    link_id = cause.derive("page link", page.page_id, page.step, page.repeated)
    page = page.model_copy(update={"link_id": link_id, "handed_over_at": None, "dial": not asked.email})
    told = ClinicianPaged(
        page_id=page.page_id,
        link_id=link_id,
        step=page.step,
        repeated=page.repeated,
        name=asked.name,
        phone=asked.phone,
        email=asked.email,
        paged_at=cause.now,
    )
    waits = PageWaits(page_id=page.page_id, step=page.step, repeated=page.repeated)
    at = cause.now + timedelta(minutes=asked.minutes)
    decision = changed(call.but(page=page)).tells(told).wakes(TIMER, at, waits).cancels(CONFIRMATION)
    if not asked.email:
        return decision
    return decision.wakes(CONFIRMATION, cause.now + CONFIRMED_WITHIN, PageUnconfirmed(link_id=link_id))

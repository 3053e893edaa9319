"""Decides what is sent to whoever the line pages: that they are needed, and a link to take it; nothing of a patient."""

from datetime import timedelta
from uuid import UUID

from carebus.contracts.line import ClinicianPaged
from carebus.contracts.notifications import FailureReason, PageHandedOver, PageNotHandedOver
from carebus.decisions import Cause, Decision, changed, ignore, tells
from services.notifications.domain.addresses import is_address
from services.notifications.domain.letters import Correspondent, Letter, Letters
from services.notifications.domain.messages import GivenUp, HandedOver, Status

GOOD_FOR = timedelta(minutes=10)
"""A page that is heard of later is sent to nobody: somebody else was asked since, or has dialled."""


class PageLetter(Letter):
    """A page by mail. `link_id` makes the one-time link, with a secret that no letter holds."""

    page_id: UUID
    link_id: UUID
    asked_again: int = 0


class PageLetters(Letters[PageLetter]):
    """The pages of one call."""


def write_page(letters: PageLetters, event: ClinicianPaged, cause: Cause) -> Decision:
    """Somebody is paged: they are written to, if they have an address. A replay pages nobody."""
    address = event.email.strip()
    if not address:
        return ignore("no_address")
    if letters.letter(event.link_id) is not None:
        return ignore("asked_already")
    if cause.of_the_past:
        return ignore("too_late")
    if cause.now > event.paged_at + GOOD_FOR:
        return tells(_failed(event, FailureReason.UNREACHABLE, cause))
    if not is_address(address):
        return tells(_failed(event, FailureReason.REJECTED, cause))
    letter = PageLetter(
        notification_id=event.link_id,
        page_id=event.page_id,
        link_id=event.link_id,
        asked_again=event.repeated,
        recipient=Correspondent(name=event.name, address=address),
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        requested_at=cause.now,
    )
    return changed(letters.but(letters=(*letters.unsettled(cause.now), letter)))


def record_page_sent(letters: PageLetters, result: HandedOver, cause: Cause) -> Decision:
    """It went out; a repeated result changes nothing."""
    letter = letters.unsent(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    told = PageHandedOver(
        page_id=letter.page_id, link_id=letter.link_id, message_id=result.message_id, handed_over_at=cause.now
    )
    return changed(letters.settled(letter, cause, Status.SENT, attempts=result.attempts)).tells(told)


def record_page_failed(letters: PageLetters, result: GivenUp, cause: Cause) -> Decision:
    """It will not go out: whoever paged has to dial."""
    letter = letters.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    failed = letters.settled(letter, cause, Status.FAILED, attempts=result.attempts, failure=result.reason)
    return changed(failed).tells(_failed(letter, result.reason, cause))


def _failed(page: ClinicianPaged | PageLetter, reason: FailureReason, cause: Cause) -> PageNotHandedOver:
    return PageNotHandedOver(page_id=page.page_id, link_id=page.link_id, reason=reason, given_up_at=cause.now)

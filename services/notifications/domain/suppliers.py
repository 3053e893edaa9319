"""Decides what a supplier of equipment is written: that there is an order, and where; never for whom.

What was ordered before this service began is kept and sent to nobody.
"""

from uuid import UUID

from carebus.contracts.equipment import DmeOrderCancelled, DmeOrdered
from carebus.contracts.notifications import FailureReason, SupplierLetterFailed, SupplierLetterSent
from carebus.decisions import Cause, Decision, changed, ignore, tells
from services.notifications.domain.addresses import is_address
from services.notifications.domain.letters import Correspondent, Letter, Letters
from services.notifications.domain.messages import GivenUp, HandedOver, Status


class SupplierLetter(Letter):
    """A letter that there is an order. `link_id` makes the private link, with a secret that no letter holds."""

    order_id: UUID
    link_id: UUID


class SupplierLetters(Letters[SupplierLetter]):
    """The letters about one patient's orders."""


def write_to_supplier(letters: SupplierLetters, event: DmeOrdered, cause: Cause) -> Decision:
    """Something is ordered: the supplier is written to, if they have an address; else the order is printed."""
    address = event.email.strip()
    if not address:
        return ignore("no_address")
    letter_id = cause.derive("supplier letter")
    if not is_address(address):
        return tells(_failed(letter_id, event.order_id, FailureReason.REJECTED, 0))
    letter = SupplierLetter(
        notification_id=letter_id,
        order_id=event.order_id,
        link_id=event.link_id,
        recipient=Correspondent(name=event.supplier.name, address=address),
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        requested_at=cause.occurred_at if cause.of_the_past else cause.now,
    )
    if cause.of_the_past:
        letter = letter.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
    return changed(letters.but(letters=(*letters.unsettled(cause.now), letter)))


def withdraw_from_supplier(letters: SupplierLetters, event: DmeOrderCancelled, cause: Cause) -> Decision:
    """The order is cancelled: a letter that has not left does not leave."""
    waits = [one for one in letters.letters if one.order_id == event.order_id and one.status is Status.QUEUED]
    if not waits:
        return ignore("nothing_waits")
    for one in waits:
        letters = letters.settled(one, cause, Status.WITHDRAWN)
    return changed(letters)


def record_supplier_letter_sent(letters: SupplierLetters, result: HandedOver, cause: Cause) -> Decision:
    """The letter went out; a repeated result changes nothing."""
    letter = letters.unsent(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    told = SupplierLetterSent(
        letter_id=letter.notification_id,
        order_id=letter.order_id,
        message_id=result.message_id,
        attempts=result.attempts,
        sent_at=cause.now,
    )
    return changed(letters.settled(letter, cause, Status.SENT, attempts=result.attempts)).tells(told)


def record_supplier_letter_failed(letters: SupplierLetters, result: GivenUp, cause: Cause) -> Decision:
    """The letter will not go out: somebody has to call the supplier."""
    letter = letters.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    failed = letters.settled(letter, cause, Status.FAILED, attempts=result.attempts, failure=result.reason)
    return changed(failed).tells(_failed(letter.notification_id, letter.order_id, result.reason, result.attempts))


def _failed(letter_id: UUID, order_id: UUID, reason: FailureReason, attempts: int) -> SupplierLetterFailed:
    return SupplierLetterFailed(letter_id=letter_id, order_id=order_id, reason=reason, attempts=attempts)

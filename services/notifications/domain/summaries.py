"""Decides what somebody outside is written who is to have a visit's summary: that there is one, and where; never whose.

What was told before this service began is kept and sent to nobody.
"""

from uuid import UUID

from carebus.contracts.care_plan import VisitSummarySendRequested
from carebus.contracts.notifications import FailureReason, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.decisions import Cause, Decision, changed, ignore, tells
from services.notifications.domain.addresses import is_address
from services.notifications.domain.letters import Correspondent, Letter, Letters
from services.notifications.domain.messages import GivenUp, HandedOver, Status


class SummaryLetter(Letter):
    """A letter that there is a summary. `sending_id` makes the private link, with a secret that no letter holds."""

    sending_id: UUID
    visit_id: UUID
    version: int


class SummaryLetters(Letters[SummaryLetter]):
    """The letters about one patient's summaries."""


def write_of_summary(letters: SummaryLetters, event: VisitSummarySendRequested, cause: Cause) -> Decision:
    """Somebody is to have a summary: they are written to, if it goes by e-mail."""
    address = event.recipient.email.strip()
    if not is_address(address):
        return _unreachable(event, cause)
    letter = SummaryLetter(
        notification_id=cause.derive("summary letter"),
        sending_id=event.sending_id,
        visit_id=event.visit_id,
        version=event.version,
        recipient=Correspondent(name=event.recipient.name, address=address),
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        requested_at=cause.occurred_at if cause.of_the_past else cause.now,
    )
    if cause.of_the_past:
        letter = letter.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
    return changed(letters.but(letters=(*letters.unsettled(cause.now), letter)))


def _unreachable(event: VisitSummarySendRequested, cause: Cause) -> Decision:
    """Whoever asked must hear that nothing goes to such an address; without one it goes in another way."""
    if not event.recipient.email.strip():
        return ignore("no_address")
    return tells(_undelivered(event, FailureReason.REJECTED, 0, cause))


def record_summary_sent(letters: SummaryLetters, result: HandedOver, cause: Cause) -> Decision:
    """The letter went out; a repeated result changes nothing."""
    letter = letters.unsent(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    told = VisitSummaryDelivered(
        sending_id=letter.sending_id,
        visit_id=letter.visit_id,
        version=letter.version,
        message_id=result.message_id,
        attempts=result.attempts,
        delivered_at=cause.now,
    )
    return changed(letters.settled(letter, cause, Status.SENT, attempts=result.attempts)).tells(told)


def record_summary_failed(letters: SummaryLetters, result: GivenUp, cause: Cause) -> Decision:
    """The letter will not go out: whoever sent it has to hand the summary over in another way."""
    letter = letters.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    failed = letters.settled(letter, cause, Status.FAILED, attempts=result.attempts, failure=result.reason)
    return changed(failed).tells(_undelivered(letter, result.reason, result.attempts, cause))


def _undelivered(
    sending: VisitSummarySendRequested | SummaryLetter, reason: FailureReason, attempts: int, cause: Cause
) -> VisitSummaryUndelivered:
    return VisitSummaryUndelivered(
        sending_id=sending.sending_id,
        visit_id=sending.visit_id,
        version=sending.version,
        reason=reason,
        attempts=attempts,
        undelivered_at=cause.now,
    )

"""Decides what somebody outside is written who is to have a visit's summary: that there is one, and where; never whose.

What was told before this service began is kept and sent to nobody.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import VisitSummarySendRequested
from carebus.contracts.event import Value
from carebus.contracts.notifications import FailureReason, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision, State, changed, ignore
from services.notifications.domain.addresses import is_address
from services.notifications.domain.messages import GivenUp, HandedOver, Status
from services.notifications.domain.referrers import Correspondent


class SummaryLetter(Value):
    """One letter, and its result. `sending_id` makes the private link, together with a secret that no letter holds."""

    notification_id: UUID
    sending_id: UUID
    visit_id: UUID
    version: int
    recipient: Correspondent
    correlation_id: UUID
    traceparent: str | None = None
    requested_at: Annotated[datetime, Phi.DATE]
    status: Status = Status.QUEUED
    settled_at: Annotated[datetime | None, Phi.DATE] = None
    attempts: int = 0
    failure: FailureReason | None = None


class SummaryLetters(State):
    """The letters about one patient's summaries: those that wait, and those settled since the last was asked for."""

    letters: tuple[SummaryLetter, ...] = ()

    def as_history(self) -> "SummaryLetters":
        """What was to be sent was sent at its time, or is not to be sent so late."""
        past = {"status": Status.WITHDRAWN}
        return self.but(
            letters=tuple(one.model_copy(update=past) if one.status is Status.QUEUED else one for one in self.letters)
        )

    def letter(self, notification_id: UUID) -> SummaryLetter | None:
        """One of them."""
        return next((one for one in self.letters if one.notification_id == notification_id), None)


def write_of_summary(letters: SummaryLetters, event: VisitSummarySendRequested, cause: Cause) -> Decision:
    """Somebody is to have a summary: they are written to, if it goes by e-mail."""
    address = event.recipient.email.strip()
    if not is_address(address):
        return ignore("no_address")
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
    unsettled = tuple(one for one in letters.letters if one.settled_at is None or one.settled_at == cause.now)
    return changed(letters.but(letters=(*unsettled, letter)))


def record_summary_sent(letters: SummaryLetters, result: HandedOver, cause: Cause) -> Decision:
    """The letter went out; a repeated result changes nothing."""
    letter = letters.letter(result.notification_id)
    if letter is None or letter.status in {Status.SENT, Status.FAILED}:
        return ignore("already_settled")
    told = VisitSummaryDelivered(
        sending_id=letter.sending_id,
        visit_id=letter.visit_id,
        version=letter.version,
        message_id=result.message_id,
        attempts=result.attempts,
        delivered_at=cause.now,
    )
    return changed(_settled(letters, letter, cause, Status.SENT, result.attempts, None)).tells(told)


def record_summary_failed(letters: SummaryLetters, result: GivenUp, cause: Cause) -> Decision:
    """The letter will not go out: whoever sent it has to hand the summary over in another way."""
    letter = letters.letter(result.notification_id)
    if letter is None or letter.status is not Status.QUEUED:
        return ignore("already_settled")
    told = VisitSummaryUndelivered(
        sending_id=letter.sending_id,
        visit_id=letter.visit_id,
        version=letter.version,
        reason=result.reason,
        attempts=result.attempts,
        undelivered_at=cause.now,
    )
    return changed(_settled(letters, letter, cause, Status.FAILED, result.attempts, result.reason)).tells(told)


def _settled(
    letters: SummaryLetters,
    letter: SummaryLetter,
    cause: Cause,
    status: Status,
    attempts: int,
    failure: FailureReason | None,
) -> SummaryLetters:
    result = {"status": status, "settled_at": cause.now, "attempts": attempts, "failure": failure}
    done = letter.model_copy(update=result)
    return letters.but(letters=tuple(done if one == letter else one for one in letters.letters))

"""To whom outside the service a visit's summary goes: staff choose each recipient and what they need to know of it.

Minimum necessary: 45 CFR 164.502(b) does not bind what goes to another for treatment, but 164.514(d) is good practice
there as well. Nobody gets a summary by rule; whoever got one is offered again.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import (
    SummaryPart,
    SummaryRecipient,
    VisitSummaryAcknowledged,
    VisitSummarySendRequested,
)
from carebus.contracts.event import Value
from carebus.contracts.notifications import VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, State, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Outcome, VisitRecord
from services.care_plan.domain.summaries.summary import summary_id

KEPT = 100
"""So many sendings a patient's document keeps; older ones stand in the table of sendings only."""
MOST = 10
"""Recipients of one command."""
ALWAYS = SummaryPart.VISIT
"""Which visit it was: without that nothing else can be read."""
LINK_DAYS = timedelta(days=90)
"""For so long a recipient's private link opens the summary."""

Moment = Annotated[datetime | None, Phi.DATE]


class NothingToSend(CarebusError):
    """Only the summary of a visit that took place and is signed can be sent."""


class NobodyToSendTo(CarebusError):
    """Say who is to have the summary."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "recipients"


class NoWayToSend(CarebusError):
    """Give an e-mail address, or say in words how it gets there."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "email"


class SendingUnknown(CarebusError):
    """This link opens nothing: it is mistyped, too old, or taken back."""

    status = HTTPStatus.NOT_FOUND


class Sending(Value):
    """One version of a summary on its way to one recipient: requested, handed over, acknowledged.

    version: the one that was sent; acknowledged_version: the one that was read.
    """

    sending_id: UUID
    visit_id: UUID
    episode_id: UUID
    version: int
    recipient: SummaryRecipient
    parts: tuple[SummaryPart, ...]
    sent_by: str = ""
    sent_at: Annotated[datetime, Phi.DATE]
    delivered_at: Moment = None
    undelivered_at: Moment = None
    acknowledged_at: Moment = None
    acknowledged_version: int | None = None
    taken_back_at: Moment = None

    def is_open(self, now: datetime) -> bool:
        """Whether its link opens anything."""
        return self.taken_back_at is None and now < self.sent_at + LINK_DAYS


class Sharing(State):
    """Who outside the service has had one patient's summaries, the latest last."""

    recipients: tuple[SummaryRecipient, ...] = ()
    sendings: tuple[Sending, ...] = ()

    def sending(self, sending_id: UUID) -> Sending | None:
        """One of those that are kept here."""
        return next((each for each in self.sendings if each.sending_id == sending_id), None)

    def with_sendings(self, *changed_ones: Sending) -> "Sharing":
        """The same with these as they are now; the oldest are let go."""
        ids = {each.sending_id for each in changed_ones}
        kept = (*(each for each in self.sendings if each.sending_id not in ids), *changed_ones)
        return self.but(sendings=tuple(sorted(kept, key=lambda each: each.sent_at))[-KEPT:])

    def with_recipients(self, *named: SummaryRecipient) -> "Sharing":
        """The same with these remembered, each once, as they were named last."""
        ids = {each.recipient_id for each in named}
        others = tuple(each for each in self.recipients if each.recipient_id not in ids)
        return self.but(recipients=(*others, *named))


class Addressee(Value):
    """Somebody outside who is to have a summary, as staff name them: known from an earlier time, or new."""

    recipient_id: UUID | None = None
    name: Annotated[str, Phi.NAME, Field(min_length=1, max_length=200)]
    profession: Annotated[str, Phi.TEXT, Field(max_length=100)] = ""
    organization: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Phi.EMAIL, Field(max_length=254, pattern=r"^(\S+@\S+\.\S+)?$")] = ""
    how: Annotated[str, Phi.TEXT, Field(max_length=300)] = ""


class SendSummary(Value, Command):
    """These are to have the summary of a visit in the version that stands, with these parts of it."""

    visit_id: UUID
    recipients: Annotated[tuple[Addressee, ...], Field(max_length=MOST)] = ()
    parts: Annotated[tuple[SummaryPart, ...], Field(max_length=len(SummaryPart))] = (
        SummaryPart.VISIT,
        SummaryPart.CHANGED,
        SummaryPart.FOUND,
        SummaryPart.NEXT,
    )


class TakeBackSummary(Value, Command):
    """A recipient's private link opens nothing any more. What was read stays read."""

    sending_id: UUID


class AcknowledgeSummary(Value, Command):
    """The recipient has read the summary, in this version."""

    sending_id: UUID
    version: int


def send_summary(care: Care, record: VisitRecord, sharing: Sharing, asked: SendSummary, cause: Cause) -> Decision:
    """Each recipient is written to. What is sent after the end of care, or while it is held, was still found before.

    Raises VisitUnknown, NothingToSend, NobodyToSendTo, NoWayToSend.
    """
    _require_signed(care, record, asked)
    if not asked.recipients:
        raise NobodyToSendTo
    known = (_recipient(sharing, each, cause, n) for n, each in enumerate(asked.recipients))
    named = list({each.recipient_id: each for each in known}.values())  # named twice, somebody has it once
    parts = tuple(part for part in SummaryPart if part is ALWAYS or part in asked.parts)
    sendings = [_sending(record, each, parts, cause) for each in named]
    told = [_requested(record, each) for each in sendings]
    after = sharing.with_recipients(*named).with_sendings(*sendings)
    return changed(after).tells(*told).part_of(care.journey_id)


def take_back(sharing: Sharing, asked: TakeBackSummary, cause: Cause) -> Decision:
    """The link ends. Raises SendingUnknown."""
    sending = sharing.sending(asked.sending_id)
    if sending is None:
        raise SendingUnknown
    if sending.taken_back_at is not None:
        return ignore("already_taken_back")
    return changed(sharing.with_sendings(sending.model_copy(update={"taken_back_at": cause.now})))


def acknowledge(sharing: Sharing, read: AcknowledgeSummary, cause: Cause) -> Decision:
    """The recipient says that they have it; once for each version. Raises SendingUnknown."""
    sending = sharing.sending(read.sending_id)
    if sending is None or not sending.is_open(cause.now):
        raise SendingUnknown
    if sending.acknowledged_version is not None and sending.acknowledged_version >= read.version:
        return ignore("already_acknowledged")
    now = sending.model_copy(update={"acknowledged_at": cause.now, "acknowledged_version": read.version})
    told = VisitSummaryAcknowledged(
        sending_id=sending.sending_id,
        visit_id=sending.visit_id,
        episode_id=sending.episode_id,
        version=read.version,
        acknowledged_at=cause.now,
    )
    return changed(sharing.with_sendings(now)).tells(told)


def note_delivery(sharing: Sharing, delivered: VisitSummaryDelivered, _: Cause) -> Decision:
    """Notifications handed it over; at the first time it was told."""
    sending = sharing.sending(delivered.sending_id)
    if sending is None or sending.delivered_at is not None:
        return ignore("delivery_known" if sending else "sending_unknown")
    return changed(sharing.with_sendings(sending.model_copy(update={"delivered_at": delivered.delivered_at})))


def note_failure(sharing: Sharing, failed: VisitSummaryUndelivered, _: Cause) -> Decision:
    """Notifications could not hand it over: the page of the summary says so."""
    sending = sharing.sending(failed.sending_id)
    if sending is None or sending.undelivered_at is not None:
        return ignore("failure_known" if sending else "sending_unknown")
    return changed(sharing.with_sendings(sending.model_copy(update={"undelivered_at": failed.undelivered_at})))


def _require_signed(care: Care, record: VisitRecord, asked: SendSummary) -> None:
    if record.visit_id is None:
        care.visit(asked.visit_id)
        raise NothingToSend
    if record.outcome is not Outcome.COMPLETED or record.signed_at is None:
        raise NothingToSend


def _recipient(sharing: Sharing, named: Addressee, cause: Cause, n: int) -> SummaryRecipient:
    if not named.email and not named.how.strip():
        raise NoWayToSend
    known = {each.recipient_id for each in sharing.recipients}
    same = next((each for each in sharing.recipients if named.email and each.email == named.email), None)
    recipient_id = named.recipient_id if named.recipient_id in known else same and same.recipient_id
    given = named.model_dump(exclude={"recipient_id"})
    return SummaryRecipient(recipient_id=recipient_id or cause.derive("recipient", n), **given)


def _sending(record: VisitRecord, recipient: SummaryRecipient, parts: tuple[SummaryPart, ...], cause: Cause) -> Sending:
    assert record.visit_id is not None, "a record is a visit's"
    assert record.episode_id is not None, "a visit has an episode"
    return Sending(
        sending_id=cause.derive("sending", recipient.recipient_id),
        visit_id=record.visit_id,
        episode_id=record.episode_id,
        version=record.version,
        recipient=recipient,
        parts=parts,
        sent_by=cause.by,
        sent_at=cause.now,
    )


def _requested(record: VisitRecord, sending: Sending) -> VisitSummarySendRequested:
    return VisitSummarySendRequested(
        sending_id=sending.sending_id,
        summary_id=summary_id(record),
        visit_id=sending.visit_id,
        episode_id=sending.episode_id,
        version=sending.version,
        recipient=sending.recipient,
        parts=sending.parts,
        requested_at=sending.sent_at,
    )

"""What the notifications service tells: what was asked for, sent, failed or withheld. Never the text or the address."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import CallEvent, PatientEvent
from carebus.contracts.phi import Phi


class Topic(StrEnum):
    """What a message to a loved one is about."""

    CARE_TEAM = "care_team"
    VISIT_PLANNED = "visit_planned"
    VISIT_DONE = "visit_done"


class MessageChannel(StrEnum):
    """How a message goes out."""

    EMAIL = "email"


class SuppressedReason(StrEnum):
    """Why nothing is sent."""

    NO_CONTACT = "no_contact"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"


class FailureReason(StrEnum):
    """Why a message could not be handed over for good."""

    REJECTED = "rejected"
    UNREACHABLE = "unreachable"


class NotificationRequested(PatientEvent):
    """A message to a consented contact is to go out."""

    notification_id: UUID
    contact_id: UUID
    topic: Topic
    channel: MessageChannel
    template: str


class NotificationSent(PatientEvent):
    """The mail server took the message over. At least once: a repeat has the same Message-ID."""

    notification_id: UUID
    contact_id: UUID
    topic: Topic
    channel: MessageChannel
    message_id: str
    attempts: int
    sent_at: Annotated[datetime, Phi.DATE]


class NotificationFailed(PatientEvent):
    """The message will not go out; a person has to act."""

    notification_id: UUID
    contact_id: UUID
    topic: Topic
    channel: MessageChannel
    reason: FailureReason
    attempts: int


class NotificationSuppressed(PatientEvent):
    """Nothing was sent, because the rules of disclosure say so."""

    topic: Topic
    reason: SuppressedReason


class VisitSummaryDelivered(PatientEvent):
    """The mail server took over the letter with the private link to a visit's summary. At least once, as all mail."""

    sending_id: UUID
    visit_id: UUID
    version: int
    message_id: str
    attempts: int
    delivered_at: Annotated[datetime, Phi.DATE]


class VisitSummaryUndelivered(PatientEvent):
    """The letter with the private link will not go out; somebody has to hand the summary over in another way."""

    sending_id: UUID
    visit_id: UUID
    version: int
    reason: FailureReason
    attempts: int
    undelivered_at: Annotated[datetime, Phi.DATE]


class PageHandedOver(CallEvent):
    """The mail server took a page over. Whether anybody reads it is another matter: `PageTaken` says so."""

    OWN_TIME = "handed_over_at"
    page_id: UUID
    link_id: UUID
    message_id: str
    handed_over_at: Annotated[datetime, Phi.DATE]


class PageNotHandedOver(CallEvent):
    """A page did not go out: whoever paged has to dial."""

    OWN_TIME = "given_up_at"
    page_id: UUID
    link_id: UUID
    reason: FailureReason
    given_up_at: Annotated[datetime, Phi.DATE]


class ReferrerLetterRequested(PatientEvent):
    """A letter to the referrer is to go out by e-mail: that the referral stands elsewhere now, and where to look."""

    letter_id: UUID
    referral_id: UUID
    status: str
    template: str


class ReferrerLetterSent(PatientEvent):
    """The mail server took the letter over. At least once: a repeat has the same Message-ID."""

    letter_id: UUID
    referral_id: UUID
    status: str
    message_id: str
    attempts: int
    sent_at: Annotated[datetime, Phi.DATE]


class ReferrerLetterFailed(PatientEvent):
    """The letter will not go out; the office has to call the referrer."""

    letter_id: UUID
    referral_id: UUID
    reason: FailureReason
    attempts: int


class TeamLetterSent(PatientEvent):
    """The mail server took over a letter to the care team that there is news. At least once, as all mail."""

    letter_id: UUID
    topic: str
    message_id: str
    attempts: int
    sent_at: Annotated[datetime, Phi.DATE]


class TeamLetterFailed(PatientEvent):
    """A letter to the care team will not go out: their mailbox is to be looked at."""

    letter_id: UUID
    topic: str
    reason: FailureReason
    attempts: int


class SupplierLetterSent(PatientEvent):
    """The mail server took over the letter with the private link to an order. At least once, as all mail."""

    letter_id: UUID
    order_id: UUID
    message_id: str
    attempts: int
    sent_at: Annotated[datetime, Phi.DATE]


class SupplierLetterFailed(PatientEvent):
    """A letter to a supplier will not go out: somebody has to call them."""

    letter_id: UUID
    order_id: UUID
    reason: FailureReason
    attempts: int

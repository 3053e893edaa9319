"""What a message to a loved one holds, and what becomes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import VisitMode
from carebus.contracts.event import Value
from carebus.contracts.notifications import FailureReason, SuppressedReason, Topic
from carebus.contracts.people import Role
from carebus.contracts.phi import Phi


class Status(StrEnum):
    """How a message stands. Withdrawn: the contact could no longer be told, or it was of before this service began."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Companion(Value):
    """A clinician as a family is told of them."""

    name: str
    role: Role


class News(Value):
    """What a message says: who, how and when, and never more. `arrives_from`, `arrives_until`: for a visit at home."""

    people: tuple[Companion, ...]
    mode: VisitMode | None = None
    at: Annotated[datetime | None, Phi.DATE] = None
    minutes: int | None = None
    arrives_from: Annotated[datetime | None, Phi.DATE] = None
    arrives_until: Annotated[datetime | None, Phi.DATE] = None
    visit_id: UUID | None = None


class Recipient(Value):
    """To whom a message goes, as it was when it was decided on; `until` is when the consent to tell them ends."""

    contact_id: UUID
    name: Annotated[str, Phi.NAME]
    relationship: str
    address: Annotated[str, Phi.EMAIL]
    zone: str
    until: Annotated[datetime | None, Phi.DATE] = None


class Message(Value):
    """One message: everything needed to write it, and its result."""

    notification_id: UUID
    topic: Topic
    template: str
    recipient: Recipient
    patient_name: Annotated[str, Phi.NAME]
    patient_zone: str
    news: News
    correlation_id: UUID
    traceparent: str | None = None
    requested_at: Annotated[datetime, Phi.DATE]
    status: Status = Status.QUEUED
    settled_at: Annotated[datetime | None, Phi.DATE] = None
    attempts: int = 0
    failure: FailureReason | None = None

    def may_be_told(self, at: datetime) -> bool:
        """Whether the consent to tell this person holds at this moment: it may have ended while the message waited."""
        return self.recipient.until is None or at < self.recipient.until


class HandedOver(Value):
    """The mail server has taken a message over."""

    notification_id: UUID
    message_id: str
    attempts: int


class GivenUp(Value):
    """A message will not go out."""

    notification_id: UUID
    reason: FailureReason
    attempts: int


class Lapsed(Value):
    """The consent ended before a message went out."""

    notification_id: UUID


class Withheld(Value):
    """What the family was not told about, and why."""

    topic: Topic
    reason: SuppressedReason
    decided_at: Annotated[datetime, Phi.DATE]

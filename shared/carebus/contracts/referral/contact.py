"""How the person who was taken on is reached, and how the referral ends well: seen, summed up, and closed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi


class ContactChannel(StrEnum):
    """How somebody tries to reach the person."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    HOME = "home"
    LETTER = "letter"


class AttemptOutcome(StrEnum):
    """What came of trying."""

    NO_ANSWER = "no_answer"
    MESSAGE_LEFT = "message_left"
    WRONG_NUMBER = "wrong_number"
    LETTER_SENT = "letter_sent"


class FirstContactAttempted(PatientEvent):
    """Somebody tried to reach the person for the first time, and did not. `next_at` is when to have tried again."""

    referral_id: UUID
    attempt_no: int
    channel: ContactChannel
    outcome: AttemptOutcome
    attempted_at: Annotated[datetime, Phi.DATE]
    next_at: Annotated[datetime | None, Phi.DATE] = None


class FirstContactMade(PatientEvent):
    """The person has been reached. `attempts` counts those before that failed."""

    referral_id: UUID
    channel: ContactChannel
    attempts: int
    made_at: Annotated[datetime, Phi.DATE]


class PatientDeclinedService(PatientEvent):
    """The person does not want to be cared for; the referral fails for this reason."""

    referral_id: UUID
    declined_at: Annotated[datetime, Phi.DATE]


class PatientUnreachable(PatientEvent):
    """Nobody could reach the person: several days, several ways, then a letter."""

    OWN_TIME = "declared_at"

    referral_id: UUID
    attempts: int
    declared_at: Annotated[datetime, Phi.DATE]


class ReferralLoopClosed(PatientEvent):
    """The referrer knows how it ended: the first visit took place, and they have its summary."""

    referral_id: UUID
    visit_id: UUID
    summary_document_id: UUID
    days_open: int
    business_days_open: int
    closed_at: Annotated[datetime, Phi.DATE]

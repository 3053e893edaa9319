"""How soon things are due: a deadline begins, stands still, goes on, is met, or is missed, which is told once."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi
from carebus.contracts.referral.decisions import Party
from carebus.contracts.referral.received import Priority


class Milestone(StrEnum):
    """What is due."""

    ACKNOWLEDGEMENT = "acknowledgement"
    IDENTITY = "identity"
    DECISION = "decision"
    INFORMATION = "information"
    WAITLIST_REVIEW = "waitlist_review"
    CANCELLATION = "cancellation"
    FIRST_CONTACT = "first_contact"
    NEXT_ATTEMPT = "next_attempt"
    LETTER = "letter"
    ANSWER = "answer"
    FIRST_VISIT = "first_visit"
    SUMMARY = "summary"
    LOOP_CLOSURE = "loop_closure"


class ReferralDeadlineStarted(PatientEvent):
    """Something is due from now on. `milestone_id` stays the same in every event about this deadline."""

    referral_id: UUID
    milestone_id: UUID
    milestone: Milestone
    urgency: Priority
    owed_by: Party
    started_at: Annotated[datetime, Phi.DATE]
    due_at: Annotated[datetime, Phi.DATE]


class ReferralDeadlinePaused(PatientEvent):
    """The clock stands still, because somebody else owes something first. What was left of the time is kept."""

    referral_id: UUID
    milestone_id: UUID
    milestone: Milestone
    waits_for: Party
    remaining_seconds: int
    paused_at: Annotated[datetime, Phi.DATE]


class ReferralDeadlineResumed(PatientEvent):
    """The clock goes on, or is set by another urgency."""

    referral_id: UUID
    milestone_id: UUID
    milestone: Milestone
    resumed_at: Annotated[datetime, Phi.DATE]
    due_at: Annotated[datetime, Phi.DATE]


class ReferralDeadlineMet(PatientEvent):
    """What was due is done; `late` when it was done after its time."""

    referral_id: UUID
    milestone_id: UUID
    milestone: Milestone
    late: bool
    started_at: Annotated[datetime, Phi.DATE]
    met_at: Annotated[datetime, Phi.DATE]


class ReferralDeadlineBreached(PatientEvent):
    """What was due is not done: somebody has to look at it. Told once for each `milestone_id`, also in a replay."""

    referral_id: UUID
    milestone_id: UUID
    milestone: Milestone
    urgency: Priority
    owed_by: Party
    owner: str
    due_at: Annotated[datetime, Phi.DATE]
    breached_at: Annotated[datetime, Phi.DATE]

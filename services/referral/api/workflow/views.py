"""What the JSON API answers."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.people import Condition
from carebus.contracts.referral import (
    DeclineReason,
    EligibilityAssessed,
    HeldBecause,
    Milestone,
    Party,
    Priority,
    ReferralReceived,
)
from services.referral.domain import Act, Deadline, Referral, Role, Status, Step, allowed
from services.referral.domain.workflow.reference import reference
from services.referral.domain.workflow.referrals import Attempt, FirstVisit, Question
from services.referral.domain.workflow.statements import Proposal, StatementOutcome
from services.referral.store import Row

SETTLED_BY = {
    HeldBecause.UNPROVEN: "The office takes it over or turns it down.",
    HeldBecause.ANOTHER_PERSON: "The office looks who the person is.",
    HeldBecause.CORRECTED: "The office corrected this by hand, and looks at it.",
    HeldBecause.DECIDED: "The referral is decided: the office looks at it.",
    HeldBecause.ANOTHER_SERVICE: "The office asks whether palliative care is meant.",
    HeldBecause.COULD_BE_EITHER: (
        "This was stated before. Say as of when: by Bundle.timestamp, meta.lastUpdated or Stated-At; or send it under"
        " an Idempotency-Key of its own. The more urgent priority stands until then."
    ),
}
"""What would settle a change that waits."""


class Received(BaseModel):
    """How a command left a referral. `decision` is what was decided on it, wherever it stands since then.

    After a statement, `became` says what became of it; `stands_since` is as of when the statement that counts was
    made; `waits` names the fields that wait for the office, and `settled_by` what would settle that.

    A program that speaks for another organization than the referral's is told that it was received and nothing that
    is known here: its answer is as if nobody were, and its `patient_id` and `referral_id` may lead to nothing.
    """

    referral_id: UUID
    patient_id: UUID
    reference: str
    status: Status
    decision: Status | None
    version: int
    eligible: bool
    suggested_decline_reason: DeclineReason | None
    decline_reason: DeclineReason | None
    became: StatementOutcome | None = None
    stands_since: datetime | None = None
    waits: tuple[str, ...] = ()
    settled_by: str = ""

    @classmethod
    def answering(cls, patient_id: UUID, referral: Referral, cause: UUID) -> Self:
        """The view of this referral, in answer to the statement that this cause brought."""
        came = referral.came if referral.came and referral.came.cause == cause else None
        return cls.of(patient_id, referral).model_copy(
            update={
                "became": came.outcome if came else StatementOutcome.REPEATED,
                "stands_since": referral.stands_since,
                "waits": came.waits if came else (),
                "settled_by": SETTLED_BY[came.because] if came and came.because else "",
            }
        )

    @classmethod
    def of(cls, patient_id: UUID, referral: Referral) -> Self:
        """The view of this referral."""
        return cls(
            referral_id=referral.referral_id,
            patient_id=patient_id,
            reference=reference(referral.referral_id),
            status=referral.status,
            decision=referral.outcome.status if referral.outcome else None,
            version=referral.version,
            eligible=referral.assessed.eligible,
            suggested_decline_reason=referral.assessed.decline_reason,
            decline_reason=referral.outcome.decline_reason if referral.outcome else None,
        )


class Conflict(BaseModel):
    """A refusal. Of a statement that names another person `became` says so: what stands goes on standing.

    Nothing of such a statement is kept. Other refusals have the members of a problem only.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, str | None]]
    became: Literal["conflict"] | None = None
    stands_since: datetime | None = None
    waits: tuple[str, ...] = ()
    settled_by: str = ""


class Item(BaseModel, from_attributes=True):
    """A referral in a list: nothing that names the person."""

    referral_id: UUID
    patient_id: UUID
    reference: str
    status: Status
    decision: Status | None
    version: int
    priority: Priority
    eligible: bool
    suggested_decline_reason: DeclineReason | None
    decline_reason: DeclineReason | None
    conditions: tuple[Condition, ...]
    received_at: datetime
    decided_at: datetime | None
    assigned_to: str
    next_milestone: Milestone | None
    next_due: datetime | None
    waits_for: Party | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """The view of this row."""
        return cls.model_validate(row)


class Worklist(BaseModel):
    """Referrals, oldest first. The next page is asked for with `after`, the last item's referral_id."""

    items: list[Item]


class Detail(Received):
    """Everything about one referral."""

    priority: Priority
    received_at: datetime
    received: ReferralReceived
    assessed: EligibilityAssessed
    decided_at: datetime | None
    decided_by: str | None
    reason_text: str
    assigned_to: str
    owner: str
    clinician: str
    advice_only: bool
    deadlines: tuple[Deadline, ...]
    question: Question | None
    attempts: tuple[Attempt, ...]
    first_contact_at: datetime | None
    first_visit: FirstVisit | None
    duplicate_of: tuple[UUID, ...]
    replaced_by: UUID | None
    steps: tuple[Step, ...]
    proposals: tuple[Proposal, ...]
    corrected: tuple[str, ...]
    allowed: tuple[Act, ...]

    @classmethod
    def of(cls, patient_id: UUID, referral: Referral, role: Role = Role.COORDINATOR) -> Self:
        """The view of this referral for somebody in this role."""
        outcome = referral.outcome
        kept = set(Referral.model_fields) & set(cls.model_fields)
        return cls(
            **Received.of(patient_id, referral).model_dump(),
            **{name: getattr(referral, name) for name in kept},
            priority=referral.urgency,
            received_at=referral.received.received_at,
            decided_at=outcome.decided_at if outcome else None,
            decided_by=outcome.decided_by if outcome else None,
            reason_text=outcome.reason_text if outcome else "",
            owner=referral.owner,
            allowed=allowed(referral.status, role),
        )

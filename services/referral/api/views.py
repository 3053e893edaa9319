"""What the JSON API answers."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.people import Condition
from carebus.contracts.referral import (
    DeclineReason,
    EligibilityAssessed,
    Priority,
    ReferralReceived,
)
from services.referral.domain import Referral, Status
from services.referral.domain.reference import reference
from services.referral.store import Row


class Received(BaseModel):
    """How a command left a referral."""

    referral_id: UUID
    patient_id: UUID
    reference: str
    status: Status
    eligible: bool
    suggested_decline_reason: DeclineReason | None
    decline_reason: DeclineReason | None

    @classmethod
    def of(cls, patient_id: UUID, referral: Referral) -> Self:
        """The view of this referral."""
        return cls(
            referral_id=referral.referral_id,
            patient_id=patient_id,
            reference=reference(referral.referral_id),
            status=referral.status,
            eligible=referral.assessed.eligible,
            suggested_decline_reason=referral.assessed.decline_reason,
            decline_reason=referral.outcome.decline_reason if referral.outcome else None,
        )


class Item(BaseModel, from_attributes=True):
    """A referral in a list: nothing that names the person."""

    referral_id: UUID
    patient_id: UUID
    reference: str
    status: Status
    priority: Priority
    eligible: bool
    suggested_decline_reason: DeclineReason | None
    decline_reason: DeclineReason | None
    conditions: tuple[Condition, ...]
    received_at: datetime
    decided_at: datetime | None

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

    @classmethod
    def of(cls, patient_id: UUID, referral: Referral) -> Self:
        """The view of this referral."""
        outcome = referral.outcome
        return cls(
            **Received.of(patient_id, referral).model_dump(),
            priority=referral.received.priority,
            received_at=referral.received.received_at,
            received=referral.received,
            assessed=referral.assessed,
            decided_at=outcome.decided_at if outcome else None,
            decided_by=outcome.decided_by if outcome else None,
            reason_text=outcome.reason_text if outcome else "",
        )

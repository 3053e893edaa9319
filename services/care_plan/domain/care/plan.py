"""The plan of care as decisions know it: what it says now, whether that is approved, and which conflicts are open."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import ConflictSettlement, PlanConflict, PlanOfCare
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi

Moment = Annotated[datetime | None, Phi.DATE]


class Agreed(Value):
    """How a conflict was settled knowingly: whose side stands, in which words, by whom and when."""

    conflict: PlanConflict
    how: ConflictSettlement
    agreed: Annotated[str, Phi.TEXT]
    by: str = ""
    at: Annotated[datetime, Phi.DATE]


class Plan(Value):
    """A plan of care. It is a draft until it was revised and approved once; a revision waits for approval anew.

    concerns, goals: what it was drafted with, as codes; `says` is what the team made of it, None until they did.
    changed_at: when it was last revised.  approved_version: which version was approved last; the present one or an
    earlier. approved_at is also the last review.
    conflicts: open ones.  settled: conflicts that are still there and were settled knowingly, by their ids.
    agreements: how conflicts were settled, the latest last; the oldest are let go.
    """

    plan_id: UUID
    version: int
    concerns: tuple[str, ...]
    goals: tuple[str, ...]
    says: PlanOfCare | None = None
    changed_at: Moment = None
    approved_version: int | None = None
    approved_at: Moment = None
    approved_by: TeamMember | None = None
    next_review_on: Annotated[date | None, Phi.DATE] = None
    review_is_due: bool = False
    conflicts: tuple[PlanConflict, ...] = ()
    settled: tuple[UUID, ...] = ()
    agreements: tuple[Agreed, ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether some version was approved: until then it is a draft."""
        return self.approved_version is not None

    @property
    def is_approved(self) -> bool:
        """Whether the version that stands here is the approved one."""
        return self.approved_version == self.version

    def changed_since(self, moment: datetime) -> bool:
        """Whether the team has revised it at or after this moment, as an unstable phase asks for."""
        return self.changed_at is not None and self.changed_at >= moment

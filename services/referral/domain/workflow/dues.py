"""What is due on a referral, and how that came to its end."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import Milestone, Party


class Closing(StrEnum):
    """How a deadline came to its end."""

    MET = "met"
    WITHDRAWN = "withdrawn"


class Deadline(Value):
    """Something due: running until `due_at`, or standing still without one until what `waits_for` owes has come.

    `used_seconds` of `length_seconds` had passed before it last began to run, at `runs_since`.
    """

    id: UUID
    milestone: Milestone
    owed_by: Party
    business: bool
    length_seconds: float
    started_at: Annotated[datetime, Phi.DATE]
    runs_since: Annotated[datetime, Phi.DATE]
    used_seconds: float = 0
    due_at: Annotated[datetime | None, Phi.DATE] = None
    waits_for: Party | None = None
    breached_at: Annotated[datetime | None, Phi.DATE] = None
    closing: Closing | None = None
    closed_at: Annotated[datetime | None, Phi.DATE] = None

    @property
    def open(self) -> bool:
        """Whether it is still to be met."""
        return self.closing is None

    @property
    def timer(self) -> str:
        """The name of its timer."""
        return f"deadline/{self.id}"

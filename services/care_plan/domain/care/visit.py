"""A visit as decisions know it before it is over: wanted, then planned, confirmed and under way."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments, VisitMode, VisitPurpose, VisitReason
from carebus.contracts.event import Value
from carebus.contracts.people import Role, TeamMember
from carebus.contracts.phi import Phi


class Outcome(StrEnum):
    """How a visit ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Wanted(Value):
    """A visit that is to be planned: on one of these days (the patient's), first choice first, else the next after.

    spread: any of the days is as good, so the emptiest is taken.  role: whose visit it must be, where that matters.
    """

    wanted_id: UUID
    purpose: VisitPurpose
    days: Annotated[tuple[date, ...], Phi.DATE]
    spread: bool = False
    mode: VisitMode = VisitMode.HOME
    role: Role | None = None
    since: Annotated[datetime, Phi.DATE]

    @property
    def due(self) -> date:
        """The last day on which it is in time."""
        return max(self.days)


class LastChange(Value):
    """How a visit was planned before it was moved or converted last, and why it changed."""

    was_at: Annotated[datetime, Phi.DATE]
    was_mode: VisitMode
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT] = ""


class Visit(Value):
    """A visit that is planned or under way. `clinician` leads it; `others` come along at a joint visit.

    started_at: as stated when it began.  link: where a video visit takes place.
    completed_at, assessments and visit_note are of earlier releases, which kept visits here after they were over.
    """

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int
    purpose: VisitPurpose = VisitPurpose.REGULAR
    others: tuple[TeamMember, ...] = ()
    link: str = ""
    overdue: bool = False
    confirmed_at: Annotated[datetime | None, Phi.DATE] = None
    started_at: Annotated[datetime | None, Phi.DATE] = None
    moves: int = 0
    last_change: LastChange | None = None
    completed_at: Annotated[datetime | None, Phi.DATE] = None
    assessments: Assessments = Assessments()
    visit_note: Annotated[str, Phi.TEXT] = ""

    @property
    def people(self) -> tuple[TeamMember, ...]:
        """Everyone who comes, the one who leads first."""
        return (self.clinician, *self.others)

"""What is known of one patient in care: the episode, the plan, the team and every visit."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments, Phase, VisitMode
from carebus.contracts.event import Value
from carebus.contracts.people import Condition, Payer, Person, Role, TeamMember
from carebus.contracts.phi import Phi
from carebus.contracts.referral import Priority
from carebus.decisions import State
from carebus.errors import CarebusError


class PatientUnknown(CarebusError):
    """Nobody of this id is in care here."""

    status = HTTPStatus.NOT_FOUND


class VisitUnknown(CarebusError):
    """There is no such visit."""

    status = HTTPStatus.NOT_FOUND


class VisitAlreadyCompleted(CarebusError):
    """This visit is already completed. What was recorded first stands."""


class Plan(Value):
    """A plan of care: what concerns it answers and what it aims at, as codes."""

    plan_id: UUID
    version: int
    concerns: tuple[str, ...]
    goals: tuple[str, ...]


class Visit(Value):
    """A visit, planned or completed."""

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int
    overdue: bool = False
    completed_at: Annotated[datetime | None, Phi.DATE] = None
    assessments: Assessments = Assessments()
    visit_note: Annotated[str, Phi.TEXT] = ""


class Care(State):
    """One patient's care.

    `journey_id` correlates it with its referral; `awaited` are the roles that lacked room when a team was last sought.
    `merged_into` is whose record goes on for this one; `held` says that care goes on there, and waits here.
    """

    patient: Person | None = None
    referral_id: UUID | None = None
    journey_id: UUID | None = None
    episode_id: UUID | None = None
    priority: Priority = Priority.ROUTINE
    conditions: tuple[Condition, ...] = ()
    payer: Payer | None = None
    opened_at: datetime | None = None
    plan: Plan | None = None
    awaited: tuple[Role, ...] = ()
    team: tuple[TeamMember, ...] = ()
    visits: tuple[Visit, ...] = ()
    merged_into: UUID | None = None
    held: bool = False

    def visit(self, visit_id: UUID) -> Visit:
        """The visit with this id. Raises VisitUnknown."""
        for visit in self.visits:
            if visit.visit_id == visit_id:
                return visit
        raise VisitUnknown

    def with_visit(self, changed: Visit) -> "Care":
        """The same care with this visit as it is now, or with one more."""
        others = tuple(visit for visit in self.visits if visit.visit_id != changed.visit_id)
        return self.but(visits=tuple(sorted((*others, changed), key=lambda visit: visit.ordinal)))

    @property
    def completed(self) -> tuple[Visit, ...]:
        """The visits that took place, oldest first."""
        return tuple(visit for visit in self.visits if visit.completed_at is not None)

    @property
    def planned(self) -> Visit | None:
        """The visit that is to come, or is overdue."""
        return next((visit for visit in self.visits if visit.completed_at is None), None)

    @property
    def phase(self) -> Phase | None:
        """The phase as last assessed; None when nobody has assessed it yet."""
        known = [visit.assessments.phase for visit in self.completed if visit.assessments.phase is not None]
        return known[-1] if known else None

    @property
    def akps(self) -> int | None:
        """The AKPS as last assessed."""
        known = [visit.assessments.akps for visit in self.completed if visit.assessments.akps is not None]
        return known[-1] if known else None

"""What is known of one patient in care: the episode, the team, what is planned and what was found last.

It stays small however long somebody is cared for: a visit that is over has a document of its own (`VisitRecord`).
"""

from collections.abc import Iterator
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from carebus.contracts.care_plan import EndReason, HoldCause, Phase
from carebus.contracts.event import Value
from carebus.contracts.people import Condition, FamilyContact, Payer, Person, Role, TeamMember
from carebus.contracts.phi import Phi
from carebus.contracts.referral import Priority
from carebus.decisions import State
from carebus.errors import CarebusError
from services.care_plan.domain.care.alerts import ClosedTask, FollowUp, SafetyTask, Unstable
from services.care_plan.domain.care.arranged import Arranged
from services.care_plan.domain.care.found import Found, Met
from services.care_plan.domain.care.medicines import Medicines
from services.care_plan.domain.care.plan import Plan
from services.care_plan.domain.care.recent import Recent
from services.care_plan.domain.care.visit import Visit, Wanted


class PatientUnknown(CarebusError):
    """Nobody of this id is in care here."""

    status = HTTPStatus.NOT_FOUND


class VisitUnknown(CarebusError):
    """There is no such visit."""

    status = HTTPStatus.NOT_FOUND


class NotInCare(CarebusError):
    """This person is not in care at present: no episode is open."""


class CareEnded(CarebusError):
    """This episode of care has ended, so nothing more can be planned or recorded in it."""


class CareOnHold(CarebusError):
    """Care is held because this person's death was reported. Confirm or dismiss that first."""


class GoesOnElsewhere(CarebusError):
    """This record is one person's with another, and care goes on there. Go on with that record."""


class Hold(Value):
    """Why care is held: one report, from wherever it came, with what it names as the day."""

    hold_id: UUID
    cause: HoldCause
    source: str
    on: Annotated[date | None, Phi.DATE] = None
    note: Annotated[str, Phi.TEXT] = ""
    told_by: str = ""
    held_at: Annotated[datetime, Phi.DATE]


class Paused(Value):
    """A timer that came due while care was held: it is set again when care goes on."""

    at: Annotated[datetime, Phi.DATE]
    kind: str
    body: dict[str, Any] = {}


class Ended(Value):
    """How an episode ended."""

    reason: EndReason
    on: Annotated[date, Phi.DATE]
    source: str
    hand_over: Annotated[str, Phi.TEXT] = ""
    ended_at: Annotated[datetime, Phi.DATE]


class Care(State):
    """One patient's care.

    `journey_id` correlates it with its referral; `awaited` are the roles that lacked room when they were last sought.
    `merged_into` is whose record goes on for this one; `held` says that care goes on there, and waits here.
    `explained` says in a sentence why somebody of each profession was chosen.
    `contact` is the loved one whom the referral names; whether they agreed to hear of visits is in it.
    `arranged` are changes of the team that are approved and still to come.
    `visits` are planned or under way, `wanted` are to be planned; `visits_made` numbers them.
    `other_referrals` were accepted while this episode was open: it goes on for them when its own is taken back.
    `recent` are the last visits, from which `found` and what answers set off follow, in whatever order they are told.
    `follow_ups`, `safety_tasks` and `unstable` are what answers set off and is not settled; `followed_up` are those
    that a recent visit met.
    `safety_closed` are the last safety tasks that somebody looked at, the latest first.
    `moved` are visits of an earlier release's document that are over: kept as documents of their own when this is.
    """

    patient: Person | None = None
    referral_id: UUID | None = None
    other_referrals: tuple[UUID, ...] = ()
    journey_id: UUID | None = None
    episode_id: UUID | None = None
    priority: Priority = Priority.ROUTINE
    conditions: tuple[Condition, ...] = ()
    payer: Payer | None = None
    contact: FamilyContact | None = None
    opened_at: datetime | None = None
    ended: Ended | None = None
    plan: Plan | None = None
    medicines: Medicines | None = None
    awaited: tuple[Role, ...] = ()
    team: tuple[TeamMember, ...] = ()
    former_team: tuple[TeamMember, ...] = ()
    explained: dict[Role, str] = {}
    arranged: tuple[Arranged, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    visits: tuple[Visit, ...] = ()
    visits_made: int = 0
    completed: int = 0
    last_visit_at: datetime | None = None
    last_ordinal: int | None = None
    found: Found = Found()
    recent: Recent = Recent()
    follow_ups: tuple[FollowUp, ...] = ()
    followed_up: tuple[FollowUp, ...] = ()
    safety_tasks: tuple[SafetyTask, ...] = ()
    safety_closed: tuple[ClosedTask, ...] = ()
    unstable: Unstable | None = None
    merged_into: UUID | None = None
    held: bool = False
    holds: tuple[Hold, ...] = ()
    paused: tuple[Paused, ...] = ()
    moved: Annotated[tuple[Visit, ...], Field(exclude=True)] = ()

    @model_validator(mode="after")
    def _move_what_is_over(self) -> Self:
        over = tuple(visit for visit in self.visits if visit.completed_at is not None)
        if not over:
            return self
        fields = self.__dict__
        fields["moved"] = over
        fields["visits"] = tuple(visit for visit in self.visits if visit.completed_at is None)
        fields["visits_made"] = max(self.visits_made, *(visit.ordinal for visit in (*over, *self.visits)))
        fields["completed"] = self.completed + len(over)
        fields["last_visit_at"] = max(filter(None, (self.last_visit_at, *(visit.completed_at for visit in over))))
        fields["last_ordinal"] = max(over, key=lambda visit: visit.ordinal).ordinal
        fields["found"] = _with_found(self.found, over)
        return self

    def visit(self, visit_id: UUID) -> Visit:
        """The visit with this id that is planned or under way. Raises VisitUnknown."""
        for visit in self.visits:
            if visit.visit_id == visit_id:
                return visit
        raise VisitUnknown

    def with_visit(self, changed: Visit) -> "Care":
        """The same care with this visit as it is now, or with one more."""
        others = tuple(visit for visit in self.visits if visit.visit_id != changed.visit_id)
        made = max(self.visits_made, changed.ordinal)
        return self.but(visits=tuple(sorted((*others, changed), key=_when)), visits_made=made)

    def without_visit(self, visit_id: UUID) -> "Care":
        """The same care without this visit, which is over or taken back."""
        return self.but(visits=tuple(visit for visit in self.visits if visit.visit_id != visit_id))

    @property
    def planned(self) -> Visit | None:
        """The visit that is to come first, is under way, or is overdue."""
        return min(self.visits, key=_when, default=None)

    def history(self) -> Recent:
        """The last visits of this episode. Where an earlier release has written since, only what was found is known."""
        kept, last = self.recent, (self.last_visit_at, self.last_ordinal)
        if kept.episode_id == self.episode_id and (kept.found(), kept.last()) == (self.found, last):
            return kept
        return Recent(episode_id=self.episode_id, before=self.found, before_at=last[0], before_ordinal=last[1])

    def with_history(self, recent: Recent) -> "Care":
        """The same care after these visits."""
        at, ordinal = recent.last()
        return self.but(recent=recent, found=recent.found(), last_visit_at=at, last_ordinal=ordinal)

    @property
    def phase(self) -> Phase | None:
        """The phase as last assessed; None when nobody has assessed it yet."""
        return self.found.answers.phase

    @property
    def akps(self) -> int | None:
        """The AKPS as last assessed."""
        return self.found.answers.akps

    @property
    def in_care(self) -> bool:
        """Whether an episode is open, held or not."""
        return self.episode_id is not None and self.ended is None

    @property
    def waits(self) -> bool:
        """Whether nothing is to be done for now: a death was reported, or care goes on in another record."""
        return self.held or bool(self.holds)

    @property
    def lacking(self) -> tuple[Role, ...]:
        """The professions of a care team that nobody of the team has."""
        return tuple(role for role in Role if role not in {member.role for member in self.team})

    def require_open(self) -> "Care":
        """This care, if something may be planned or recorded in it. Raises NotInCare, CareEnded, CareOnHold."""
        if self.ended is not None:
            raise CareEnded
        if self.episode_id is None:
            raise NotInCare
        if self.holds:
            raise CareOnHold
        return self

    def require_going_on(self) -> "Care":
        """This care, if anything new may be planned in it.

        Raises NotInCare, CareEnded, CareOnHold, and GoesOnElsewhere where this record waits for another.
        """
        if self.held:
            raise GoesOnElsewhere
        return self.require_open()


def episode_of(care: Care) -> UUID:
    """The episode of somebody who is or was in care. Raises NotInCare."""
    if care.episode_id is None:
        raise NotInCare
    return care.episode_id


def _with_found(found: Found, over: tuple[Visit, ...]) -> Found:
    for visit, met in _met(over):
        found = found.and_now(visit.assessments, met)
    return found


def _met(over: tuple[Visit, ...]) -> Iterator[tuple[Visit, Met]]:
    for visit in sorted(over, key=lambda each: each.ordinal):
        assert visit.completed_at is not None
        respondent = visit.assessments.respondent
        yield visit, Met(visit_id=visit.visit_id, ordinal=visit.ordinal, at=visit.completed_at, respondent=respondent)


def _when(visit: Visit) -> tuple[datetime, int]:
    return visit.starts_at, visit.ordinal

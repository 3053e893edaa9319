"""A visit gets its hour: from the planner, who found one for what was wanted, or from somebody who agreed upon one."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.care_plan import VisitMode, VisitOverdue, VisitPurpose, VisitScheduled
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Visit, episode_of
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.visits.arriving import told_window
from services.care_plan.domain.visits.calendar import MINUTES

OVERDUE_AFTER = timedelta(hours=24)
FARTHEST = timedelta(days=2 * 365)
"""So far ahead a visit is planned: what is later is a slip."""
SHORTEST, LONGEST = 10, 480
"""Minutes of a visit."""
MOST_PEOPLE = 6


class StartsInThePast(CarebusError):
    """This time is over. Give one that is to come."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "starts_at"


class StartsTooFarAhead(CarebusError):
    """Visits are planned within two years. Give an earlier day."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "starts_at"


class SomebodyComesThen(CarebusError):
    """Visit {ordinal} is planned in that hour already. Let both come to one visit, or choose another time."""

    field = "starts_at"


class HourTaken(CarebusError):
    """This hour is taken: one of those who were to come is with somebody else then. Choose another time."""

    field = "starts_at"


class NobodyComes(CarebusError):
    """Say who comes: somebody who is on the roster."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "clinicians"


class VisitUnreported(Timer):
    """A day has passed since the visit was to start."""

    visit_id: UUID


class BookWanted(Value):
    """The planner found who can come, and when, for a visit that is wanted."""

    wanted_id: UUID
    people: tuple[TeamMember, ...]
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int = MINUTES


Minutes = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
Link = Annotated[str, Field(max_length=500, pattern=r"^(https://\S+)?$")]
"""Where a video visit takes place, at whatever provider."""


class ScheduleVisit(Value, Command):
    """A visit was agreed upon: `people` come, the first leads."""

    people: Annotated[tuple[TeamMember, ...], Field(max_length=MOST_PEOPLE)]
    starts_at: Annotated[AwareDatetime, Phi.DATE]
    minutes: Minutes = MINUTES
    mode: VisitMode = VisitMode.HOME
    purpose: VisitPurpose = VisitPurpose.REQUESTED
    link: Link = ""


def book_wanted(care: Care, found: BookWanted, cause: Cause) -> Decision:
    """What was wanted gets its hour, if it is still wanted and those who come are still of the team."""
    wanted = next((each for each in care.wanted if each.wanted_id == found.wanted_id), None)
    team = {member.clinician_id for member in care.team}
    if wanted is None or not care.in_care or care.waits or not team.issuperset(p.clinician_id for p in found.people):
        return ignore("no_longer_wanted")
    if found.starts_at <= cause.now:
        return ignore("is_past")
    rest = care.but(wanted=tuple(each for each in care.wanted if each is not wanted))
    visit = _visit(care, found.people, found.starts_at, cause).model_copy(
        update={"minutes": found.minutes, "mode": wanted.mode, "purpose": wanted.purpose}
    )
    return booked(rest, visit)


def schedule_visit(care: Care, asked: ScheduleVisit, cause: Cause) -> Decision:
    """Somebody agreed upon a visit. What was wanted by then is met by it.

    Raises NotInCare, CareEnded, CareOnHold, GoesOnElsewhere, NobodyComes, StartsInThePast, StartsTooFarAhead,
    SomebodyComesThen; HourTaken when it is saved.
    """
    care.require_going_on()
    if not asked.people:
        raise NobodyComes
    require_to_come(asked.starts_at, cause)
    visit = _visit(care, asked.people, asked.starts_at, cause).model_copy(
        update=asked.model_dump(include={"minutes", "mode", "purpose", "link"})
    )
    require_nobody_else(care, visit)
    return booked(_met_by(care, visit), visit)


def booked(care: Care, visit: Visit) -> Decision:
    """Keep a visit and tell of it; a day after its time somebody asks whether it took place."""
    told = VisitScheduled(
        episode_id=episode_of(care),
        **visit.model_dump(
            include={"visit_id", "ordinal", "mode", "clinician", "starts_at", "minutes", "purpose", "others"}
        ),
        **told_window(visit),
    )
    decision = changed(care.with_visit(visit)).tells(told).part_of(care.journey_id)
    return decision.wakes(
        overdue_timer(visit), visit.starts_at + OVERDUE_AFTER, VisitUnreported(visit_id=visit.visit_id)
    )


@unless_paused(VisitUnreported)
def note_overdue(care: Care, unreported: VisitUnreported, _: Cause) -> Decision:
    """Nobody has said that the visit took place, a day after its time."""
    visit = next((each for each in care.visits if each.visit_id == unreported.visit_id), None)
    if visit is None or visit.overdue:
        return ignore("visit_already_reported")
    told = VisitOverdue(visit_id=visit.visit_id, episode_id=episode_of(care), starts_at=visit.starts_at)
    return changed(care.with_visit(visit.model_copy(update={"overdue": True}))).tells(told)


def overdue_timer(visit: Visit) -> str:
    """The name of the timer that asks after a visit."""
    return f"overdue/{visit.ordinal}"


def require_to_come(starts_at: datetime, cause: Cause) -> None:
    """Raises StartsInThePast, StartsTooFarAhead."""
    if starts_at <= cause.now:
        raise StartsInThePast
    if starts_at > cause.now + FARTHEST:
        raise StartsTooFarAhead


def require_nobody_else(care: Care, visit: Visit) -> None:
    """Raises SomebodyComesThen where another visit of the patient's takes place in this one's time."""
    ends_at = visit.starts_at + timedelta(minutes=visit.minutes)
    for other in care.visits:
        over_at = other.starts_at + timedelta(minutes=other.minutes)
        if other.visit_id != visit.visit_id and other.starts_at < ends_at and visit.starts_at < over_at:
            raise SomebodyComesThen(ordinal=other.ordinal)


def _visit(care: Care, people: tuple[TeamMember, ...], starts_at: datetime, cause: Cause) -> Visit:
    ordinal = care.visits_made + 1
    return Visit(
        visit_id=cause.derive("visit", ordinal),
        ordinal=ordinal,
        mode=VisitMode.HOME,
        clinician=people[0],
        others=people[1:],
        starts_at=starts_at.astimezone(UTC),
        minutes=MINUTES,
    )


def _met_by(care: Care, visit: Visit) -> Care:
    """A regular or first visit that was wanted is met by one that is agreed upon before it is due, where they live."""
    on = day_of(care, visit.starts_at)
    kinds = {VisitPurpose.FIRST, VisitPurpose.REGULAR}
    left = tuple(each for each in care.wanted if each.purpose not in kinds or each.due < on)
    return care.but(wanted=left)

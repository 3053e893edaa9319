"""What the clinic decides when somebody is taken on, a team is found, and a visit takes place or does not."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import (
    Assessments,
    CarePlanDrafted,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    ClinicianJoined,
    EpisodeOpened,
    VisitCompleted,
    VisitMode,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.event import Value
from carebus.contracts.people import Person, Role
from carebus.contracts.phi import Phi
from carebus.contracts.referral import ReferralAccepted, ReferralAmended
from carebus.decisions import Cause, Command, Decision, State, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.calendar import MINUTES, Days, find_slot, first_days, next_days, zone_of
from services.care_plan.domain.care import Care, Visit, VisitAlreadyCompleted
from services.care_plan.domain.outsiders import outsiders
from services.care_plan.domain.plans import draft_plan
from services.care_plan.domain.roster import Member, Roster
from services.care_plan.domain.summaries import summarise

T = TypeVar("T")
TRY_AGAIN = timedelta(hours=1)
OVERDUE_AFTER = timedelta(hours=24)
TEAM_TIMER = "team"
LARGEST_CAPACITY = 1000


class ClinicianAlreadyJoined(CarebusError):
    """This clinician is already on the roster."""

    field = "clinician_id"


class TeamStillAwaited(Timer):
    """Look again whether a complete team has room."""


class VisitUnreported(Timer):
    """A day has passed since the visit was to start."""

    visit_id: UUID


class JoinRoster(Value, Command):
    """A clinician is ready to be assigned."""

    clinician_id: UUID | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role
    capacity: Annotated[int, Field(ge=1, le=LARGEST_CAPACITY)]
    account: UUID | None = None


class CompleteVisit(Value, Command):
    """A visit took place."""

    visit_id: UUID
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""


def join_roster(roster: Roster, joins: JoinRoster, cause: Cause) -> Decision:
    """A clinician can be assigned from now on. Raises ClinicianAlreadyJoined."""
    clinician_id = joins.clinician_id or cause.derive("clinician")
    if roster.member(clinician_id) is not None:
        raise ClinicianAlreadyJoined
    told = ClinicianJoined(
        clinician_id=clinician_id, name=joins.name, role=joins.role, capacity=joins.capacity, account=joins.account
    )
    return changed(roster.but(members=(*roster.members, Member.model_validate(told.model_dump())))).tells(told)


def open_episode(care: Care, roster: Roster, accepted: ReferralAccepted, cause: Cause) -> Decision:
    """Somebody is taken on: care began when that was decided. Draft the plan, and find a team if one has room now."""
    if care.episode_id is not None:
        return ignore("episode_already_open")
    opened = EpisodeOpened(
        episode_id=cause.derive("episode"),
        referral_id=accepted.referral_id,
        conditions=accepted.conditions,
        payer=accepted.payer,
        ready_for_care_on=_day(accepted.patient, accepted.accepted_at),
        opened_at=accepted.accepted_at,
    )
    plan = draft_plan(cause.derive("plan"), accepted.conditions)
    drafted = CarePlanDrafted(episode_id=opened.episode_id, **plan.model_dump())
    fresh = care.but(
        patient=accepted.patient,
        referral_id=accepted.referral_id,
        journey_id=cause.correlation_id,
        episode_id=opened.episode_id,
        priority=accepted.priority,
        conditions=accepted.conditions,
        payer=accepted.payer,
        opened_at=accepted.accepted_at,
        plan=plan,
    )
    so_far = Decision(events=(opened, drafted)).relates(*outsiders(accepted.payer, accepted.contact, cause))
    return _with_team(fresh, roster, cause, so_far)


def follow_amendment(care: Care, amended: ReferralAmended, cause: Cause) -> Decision:
    """The office put right who the person is, who pays or whom they agreed to have told; the plan is the team's."""
    if not amended.applied or care.referral_id != amended.referral_id:
        return ignore("not_of_this_care")
    known = care.but(patient=amended.patient, payer=amended.payer)
    return changed(known).relates(*outsiders(amended.payer, amended.contact, cause))


def assign_team_now(care: Care, roster: Roster, _: TeamStillAwaited, cause: Cause) -> Decision:
    """The hour has passed: somebody may have joined."""
    if care.team or care.episode_id is None:
        return ignore("team_already_assigned")
    return _with_team(care, roster, cause, Decision())


def complete_visit(care: Care, roster: Roster, done: CompleteVisit, cause: Cause) -> Decision:
    """A visit took place: keep what was assessed and plan the next. Raises VisitUnknown, VisitAlreadyCompleted."""
    visit = care.visit(done.visit_id)
    if visit.completed_at is not None:
        raise VisitAlreadyCompleted
    completed = visit.model_copy(
        update={"completed_at": cause.now, "assessments": done.assessments, "visit_note": done.visit_note}
    )
    told = VisitCompleted(
        visit_id=visit.visit_id,
        episode_id=_known(care.episode_id),
        ordinal=visit.ordinal,
        mode=visit.mode,
        clinician=visit.clinician,
        started_at=min(visit.starts_at, cause.now),
        completed_at=cause.now,
        assessments=done.assessments,
        visit_note=done.visit_note,
    )
    after = care.with_visit(completed)
    so_far = Decision(events=(told,)).cancels(_overdue_timer(visit)).part_of(care.journey_id)
    freed = roster.freed(visit.clinician.clinician_id, visit.starts_at)
    planned = _with_visit(after, freed, next_days(after.phase, _day(_known(care.patient), cause.now)), cause, so_far)
    return planned.tells(summarise(_care_in(planned), completed, cause))


def note_overdue(care: Care, unreported: VisitUnreported, _: Cause) -> Decision:
    """Nobody has said that the visit took place, a day after its time."""
    visit = care.visit(unreported.visit_id)
    if visit.completed_at is not None or visit.overdue:
        return ignore("visit_already_reported")
    told = VisitOverdue(visit_id=visit.visit_id, episode_id=_known(care.episode_id), starts_at=visit.starts_at)
    return changed(care.with_visit(visit.model_copy(update={"overdue": True}))).tells(told)


def _with_team(care: Care, roster: Roster, cause: Cause, so_far: Decision) -> Decision:
    episode_id, lacking = _known(care.episode_id), roster.lacking()
    if lacking:
        waits = _and(so_far, care.but(awaited=lacking)).wakes(TEAM_TIMER, cause.now + TRY_AGAIN, TeamStillAwaited())
        if care.awaited:
            return waits
        return waits.tells(CareTeamAssignmentDelayed(episode_id=episode_id, roles=lacking))
    chosen = roster.least_loaded()
    team = roster.team(chosen)
    assigned = CareTeamAssigned(episode_id=episode_id, members=team, assigned_at=cause.now)
    patient, accepted_at = _known(care.patient), care.opened_at or cause.now
    days = first_days(care.priority, _day(patient, accepted_at), _day(patient, cause.now))
    staffed = care.but(team=team, awaited=())
    return _with_visit(staffed, roster.loaded(chosen), days, cause, so_far.tells(assigned))


def _with_visit(care: Care, roster: Roster, days: Days, cause: Cause, so_far: Decision) -> Decision:
    members = [member for one in care.team if (member := roster.member(one.clinician_id))]
    slot = find_slot(members, days, zone_of(_known(care.patient).time_zone))
    ordinal = len(care.visits) + 1
    visit = Visit(
        visit_id=cause.derive("visit", ordinal),
        ordinal=ordinal,
        mode=VisitMode.HOME,
        clinician=next(one for one in care.team if one.clinician_id == slot.clinician.clinician_id),
        starts_at=slot.starts_at.astimezone(UTC),
        minutes=MINUTES,
    )
    told = VisitScheduled(
        episode_id=_known(care.episode_id),
        **visit.model_dump(include={"visit_id", "ordinal", "mode", "clinician", "starts_at", "minutes"}),
    )
    booked = roster.booked(visit.clinician.clinician_id, visit.starts_at, cause.now)
    overdue_at = visit.starts_at + OVERDUE_AFTER
    decision = _and(so_far, care.with_visit(visit), booked).tells(told)
    return decision.wakes(_overdue_timer(visit), overdue_at, VisitUnreported(visit_id=visit.visit_id))


def _and(decision: Decision, *states: State) -> Decision:
    return decision._replace(states=states)


def _care_in(decision: Decision) -> Care:
    return next(state for state in decision.states if isinstance(state, Care))


def _overdue_timer(visit: Visit) -> str:
    return f"overdue/{visit.ordinal}"


def _day(patient: Person, at: datetime) -> date:
    """The day that it is for the patient."""
    return at.astimezone(zone_of(patient.time_zone)).date()


def _known(value: T | None) -> T:
    assert value is not None, "an open episode has this"
    return value

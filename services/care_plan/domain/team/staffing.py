"""Who looks after a patient: care starts with a nurse and a doctor or advanced practice provider; others follow."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan import (
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    CareTeamMemberChanged,
    TeamChange,
)
from carebus.contracts.event import Value
from carebus.contracts.people import Role, TeamMember
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, episode_of
from services.care_plan.domain.care.arranged import Arranged
from services.care_plan.domain.visits.changing import handed_over
from services.care_plan.domain.visits.wanting import wanting_first

PRIMARY = Role.NURSE
"""Whose patient it is first of all, and who visits unless there is no free hour."""
PRESCRIBING = frozenset({Role.DOCTOR, Role.ADVANCED_PRACTICE_PROVIDER})
"""Care starts once one of these and the primary are there."""


class AlreadyOnTeam(CarebusError):
    """This clinician is on the care team already."""

    field = "joins"


class NotOnTeam(CarebusError):
    """This clinician is not on the care team."""

    field = "leaves"


class OtherProfession(CarebusError):
    """Somebody can only be replaced by somebody of the same profession."""

    field = "joins"


class NobodyChanges(CarebusError):
    """Say who joins the team, who leaves it, or both."""

    status = 422


class TeamStillAwaited(Timer):
    """An hour has passed (set by earlier releases, which looked for a team by a timer)."""


class TakeIntoCare(Value):
    """The planner found who has room: somebody for each profession that was lacking and could be had.

    lacking: the professions in which nobody can be had now.  explained: why each was chosen, by profession.
    """

    members: tuple[TeamMember, ...] = ()
    lacking: tuple[Role, ...] = ()
    explained: dict[Role, str] = {}


class ChangeTeam(Value, Command):
    """Somebody joins a care team, leaves it, or takes another's place; `why` is a sentence for the team."""

    joins: TeamMember | None = None
    leaves: TeamMember | None = None
    reason: TeamChange
    why: Annotated[str, Field(max_length=500)] = ""


def take_into_care(care: Care, found: TakeIntoCare, cause: Cause) -> Decision:
    """Those who were found join, as far as their profession is still lacking; with enough of them care starts."""
    if not care.in_care or care.waits:
        return ignore("not_in_care")
    joining = tuple(member for member in found.members if member.role in care.lacking)
    if not joining:
        return _delayed(care, found.lacking)
    if care.team:
        return _joined(care, joining, found, cause)
    return _started(care, joining, found, cause) if suffices(joining) else _delayed(care, _unmet(joining, found))


def assign_team_now(care: Care, _: TeamStillAwaited, __: Cause) -> Decision:
    """The planner looks by itself now; whoever still waits is found by it."""
    return ignore("planner_looks") if care.episode_id else ignore("not_in_care")


def change_team(care: Care, asked: ChangeTeam, cause: Cause) -> Decision:
    """The team is otherwise from now on. Visits of somebody who leaves are led by who takes the place.

    Raises NotInCare, CareEnded, CareOnHold, GoesOnElsewhere, AlreadyOnTeam, NotOnTeam, OtherProfession, NobodyChanges.
    """
    care.require_going_on()
    joins, leaves = asked.joins, asked.leaves
    on_team = {member.clinician_id for member in care.team}
    if joins is None and leaves is None:
        raise NobodyChanges
    if joins is not None and joins.clinician_id in on_team:
        raise AlreadyOnTeam
    if leaves is not None and leaves.clinician_id not in on_team:
        raise NotOnTeam
    if joins is not None and leaves is not None and joins.role is not leaves.role:
        raise OtherProfession
    after = care.but(team=_replaced(care.team, joins, leaves), arranged=_arranged(care.arranged, joins, leaves))
    decision = handed_over(after, leaves, cause) if leaves else changed(after)
    told = _told(care, joins, leaves, asked.reason, cause)
    return decision._replace(events=(told, *decision.events)).part_of(care.journey_id)


def _replaced(
    team: tuple[TeamMember, ...], joins: TeamMember | None, leaves: TeamMember | None
) -> tuple[TeamMember, ...]:
    gone = leaves.clinician_id if leaves else None
    stay = tuple(member for member in team if member.clinician_id != gone)
    if joins is None:
        return stay
    primary = joins.role is PRIMARY and not any(member.primary for member in stay)
    return ordered((*stay, joins.model_copy(update={"primary": primary})))


def _arranged(
    arranged: tuple[Arranged, ...], joins: TeamMember | None, leaves: TeamMember | None
) -> tuple[Arranged, ...]:
    """Who takes the place of a stand-in stands in for them: whoever is away comes back in this one's place."""
    if joins is None or leaves is None:
        return arranged
    return tuple(
        one.model_copy(update={"leaves": joins}) if one.leaves.clinician_id == leaves.clinician_id else one
        for one in arranged
    )


def _started(care: Care, joining: tuple[TeamMember, ...], found: TakeIntoCare, cause: Cause) -> Decision:
    team = ordered(tuple(m.model_copy(update={"primary": m.role is PRIMARY}) for m in joining))
    told = CareTeamAssigned(episode_id=episode_of(care), members=team, assigned_at=cause.now)
    staffed = care.but(team=team, awaited=found.lacking, explained=found.explained)
    return changed(wanting_first(staffed, cause)).tells(told).part_of(care.journey_id)


def _joined(care: Care, joining: tuple[TeamMember, ...], found: TakeIntoCare, cause: Cause) -> Decision:
    after = care.but(
        team=ordered((*care.team, *joining)),
        awaited=found.lacking,
        explained={**care.explained, **found.explained},
    )
    told = (_told(care, member, None, TeamChange.AWAITED, cause) for member in joining)
    return changed(after).tells(*told).part_of(care.journey_id)


def _delayed(care: Care, lacking: tuple[Role, ...]) -> Decision:
    """Nobody can start care now: it is told once, with the professions that lack room."""
    if not lacking or care.awaited == lacking:
        return ignore("still_awaited")
    after = changed(care.but(awaited=lacking))
    if care.team or care.awaited:
        return after
    return after.tells(CareTeamAssignmentDelayed(episode_id=episode_of(care), roles=lacking)).part_of(care.journey_id)


def _unmet(joining: tuple[TeamMember, ...], found: TakeIntoCare) -> tuple[Role, ...]:
    """Who is missing for a start: those that the planner could not find."""
    return found.lacking or tuple(role for role in Role if role not in {member.role for member in joining})


def suffices(team: tuple[TeamMember, ...]) -> bool:
    """Whether care can start with them."""
    roles = {member.role for member in team}
    return PRIMARY in roles and bool(roles & PRESCRIBING)


def ordered(team: tuple[TeamMember, ...]) -> tuple[TeamMember, ...]:
    """The team in the order of the professions."""
    return tuple(sorted(team, key=lambda member: list(Role).index(member.role)))


def _told(
    care: Care, joins: TeamMember | None, leaves: TeamMember | None, reason: TeamChange, cause: Cause
) -> CareTeamMemberChanged:
    return CareTeamMemberChanged(
        episode_id=episode_of(care), joined=joins, left=leaves, reason=reason, changed_at=cause.now
    )

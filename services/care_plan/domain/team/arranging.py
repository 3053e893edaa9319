"""A coordinator approves who takes whose place and when: on that day, without a gap, and back after a leave."""

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import TeamChange
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.arranged import Arranged
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, zone_of
from services.care_plan.domain.team.staffing import AlreadyOnTeam, ChangeTeam, NotOnTeam, OtherProfession, change_team

DAY = timedelta(days=1)
FARTHEST = timedelta(days=2 * 365)
"""So far ahead a change is arranged: what is later is a slip."""


class EndsBeforeItBegins(CarebusError):
    """Give a last day that is not before the first."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "until"


class ArrangedAlready(CarebusError):
    """Somebody takes this clinician's place from that day already."""

    field = "from_day"


class EndsTooFarAhead(CarebusError):
    """Changes are arranged within two years. Give an earlier day, or none if it is for good."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "until"


class TeamChangeDue(Timer):
    """The day of an arranged change has come."""

    arranged_id: UUID


class WithdrawChange(Value):
    """Whoever was to join has left the clinic by then: this change does not come about."""

    arranged_id: UUID


class ArrangeTeam(Value, Command):
    """Somebody takes another's place from a day on, for good or `until` a last day, after which it is as before."""

    joins: TeamMember
    leaves: TeamMember
    from_day: Annotated[date, Phi.DATE]
    until: Annotated[date | None, Phi.DATE] = None
    reason: TeamChange
    why: Annotated[str, Field(max_length=500)] = ""


def arrange_team(care: Care, asked: ArrangeTeam, cause: Cause) -> Decision:
    """Approve it: what is due today is done at once, the rest on its day.

    Raises NotInCare, CareEnded, CareOnHold, GoesOnElsewhere, AlreadyOnTeam, NotOnTeam, OtherProfession,
    EndsBeforeItBegins, EndsTooFarAhead, ArrangedAlready.
    """
    care.require_going_on()
    on_team = {member.clinician_id for member in care.team}
    if asked.joins.clinician_id in on_team:
        raise AlreadyOnTeam
    if asked.leaves.clinician_id not in on_team:
        raise NotOnTeam
    if asked.joins.role is not asked.leaves.role:
        raise OtherProfession
    if asked.until is not None and asked.until < asked.from_day:
        raise EndsBeforeItBegins
    if max(asked.from_day, asked.until or asked.from_day) > day_of(care, cause.now) + FARTHEST:
        raise EndsTooFarAhead
    if any(one.on == asked.from_day and one.leaves.clinician_id == asked.leaves.clinician_id for one in care.arranged):
        raise ArrangedAlready
    coming = _coming(asked, cause)
    if coming[0].on > day_of(care, cause.now):
        return _waiting(changed(care.but(arranged=(*care.arranged, *coming))).part_of(care.journey_id), care, coming)
    now, *later = coming
    decision = _done(care.but(arranged=(*care.arranged, *later)), now, cause)
    return _waiting(decision, care, later)


@unless_paused(TeamChangeDue)
def make_change(care: Care, due: TeamChangeDue, cause: Cause) -> Decision:
    """The day has come: whoever is still to leave does, if the other is not there by now anyway.

    Where whoever was to leave has left by now, the other joins if the profession is lacking.
    """
    one = next((each for each in care.arranged if each.arranged_id == due.arranged_id), None)
    if one is None or not care.in_care:
        return ignore("not_arranged")
    left = care.but(arranged=tuple(each for each in care.arranged if each is not one))
    on_team = {member.clinician_id for member in care.team}
    if one.joins.clinician_id in on_team:
        return changed(left)
    if one.leaves.clinician_id in on_team:
        return _done(left, one, cause)
    if one.joins.role not in care.lacking:
        return changed(left)
    return change_team(left, ChangeTeam(joins=one.joins, reason=one.reason, why=one.why), cause)


def withdraw_change(care: Care, withdraw: WithdrawChange, _: Cause) -> Decision:
    """It does not come about; who takes the place instead is proposed anew."""
    left = tuple(one for one in care.arranged if one.arranged_id != withdraw.arranged_id)
    if left == care.arranged:
        return ignore("not_arranged")
    return changed(care.but(arranged=left)).cancels(_timer(withdraw.arranged_id))


def _done(care: Care, one: Arranged, cause: Cause) -> Decision:
    change = ChangeTeam(joins=one.joins, leaves=one.leaves, reason=one.reason, why=one.why)
    return change_team(care, change, cause)


def _coming(asked: ArrangeTeam, cause: Cause) -> list[Arranged]:
    there = Arranged(
        arranged_id=cause.derive("arranged", "there"),
        on=asked.from_day,
        leaves=asked.leaves,
        joins=asked.joins,
        reason=asked.reason,
        why=asked.why,
    )
    if asked.until is None:
        return [there]
    back = {"arranged_id": cause.derive("arranged", "back"), "on": asked.until + DAY}
    return [there, there.model_copy(update={**back, "leaves": asked.joins, "joins": asked.leaves, "why": ""})]


def _waiting(decision: Decision, care: Care, coming: list[Arranged]) -> Decision:
    assert care.patient is not None, "who is in care is known"
    for one in coming:
        at = datetime.combine(one.on, time(), zone_of(care.patient.time_zone)).astimezone(UTC)
        decision = decision.wakes(_timer(one.arranged_id), at, TeamChangeDue(arranged_id=one.arranged_id))
    return decision


def _timer(arranged_id: UUID) -> str:
    return f"team/{arranged_id}"

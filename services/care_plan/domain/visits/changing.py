"""A planned visit is confirmed, moved, converted, cancelled, or met nobody; each with its reason."""

from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from carebus.contracts.care_plan import (
    VisitCancelled,
    VisitConfirmed,
    VisitConverted,
    VisitMode,
    VisitNoShow,
    VisitParty,
    VisitReason,
    VisitRescheduled,
)
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.care import Care, Outcome, Visit, VisitRecord, Wanted, episode_of
from services.care_plan.domain.care.visit import LastChange
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.visits.arriving import told_window
from services.care_plan.domain.visits.booking import (
    MOST_PEOPLE,
    OVERDUE_AFTER,
    Link,
    Minutes,
    VisitUnreported,
    overdue_timer,
    require_nobody_else,
    require_to_come,
)
from services.care_plan.domain.visits.wanting import wanting_next

_AWAY: dict[str, Any] = {"by": VisitParty.CARE_TEAM, "reason": VisitReason.CLINICIAN_AWAY, "reason_text": ""}


class NotYetTime(CarebusError):
    """This visit is still to come. Cancel it, or say after its time that nobody was met."""


class AlreadyUnderWay(CarebusError):
    """This visit has begun. Complete it, or say that nobody was met."""


class SameMode(CarebusError):
    """The visit is planned in this way already. Choose another."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "mode"


class Change(Value):
    """Why a visit changes, and on whose side the reason lies. `OTHER` needs a text; the rest need none."""

    visit_id: UUID
    by: VisitParty = VisitParty.OFFICE
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _told_in_words(self) -> Self:
        if self.reason is VisitReason.OTHER and not self.reason_text.strip():
            raise BrokenRule("Say in words what the other reason is.")
        return self


class ConfirmVisit(Value, Command):
    """The patient or the family said that the time suits them."""

    visit_id: UUID


class RescheduleVisit(Change, Command):
    """A planned visit gets another time, length or other people; who is left out stays."""

    starts_at: Annotated[AwareDatetime, Phi.DATE]
    minutes: Minutes | None = None
    people: Annotated[tuple[TeamMember, ...], Field(max_length=MOST_PEOPLE)] = ()


class ConvertVisit(Change, Command):
    """A planned visit takes place in another way, such as by phone."""

    mode: VisitMode
    link: Link = ""


class CancelVisit(Change, Command):
    """A planned visit does not take place. again: whether another is to be planned in its place."""

    again: bool = True


class ReportNoShow(Change, Command):
    """Somebody came, or called, at the time of a visit and met nobody."""


def confirm_visit(care: Care, confirms: ConfirmVisit, cause: Cause) -> Decision:
    """The time suits them. Raises VisitUnknown, CareEnded, CareOnHold."""
    visit = care.require_going_on().visit(confirms.visit_id)
    if visit.confirmed_at is not None:
        return ignore("already_confirmed")
    told = VisitConfirmed(visit_id=visit.visit_id, episode_id=episode_of(care), confirmed_at=cause.now)
    return _with(care, visit.model_copy(update={"confirmed_at": cause.now})).tells(told)


def reschedule_visit(care: Care, asked: RescheduleVisit, cause: Cause) -> Decision:
    """The visit is moved; that it was confirmed or overdue no longer counts.

    Raises VisitUnknown, CareEnded, CareOnHold, GoesOnElsewhere, AlreadyUnderWay, StartsInThePast, StartsTooFarAhead,
    SomebodyComesThen; HourTaken when it is saved.
    """
    visit = _to_come(care.require_going_on(), asked.visit_id)
    require_to_come(asked.starts_at, cause)
    people = asked.people or visit.people
    moved = visit.model_copy(
        update={
            "starts_at": asked.starts_at,
            "minutes": asked.minutes or visit.minutes,
            "clinician": people[0],
            "others": people[1:],
            "confirmed_at": None,
            "overdue": False,
            "moves": visit.moves + 1,
            "last_change": _change(visit, asked),
        }
    )
    require_nobody_else(care, moved)
    told = _moved(care, visit, moved, _because(asked), cause)
    due = moved.starts_at + OVERDUE_AFTER
    return _with(care, moved).tells(told).wakes(overdue_timer(moved), due, VisitUnreported(visit_id=moved.visit_id))


def convert_visit(care: Care, asked: ConvertVisit, cause: Cause) -> Decision:
    """The visit takes place in another way, at the same time.

    Raises VisitUnknown, CareEnded, CareOnHold, GoesOnElsewhere, AlreadyUnderWay, SameMode.
    """
    visit = _to_come(care.require_going_on(), asked.visit_id)
    if visit.mode is asked.mode:
        raise SameMode
    converted = visit.model_copy(
        update={
            "mode": asked.mode,
            "link": asked.link,
            "moves": visit.moves + 1,
            "last_change": _change(visit, asked),
        }
    )
    told = VisitConverted(
        visit_id=visit.visit_id,
        episode_id=episode_of(care),
        was=visit.mode,
        mode=asked.mode,
        clinician=visit.clinician,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
        converted_at=cause.now,
        **told_window(converted),
        **_because(asked),
    )
    return _with(care, converted).tells(told)


def cancel_visit(care: Care, asked: CancelVisit, cause: Cause) -> Decision:
    """The visit does not take place; unless it is said otherwise, another is wanted.

    Raises VisitUnknown, CareEnded, CareOnHold, AlreadyUnderWay.
    """
    visit = _to_come(care, asked.visit_id)
    kept = _over(care, visit, Outcome.CANCELLED, asked, cause)
    after = care.without_visit(visit.visit_id)
    told = VisitCancelled(**_named(care, visit), **told_window(visit), cancelled_at=cause.now, **_because(asked))
    return _without(wanting_next(after, cause) if asked.again else after, visit, kept).tells(told)


def report_no_show(care: Care, asked: ReportNoShow, cause: Cause) -> Decision:
    """Nobody was met; another visit is wanted. Raises VisitUnknown, CareEnded, CareOnHold, NotYetTime."""
    visit = care.require_open().visit(asked.visit_id)
    if visit.starts_at > cause.now:
        raise NotYetTime
    kept = _over(care, visit, Outcome.NO_SHOW, asked, cause)
    because = {name: value for name, value in _because(asked).items() if name != "by"}
    told = VisitNoShow(**_named(care, visit), reported_at=cause.now, **because)
    return _without(wanting_next(care.without_visit(visit.visit_id), cause), visit, kept).tells(told)


def dropped(care: Care, cause: Cause) -> Decision:
    """Every visit that is planned is cancelled because care ends, and its hour is free."""
    decision = changed(care.but(visits=(), wanted=()))
    for visit in care.visits:
        ends = CancelVisit(visit_id=visit.visit_id, reason=VisitReason.CARE_ENDED, again=False)
        told = VisitCancelled(**_named(care, visit), **told_window(visit), cancelled_at=cause.now, **_because(ends))
        record = _over(care, visit, Outcome.CANCELLED, ends, cause)
        decision = decision._replace(states=(*decision.states, record)).tells(told).cancels(overdue_timer(visit))
    return decision


def handed_over(care: Care, leaves: TeamMember, cause: Cause) -> Decision:
    """Visits to come that somebody was to lead who leaves the team are planned anew, on the same day if it can be.

    To those of others they don't come along any more. What has begun, or is to be reported, they still report.
    """
    decision = _without_companion(care, leaves, cause)
    care, *_ = decision.states  # type: ignore[assignment]
    for visit in (each for each in care.visits if _is_to_come(each, cause) and _leads(each, leaves)):
        away = CancelVisit(visit_id=visit.visit_id, again=False, **_AWAY)
        told = VisitCancelled(**_named(care, visit), **told_window(visit), cancelled_at=cause.now, **_because(away))
        again = Wanted(
            wanted_id=cause.derive("wanted", visit.ordinal),
            purpose=visit.purpose,
            days=(day_of(care, visit.starts_at),),
            mode=visit.mode,
            since=cause.now,
        )
        care = care.without_visit(visit.visit_id).but(wanted=(*care.wanted, again))
        kept = _over(care, visit, Outcome.CANCELLED, away, cause)
        decision = decision._replace(states=(care, *decision.states[1:], kept))
        decision = decision.tells(told).cancels(overdue_timer(visit))
    return decision


def _without_companion(care: Care, leaves: TeamMember, cause: Cause) -> Decision:
    """Joint visits to come take place without whoever leaves the team."""
    decision = changed(care)
    for visit in (each for each in care.visits if _is_to_come(each, cause) and not _leads(each, leaves)):
        others = tuple(one for one in visit.others if one.clinician_id != leaves.clinician_id)
        if others != visit.others:
            without = visit.model_copy(update={"others": others, "moves": visit.moves + 1})
            care = care.with_visit(without)
            decision = decision._replace(states=(care,)).tells(_moved(care, visit, without, _AWAY, cause))
    return decision


def _is_to_come(visit: Visit, cause: Cause) -> bool:
    return visit.started_at is None and visit.starts_at > cause.now


def _leads(visit: Visit, one: TeamMember) -> bool:
    return visit.clinician.clinician_id == one.clinician_id


def _moved(care: Care, was: Visit, moved: Visit, because: dict[str, Any], cause: Cause) -> VisitRescheduled:
    return VisitRescheduled(
        was_at=was.starts_at,
        rescheduled_at=cause.now,
        **_named(care, moved),
        **moved.model_dump(include={"others", "minutes"}),
        **told_window(moved),
        **because,
    )


def _to_come(care: Care, visit_id: UUID) -> Visit:
    visit = care.require_open().visit(visit_id)
    if visit.started_at is not None:
        raise AlreadyUnderWay
    return visit


def _change(was: Visit, why: Change) -> LastChange:
    return LastChange(was_at=was.starts_at, was_mode=was.mode, reason=why.reason, reason_text=why.reason_text)


def _with(care: Care, visit: Visit) -> Decision:
    return changed(care.with_visit(visit)).part_of(care.journey_id)


def _without(care: Care, visit: Visit, kept: VisitRecord) -> Decision:
    return changed(care, kept).cancels(overdue_timer(visit)).part_of(care.journey_id)


def _over(care: Care, visit: Visit, outcome: Outcome, why: Change, cause: Cause) -> VisitRecord:
    return VisitRecord(
        visit_id=visit.visit_id,
        episode_id=care.episode_id,
        outcome=outcome,
        planned=visit,
        reason=why.reason,
        reason_text=why.reason_text,
        over_at=cause.now,
    )


def _named(care: Care, visit: Visit) -> dict[str, Any]:
    return {
        "episode_id": episode_of(care),
        **{name: getattr(visit, name) for name in ("visit_id", "ordinal", "mode", "clinician", "starts_at")},
    }


def _because(why: Change) -> dict[str, Any]:
    return {"by": why.by, "reason": why.reason, "reason_text": why.reason_text}

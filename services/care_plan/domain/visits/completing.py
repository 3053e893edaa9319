"""A visit took place: what those who were there state of it is kept, what is needed next is wanted."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import Assessments, VisitCompleted, VisitPlace, VisitStarted
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Met, Outcome, Visit, VisitRecord, episode_of
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.care.times import StatedTime
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.instruments import INSTRUMENTS, wrongly_answered
from services.care_plan.domain.symptoms.follow_ups import care_in, follow_up, with_care
from services.care_plan.domain.symptoms.safety import look_after_safety
from services.care_plan.domain.symptoms.unstable import look_after_phase
from services.care_plan.domain.visits.booking import overdue_timer
from services.care_plan.domain.visits.signing import await_signature, signed
from services.care_plan.domain.visits.wanting import wanting_next


class VisitAlreadyCompleted(CarebusError):
    """This visit is already completed. What was recorded first stands; it can be corrected."""


class VisitIsOver(CarebusError):
    """This visit was cancelled, or nobody was met. Schedule another for what is to be recorded."""


class EndsBeforeItStarts(CarebusError):
    """A visit ends after it begins. Give an end that is after the start."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "ended_at"


class InTheFuture(CarebusError):
    """This time is still to come. State when it was."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BeforeTheEpisode(CarebusError):
    """Care had not begun then. State a time after it began."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "started_at"


class AnsweredByOthers(CarebusError):
    """Not everybody can answer everything: {instruments}. Say who answered these, or leave them out."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "assessments.respondent"


Moment = Annotated[StatedTime | None, Phi.DATE]


class StartVisit(Value, Command):
    """A visit begins, now or at the time that is stated."""

    visit_id: UUID
    started_at: Moment = None


class CompleteVisit(Value, Command):
    """A visit took place: when, where, who was there and what was found, as those who were there state it.

    What an earlier caller leaves out is taken as planned. sign: whoever records it stands for it at once.
    """

    visit_id: UUID
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""
    started_at: Moment = None
    ended_at: Moment = None
    place: VisitPlace | None = None
    present: tuple[UUID, ...] = ()
    also_present: Annotated[str, Phi.TEXT, Field(max_length=500)] = ""
    sign: bool = True


def start_visit(care: Care, starts: StartVisit, cause: Cause) -> Decision:
    """A visit is under way. Raises VisitUnknown, CareOnHold, InTheFuture, BeforeTheEpisode."""
    visit = care.require_open().visit(starts.visit_id)
    if visit.started_at is not None:
        return ignore("already_started")
    at = starts.started_at or cause.now
    _require_within(care, at, at, cause)
    told = VisitStarted(
        visit_id=visit.visit_id,
        episode_id=episode_of(care),
        mode=visit.mode,
        clinician=visit.clinician,
        started_at=at,
    )
    return changed(care.with_visit(visit.model_copy(update={"started_at": at}))).tells(told).part_of(care.journey_id)


def complete_visit(care: Care, record: VisitRecord, done: CompleteVisit, cause: Cause) -> Decision:
    """A visit took place: keep what was stated, compare later visits with it, and want the next.

    Raises VisitUnknown, VisitAlreadyCompleted, VisitIsOver, CareEnded, CareOnHold, and for the times
    EndsBeforeItStarts, InTheFuture, BeforeTheEpisode; for the answers AnsweredByOthers.
    """
    _require_not_over(record)
    visit = care.require_open().visit(done.visit_id)
    stated = state(care, visit, done, cause)
    kept = VisitRecord(
        visit_id=visit.visit_id,
        episode_id=care.episode_id,
        outcome=Outcome.COMPLETED,
        planned=visit,
        stated=stated,
        before=care.found,
        before_ordinal=care.last_ordinal,
        over_at=stated.ended_at,
    )
    decision = changed(_with_found(care, visit, stated), kept).tells(
        _told(care, visit, stated, is_stated=_is_stated(done, visit))
    )
    decision = set_off(decision.cancels(overdue_timer(visit)).part_of(care.journey_id), kept, cause)
    after = care_in(decision)
    return signed(decision, after, kept, cause) if done.sign else await_signature(decision, kept, cause)


def set_off(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """The decision with what the answers of a visit set off, and with the next visit wanted."""
    decision = follow_up(decision, record, cause)
    decision = look_after_safety(decision, record, cause)
    decision = look_after_phase(decision, record)
    care = care_in(decision)
    since = record.stated.ended_at if record.stated else None
    return with_care(decision, wanting_next(care, cause, since)) if care.in_care and not care.waits else decision


def state(care: Care, visit: Visit, done: CompleteVisit, cause: Cause) -> Stated:
    """What is stated of a visit; what is left out is as planned. Raises what `complete_visit` raises for the times."""
    started_at = done.started_at or visit.started_at or min(visit.starts_at, done.ended_at or cause.now)
    ended_at = done.ended_at or cause.now
    _require_within(care, started_at, ended_at, cause)
    if wrong := wrongly_answered(done.assessments):
        raise AnsweredByOthers(instruments=", ".join(INSTRUMENTS[code].name for code in wrong))
    return Stated(
        started_at=started_at,
        ended_at=ended_at,
        place=done.place,
        present=_present(care, visit, done.present),
        also_present=done.also_present,
        assessments=done.assessments,
        visit_note=done.visit_note,
        recorded_by=cause.by,
        recorded_at=cause.now,
    )


def _require_not_over(record: VisitRecord) -> None:
    if record.outcome is Outcome.COMPLETED:
        raise VisitAlreadyCompleted
    if record.outcome is not None:
        raise VisitIsOver


def _require_within(care: Care, started_at: datetime, ended_at: datetime, cause: Cause) -> None:
    if started_at > cause.now:
        raise InTheFuture(field="started_at")
    if ended_at > cause.now:
        raise InTheFuture(field="ended_at")
    if ended_at < started_at:
        raise EndsBeforeItStarts
    if care.opened_at is not None and day_of(care, started_at) < day_of(care, care.opened_at):
        raise BeforeTheEpisode


def _present(care: Care, visit: Visit, named: tuple[UUID, ...]) -> tuple[TeamMember, ...]:
    """Who is named of those who were to come and of the team; if nobody is named, those who were to come."""
    known = {member.clinician_id: member for member in (*care.team, *visit.people)}
    return tuple(known[one] for one in named if one in known) or visit.people


def _with_found(care: Care, visit: Visit, stated: Stated) -> Care:
    last = max(filter(None, (care.last_visit_at, stated.ended_at)))
    return care.without_visit(visit.visit_id).but(
        completed=care.completed + 1,
        last_visit_at=last,
        last_ordinal=visit.ordinal if last == stated.ended_at else care.last_ordinal,
        found=care.found.and_now(stated.assessments, met_at(visit, stated)),
    )


def met_at(visit: Visit, stated: Stated) -> Met:
    """At which visit something was found."""
    respondent = stated.assessments.respondent
    return Met(visit_id=visit.visit_id, ordinal=visit.ordinal, at=stated.ended_at, respondent=respondent)


def _told(care: Care, visit: Visit, stated: Stated, *, is_stated: bool) -> VisitCompleted:
    return VisitCompleted(
        visit_id=visit.visit_id,
        episode_id=episode_of(care),
        ordinal=visit.ordinal,
        mode=visit.mode,
        clinician=visit.clinician,
        started_at=stated.started_at,
        completed_at=stated.ended_at,
        assessments=stated.assessments,
        visit_note=stated.visit_note,
        purpose=visit.purpose,
        is_stated=is_stated,
        planned_at=visit.starts_at,
        recorded_at=stated.recorded_at,
        place=stated.place,
        present=stated.present,
    )


def _is_stated(done: CompleteVisit, visit: Visit) -> bool:
    return done.ended_at is not None and (done.started_at or visit.started_at) is not None

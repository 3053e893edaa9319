"""A visit took place: what those who were there state of it is kept, what is needed next is wanted."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import Assessments, VisitCompleted, VisitMode, VisitPlace, VisitStarted
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Answered, Care, Outcome, Visit, VisitRecord, episode_of
from services.care_plan.domain.care.looking import look_for_hospice
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


class NotBegunYet(CarebusError):
    """This visit is planned for a later day. If it took place already, state when it began."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "started_at"


class NotOfTheTeam(CarebusError):
    """This id is of nobody who was to come, and of nobody of the care team. Name others in words."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "present"


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

    Times that are left out are taken as planned, and never as later than now; where it was is not known unless it is
    stated. sign: whoever records it stands for it at once.
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
    _require_within(care, at, at, care.opened_at, cause)
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
    EndsBeforeItStarts, InTheFuture, BeforeTheEpisode, NotBegunYet; for the answers AnsweredByOthers; NotOfTheTeam.
    """
    _require_not_over(record)
    visit = care.require_open().visit(done.visit_id)
    _require_begun(care, visit, done, cause)
    stated = state(care, visit, done, cause, since=care.opened_at)
    answered = answered_at(visit, stated)
    recent = care.history().with_visit(answered, record.before)
    before, before_ordinal = recent.known_before(answered, record.before)
    kept = VisitRecord(
        visit_id=visit.visit_id,
        episode_id=care.episode_id,
        referral_id=care.referral_id,
        opened_at=care.opened_at,
        outcome=Outcome.COMPLETED,
        planned=visit,
        stated=stated,
        before=before,
        before_ordinal=before_ordinal,
        over_at=stated.ended_at,
    )
    after = care.without_visit(visit.visit_id).but(completed=care.completed + 1).with_history(recent)
    decision = changed(after, kept).tells(_told(care, visit, stated, is_stated=_is_stated(done, visit)))
    decision = set_off(decision.cancels(overdue_timer(visit)).part_of(care.journey_id), kept, cause)
    decision = want_next(decision, cause)
    return signed(decision, care_in(decision), kept, cause) if done.sign else await_signature(decision, kept, cause)


def set_off(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """The decision with what follows from the visits in the order in which they took place, this one among them."""
    if care_in(decision).in_care:
        decision = look_after_phase(follow_up(decision, cause))
    decision = look_for_hospice(look_after_safety(decision, record, cause), record, cause)
    care = care_in(decision)
    return with_care(decision, care.but(recent=care.recent.trimmed()))


def want_next(decision: Decision, cause: Cause) -> Decision:
    """The decision with the next visit wanted, counted from the last; while a death is only reported, too."""
    care = care_in(decision)
    if not care.in_care or care.held:
        return decision
    return with_care(decision, wanting_next(care, cause, care.last_visit_at))


def answered_at(visit: Visit, stated: Stated) -> Answered:
    """What a visit adds to what is known, at the time at which it ended."""
    return Answered(
        visit_id=visit.visit_id,
        ordinal=visit.ordinal,
        at=stated.ended_at,
        in_person=visit.mode is VisitMode.HOME,
        assessments=stated.assessments,
    )


def state(
    care: Care,
    visit: Visit,
    done: CompleteVisit,
    cause: Cause,
    *,
    since: datetime | None,
    known: tuple[TeamMember, ...] = (),
) -> Stated:
    """What is stated of a visit; times that are left out are as planned.

    since: when its episode began, if known.  known: who was said to have been there, before a correction.
    Raises what `complete_visit` raises for the times, for who was there and for the answers.
    """
    started_at, ended_at = _times(visit, done, cause.now)
    _require_within(care, started_at, ended_at, since, cause)
    if ended_at <= started_at:
        raise EndsBeforeItStarts
    if wrong := wrongly_answered(done.assessments):
        raise AnsweredByOthers(instruments=", ".join(INSTRUMENTS[code].name for code in wrong))
    return Stated(
        started_at=started_at,
        ended_at=ended_at,
        place=done.place,
        present=_present((*care.former_team, *care.team, *known), visit, done.present),
        also_present=done.also_present,
        assessments=done.assessments,
        visit_note=done.visit_note,
        recorded_by=cause.by,
        recorded_at=cause.now,
    )


def _times(visit: Visit, done: CompleteVisit, now: datetime) -> tuple[datetime, datetime]:
    """When it began and ended; what is left out is as long as planned, from when it was planned or stated to begin."""
    long = timedelta(minutes=visit.minutes)
    began = done.started_at or visit.started_at
    if began is None:
        before = done.ended_at or now
        began = visit.starts_at if visit.starts_at < before else before - long
    return began, done.ended_at or max(min(began + long, now), began)


def _require_begun(care: Care, visit: Visit, done: CompleteVisit, cause: Cause) -> None:
    if (done.started_at or visit.started_at) is not None:
        return
    if day_of(care, visit.starts_at) > day_of(care, cause.now):
        raise NotBegunYet


def _require_not_over(record: VisitRecord) -> None:
    if record.outcome is Outcome.COMPLETED:
        raise VisitAlreadyCompleted
    if record.outcome is not None:
        raise VisitIsOver


def _require_within(care: Care, started_at: datetime, ended_at: datetime, since: datetime | None, cause: Cause) -> None:
    if started_at > cause.now:
        raise InTheFuture(field="started_at")
    if ended_at > cause.now:
        raise InTheFuture(field="ended_at")
    if since is not None and day_of(care, started_at) < day_of(care, since):
        raise BeforeTheEpisode


def _present(team: tuple[TeamMember, ...], visit: Visit, named: tuple[UUID, ...]) -> tuple[TeamMember, ...]:
    """Who is named of the team, present or former, and of those who were to come; if nobody is named, the latter."""
    known = {member.clinician_id: member for member in (*team, *visit.people)}
    if not known.keys() >= set(named):
        raise NotOfTheTeam
    return tuple(known[one] for one in dict.fromkeys(named)) or visit.people


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

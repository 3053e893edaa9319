"""What was stated of a completed visit was wrong: both versions stay, scores are redone, doctors get version 2."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan import VisitCorrected
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision, changed
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Outcome, Visit, VisitRecord, VisitUnknown
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.symptoms.follow_ups import care_in
from services.care_plan.domain.visits.completing import CompleteVisit, met_at, set_off, state
from services.care_plan.domain.visits.signing import signed


class NothingToCorrect(CarebusError):
    """Only a visit that took place can be corrected."""


class NothingCorrected(CarebusError):
    """Nothing differs from what is recorded."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CorrectVisit(CompleteVisit):
    """What is stated here stands from now on, whole; `reason_text` says what was wrong. Whoever corrects, signs."""

    reason_text: Annotated[str, Phi.TEXT, Field(min_length=3, max_length=500)]


def correct_visit(care: Care, record: VisitRecord, corrects: CorrectVisit, cause: Cause) -> Decision:
    """Keep both versions. A person who has died or left care since can still be corrected; nothing is planned then.

    Raises VisitUnknown, NothingToCorrect, NothingCorrected, and for the times what `complete_visit` raises.
    """
    visit, was = _completed(record)
    given = corrects.model_copy(
        update={"started_at": corrects.started_at or was.started_at, "ended_at": corrects.ended_at or was.ended_at}
    )
    now = state(care, visit, given, cause)
    if _said(now) == _said(was):
        raise NothingCorrected
    version = record.version + 1
    kept = record.but(
        stated=now, version=version, earlier=(*record.earlier, was), over_at=now.ended_at, signed_by="", signed_at=None
    )
    decision = changed(_found_again(care, record, visit, now), kept)
    decision = decision.tells(_told(kept, visit, now, corrects, cause)).part_of(care.journey_id)
    if care.last_ordinal == visit.ordinal:  # what an earlier visit found was looked after by those since
        decision = set_off(decision, kept, cause)
    return signed(decision, care_in(decision), kept, cause)


def _completed(record: VisitRecord) -> tuple[Visit, Stated]:
    if record.visit_id is None:
        raise VisitUnknown
    if record.outcome is not Outcome.COMPLETED or record.planned is None or record.stated is None:
        raise NothingToCorrect
    return record.planned, record.stated


def _said(stated: Stated) -> Stated:
    return stated.model_copy(update={"recorded_by": "", "recorded_at": stated.ended_at, "ended_at": stated.ended_at})


def _found_again(care: Care, record: VisitRecord, visit: Visit, now: Stated) -> Care:
    """What was found last, with this visit's answers as they are now, and without those it never had."""
    found = care.found.back_to(record.before, visit.visit_id).and_now(now.assessments, met_at(visit, now))
    last = now.ended_at if care.last_ordinal == visit.ordinal else care.last_visit_at
    return care.but(found=found, last_visit_at=last)


def _told(kept: VisitRecord, visit: Visit, now: Stated, corrects: CorrectVisit, cause: Cause) -> VisitCorrected:
    assert kept.episode_id is not None, "a visit has an episode"
    return VisitCorrected(
        visit_id=visit.visit_id,
        episode_id=kept.episode_id,
        version=kept.version,
        ordinal=visit.ordinal,
        mode=visit.mode,
        clinician=visit.clinician,
        started_at=now.started_at,
        ended_at=now.ended_at,
        place=now.place,
        present=now.present,
        assessments=now.assessments,
        visit_note=now.visit_note,
        reason_text=corrects.reason_text,
        corrected_at=cause.now,
    )

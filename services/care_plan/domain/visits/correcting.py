"""What was stated of a completed visit was wrong: both versions stay, scores are redone, doctors get version 2."""

from http import HTTPStatus
from typing import Annotated

from pydantic import StringConstraints

from carebus.contracts.care_plan import VisitCorrected
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision, changed
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Outcome, Visit, VisitRecord, VisitUnknown
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.symptoms.follow_ups import care_in
from services.care_plan.domain.visits.completing import CompleteVisit, answered_at, set_off, state, want_next
from services.care_plan.domain.visits.signing import await_signature, signed


class NothingToCorrect(CarebusError):
    """Only a visit that took place can be corrected."""


class NothingCorrected(CarebusError):
    """Nothing differs from what is recorded."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CorrectVisit(CompleteVisit):
    """What is stated here stands from now on, whole; `reason_text` says what was wrong."""

    reason_text: Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


def correct_visit(care: Care, record: VisitRecord, corrects: CorrectVisit, cause: Cause) -> Decision:
    """Keep both versions. A person who has died or left care since can still be corrected; nothing is planned then.

    A visit of an earlier episode changes nothing in the present one. Raises VisitUnknown, NothingToCorrect,
    NothingCorrected, and for the times, who was there and the answers what `complete_visit` raises.
    """
    visit, was = _completed(record)
    is_present = care.episode_id == record.episode_id
    since = care.opened_at if is_present else record.opened_at
    now = state(care, visit, _given(corrects, was), cause, since=since, known=was.present)
    if _said(now) == _said(was):
        raise NothingCorrected
    kept = record.but(
        stated=now,
        version=record.version + 1,
        earlier=(*record.earlier, was),
        over_at=now.ended_at,
        signed_by="",
        signed_at=None,
    )
    decision = _put_right(care, kept, visit, now, cause) if is_present else changed(care, kept)
    kept = next(each for each in decision.states if isinstance(each, VisitRecord))
    decision = decision.tells(_told(kept, visit, now, corrects, cause)).part_of(care.journey_id)
    if not corrects.sign:
        return await_signature(decision, kept, cause)
    return signed(decision, care_in(decision), kept, cause)


def _put_right(care: Care, record: VisitRecord, visit: Visit, now: Stated, cause: Cause) -> Decision:
    """What the visits of the present episode say now; the next one is wanted where that makes another day of it."""
    answered = answered_at(visit, now)
    recent = care.history().with_visit(answered, record.before)
    before, ordinal = recent.known_before(answered, record.before)
    kept = record.but(before=before, before_ordinal=ordinal)
    decision = set_off(changed(care.with_history(recent), kept), kept, cause)
    after = care_in(decision)
    if (after.phase, after.last_visit_at) == (care.phase, care.last_visit_at):
        return decision
    return want_next(decision, cause)


def _completed(record: VisitRecord) -> tuple[Visit, Stated]:
    if record.visit_id is None:
        raise VisitUnknown
    if record.outcome is not Outcome.COMPLETED or record.planned is None or record.stated is None:
        raise NothingToCorrect
    return record.planned, record.stated


def _given(corrects: CorrectVisit, was: Stated) -> CorrectVisit:
    """With the times and the people of before, where none are stated."""
    return corrects.model_copy(
        update={
            "started_at": corrects.started_at or was.started_at,
            "ended_at": corrects.ended_at or was.ended_at,
            "present": corrects.present or tuple(member.clinician_id for member in was.present),
        }
    )


def _said(stated: Stated) -> Stated:
    return stated.model_copy(update={"recorded_by": "", "recorded_at": stated.ended_at})


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

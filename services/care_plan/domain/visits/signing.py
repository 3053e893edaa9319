"""A clinician stands for what is recorded of a visit, at once or within 48 hours; then doctors are told of it."""

from datetime import datetime, timedelta
from uuid import UUID

from carebus.contracts.care_plan import VisitSignatureOverdue, VisitSigned
from carebus.contracts.event import Value
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, Outcome, VisitRecord, VisitUnknown
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.summaries.summary import summarise

SIGN_WITHIN = timedelta(hours=48)
"""After the end of a visit, or after its correction was recorded.

Without a signature by then it is a breach (of our own, shown and counted).
"""


class NothingToSign(CarebusError):
    """Only a visit that took place can be signed."""


class SignatureAwaited(Timer):
    """48 hours have passed since a visit ended."""

    visit_id: UUID


class SignVisit(Value, Command):
    """Whoever gives this stands for what is recorded of the visit."""

    visit_id: UUID


def sign_visit(care: Care, record: VisitRecord, signs: SignVisit, cause: Cause) -> Decision:
    """Somebody stands for the version that is there. Raises VisitUnknown, NothingToSign."""
    if record.visit_id is None:
        care.visit(signs.visit_id)
        raise NothingToSign
    if record.outcome is not Outcome.COMPLETED:
        raise NothingToSign
    if record.signed_at is not None:
        return ignore("already_signed")
    return signed(changed(care, record).part_of(care.journey_id), care, record, cause)


def signed(decision: Decision, care: Care, record: VisitRecord, cause: Cause) -> Decision:
    """The decision with the record signed by whoever gave the command, and its summary issued."""
    assert record.visit_id is not None, "a record is a visit's"
    assert record.episode_id is not None, "a visit has an episode"
    late = cause.now > _due(record)
    kept = record.but(signed_by=cause.by, signed_at=cause.now)
    told = VisitSigned(
        visit_id=record.visit_id, episode_id=record.episode_id, version=record.version, late=late, signed_at=cause.now
    )
    decision = decision._replace(states=(*(s for s in decision.states if not isinstance(s, VisitRecord)), kept))
    return decision.tells(told, summarise(care, kept, cause)).cancels(_timer(record.visit_id))


def await_signature(decision: Decision, record: VisitRecord, _: Cause) -> Decision:
    """The decision with a look at whether somebody has signed, once 48 hours are over."""
    assert record.visit_id is not None, "a record is a visit's"
    return decision.wakes(_timer(record.visit_id), _due(record), SignatureAwaited(visit_id=record.visit_id))


@unless_paused(SignatureAwaited)
def note_unsigned(care: Care, awaited: SignatureAwaited, cause: Cause) -> Decision:
    """Nobody has signed in time: it is told once. The timer is cancelled by a signature, so there was none."""
    if care.episode_id is None:
        raise VisitUnknown
    told = VisitSignatureOverdue(visit_id=awaited.visit_id, episode_id=care.episode_id, since=cause.occurred_at)
    return Decision(events=(told,)).part_of(care.journey_id)


def _due(record: VisitRecord) -> datetime:
    """By when somebody is to sign: after the end of the visit, or after a correction was recorded."""
    assert record.stated is not None, "only what took place is signed"
    return SIGN_WITHIN + (record.stated.recorded_at if record.version > 1 else record.stated.ended_at)


def _timer(visit_id: UUID) -> str:
    return f"sign/{visit_id}"

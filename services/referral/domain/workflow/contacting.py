"""How somebody who was taken on is reached: attempts on several days and ways, then a letter, then unreachable."""

from datetime import datetime

from carebus.contracts.referral import (
    ContactChannel,
    FirstContactAttempted,
    FirstContactMade,
    Milestone,
    Party,
    PatientDeclinedService,
    PatientUnreachable,
    ReferralFailed,
    ReferralFailureReason,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.workflow.commands import (
    AttemptContact,
    DeclareUnreachable,
    FailReferral,
    MakeContact,
    PatientDeclines,
)
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Attempt, Intake, Referral
from services.referral.domain.workflow.statuses import Act, Status

ATTEMPTS = 3
DAYS = 3
WAYS = 2
REACHING = (Milestone.FIRST_CONTACT, Milestone.NEXT_ATTEMPT, Milestone.LETTER, Milestone.ANSWER)


class NotTriedEnough(CarebusError):
    """Try at least three times, on three days and in two ways, and then send a letter, before you call this person
    unreachable.
    """


def attempt_contact(intake: Intake, asked: AttemptContact, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Somebody tried and did not reach the person: another try is due, or after enough of them a letter."""
    builder = DecisionBuilder.of(intake, asked, Act.ATTEMPT_CONTACT, cause, office)
    tried = (*builder.referral.attempts, Attempt(channel=asked.channel, outcome=asked.outcome, at=cause.now))
    builder.keeps(attempts=tried).meet(*REACHING)
    if builder.referral.status is Status.ACCEPTED:
        builder.stands(Status.CONTACTING)
    due_at = _next_try(builder, office)
    told = FirstContactAttempted(
        referral_id=asked.referral_id,
        attempt_no=len(tried),
        channel=asked.channel,
        outcome=asked.outcome,
        attempted_at=cause.now,
        next_at=due_at,
    )
    return builder.tells(told).done("contact_attempted", asked.channel, asked.outcome)


def make_contact(intake: Intake, asked: MakeContact, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The person was reached: what is due next is the visit."""
    builder = DecisionBuilder.of(intake, asked, Act.MAKE_CONTACT, cause, office)
    if builder.referral.status in {Status.ACCEPTED, Status.UNREACHABLE}:
        builder.stands(Status.CONTACTING)
    told = FirstContactMade(
        referral_id=asked.referral_id,
        channel=asked.channel,
        attempts=len(builder.referral.attempts),
        made_at=cause.now,
    )
    builder.keeps(first_contact_at=builder.referral.first_contact_at or cause.now, reached_at=cause.now)
    return builder.tells(told).meet(*REACHING).resume(Milestone.FIRST_VISIT).done("contact_made", asked.channel)


def declare_unreachable(intake: Intake, asked: DeclareUnreachable, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Nobody could reach the person, who may still answer the letter. Raises NotTriedEnough."""
    builder = DecisionBuilder.of(intake, asked, Act.DECLARE_UNREACHABLE, cause, office)
    if not letter_sent(builder.referral, office):
        raise NotTriedEnough
    told = PatientUnreachable(
        referral_id=asked.referral_id, attempts=len(builder.referral.attempts), declared_at=cause.now
    )
    builder.tells(told).stands(Status.UNREACHABLE).pause(Milestone.FIRST_VISIT, waits_for=Party.PATIENT)
    builder.start(Milestone.ANSWER, Party.PATIENT)
    return builder.done("unreachable")


def patient_declines(intake: Intake, asked: PatientDeclines, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The person does not want to be cared for."""
    builder = DecisionBuilder.of(intake, asked, Act.PATIENT_DECLINES, cause, office)
    builder.tells(PatientDeclinedService(referral_id=asked.referral_id, declined_at=cause.now))
    return failed(builder, ReferralFailureReason.PATIENT_DECLINED, "")


def fail(intake: Intake, asked: FailReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The person can't be cared for after all."""
    return failed(DecisionBuilder.of(intake, asked, Act.FAIL, cause, office), asked.reason, asked.reason_text)


def tried_enough(referral: Referral, office: Office) -> bool:
    """Whether it was tried often enough, on enough days of the office and in enough ways, without a letter."""
    tries = [each for each in _since_reached(referral) if each.channel is not ContactChannel.LETTER]
    days = {each.at.astimezone(office.calendar.zone).date() for each in tries}
    return len(tries) >= ATTEMPTS and len(days) >= DAYS and len({each.channel for each in tries}) >= WAYS


def letter_sent(referral: Referral, office: Office) -> bool:
    """Whether a letter went out after it was tried enough."""
    written = [each.channel is ContactChannel.LETTER for each in _since_reached(referral)]
    return tried_enough(referral, office) and any(written)


def _since_reached(referral: Referral) -> list[Attempt]:
    """The tries since the person was reached last: those before say nothing of now."""
    reached = referral.reached_at
    return [each for each in referral.attempts if reached is None or each.at > reached]


def _next_try(builder: DecisionBuilder, office: Office) -> datetime | None:
    if letter_sent(builder.referral, office):
        return builder.start(Milestone.ANSWER, Party.PATIENT).due_at
    if tried_enough(builder.referral, office):
        return builder.start(Milestone.LETTER).due_at
    return builder.start(Milestone.NEXT_ATTEMPT).due_at


def failed(builder: DecisionBuilder, reason: ReferralFailureReason, text: str) -> Decision:
    """Somebody who was taken on can't be cared for after all."""
    told = ReferralFailed(
        referral_id=builder.referral.referral_id, reason=reason, reason_text=text, failed_at=builder.at
    )
    return builder.tells(told).stands(Status.FAILED).withdraw().done("failed", reason, text=text)

"""What is decided on a referral that has been read: how urgent it is, and whether the person is taken on."""

from http import HTTPStatus

from carebus.contracts.referral import (
    Milestone,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
    ReferralRedirected,
    ReferralReturnedWithAdvice,
    ReferralTriaged,
    ReferralWaitlisted,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.eligibility import refuse_unless_eligible
from services.referral.domain.workflow.commands import (
    AcceptReferral,
    DeclineReferral,
    RedirectReferral,
    ReturnWithAdvice,
    TriageReferral,
    WaitlistReferral,
)
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, Outcome
from services.referral.domain.workflow.reminding import REMINDER
from services.referral.domain.workflow.statuses import Act, Status


class AlreadyTakenOn(CarebusError):
    """This person is taken on already, by another referral. Decline this one as already enrolled or as a duplicate."""


class MeantForAnother(CarebusError):
    """The order asks for another service: {service}. Ask who sent it, and say so if it is meant for us."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "meant_for_us"


class NobodyToReach(CarebusError):
    """No phone, e-mail or address of the person, a loved one or the referrer is known. Write how to reach somebody."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "how_to_reach"


def can_reach_somebody(received: ReferralReceived) -> bool:
    """Whether a call, a message or a letter gets to the person, to a loved one or to whoever refers."""
    people = [each for each in (received.patient, received.contact, received.referrer) if each is not None]
    home = received.patient.address
    return any(each.phone or each.email for each in people) or bool(home.street and (home.city or home.postal_code))


def triage(intake: Intake, asked: TriageReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Somebody has read it and says how urgent it is; its deadline follows."""
    builder = DecisionBuilder.of(intake, asked, Act.TRIAGE, cause, office)
    builder.keeps(triaged_as=asked.urgency, clinician=asked.clinician, advice_only=asked.advice_only)
    told = ReferralTriaged(
        referral_id=asked.referral_id,
        urgency=asked.urgency,
        clinician=asked.clinician,
        advice_only=asked.advice_only,
        triaged_at=cause.now,
    )
    return builder.tells(told).retime(Milestone.DECISION).done("triaged", asked.urgency)


def accept(intake: Intake, asked: AcceptReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Take the person on, if the rules allow it and somebody can be reached.

    Raises NotEligible, EligibilityUndetermined, AlreadyTakenOn, MeantForAnother and NobodyToReach.
    """
    builder = DecisionBuilder.of(intake, asked, Act.ACCEPT, cause, office)
    _may_be_taken_on(builder)
    if builder.referral.other_service and not asked.meant_for_us:
        raise MeantForAnother(service=builder.referral.other_service)
    if not asked.how_to_reach and not can_reach_somebody(builder.referral.received):
        raise NobodyToReach
    received = builder.referral.received
    told = ReferralAccepted(
        referral_id=asked.referral_id,
        priority=builder.referral.urgency,
        patient=received.patient,
        conditions=received.conditions,
        payer=received.payer,
        contact=received.contact,
        accepted_at=cause.now,
    )
    builder.keeps(episode_id=next((each.episode_id for each in reversed(intake.referrals) if each.episode_id), None))
    decided(builder.tells(told), Outcome(status=Status.ACCEPTED, decided_at=cause.now, decided_by=cause.by))
    builder.start(Milestone.FIRST_CONTACT)
    builder.start(Milestone.FIRST_VISIT)
    return builder.done("accepted", text=asked.how_to_reach)


def decline(intake: Intake, asked: DeclineReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Do not take the person on."""
    builder = DecisionBuilder.of(intake, asked, Act.DECLINE, cause, office)
    outcome = Outcome(
        status=Status.DECLINED,
        decided_at=cause.now,
        decided_by=cause.by,
        decline_reason=asked.reason,
        reason_text=asked.reason_text,
    )
    told = ReferralDeclined(
        referral_id=asked.referral_id, reason=asked.reason, reason_text=asked.reason_text, declined_at=cause.now
    )
    return decided(builder.tells(told), outcome).done("declined", asked.reason, text=asked.reason_text)


def return_with_advice(intake: Intake, asked: ReturnWithAdvice, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Advise the referrer, who goes on caring for the person."""
    builder = DecisionBuilder.of(intake, asked, Act.RETURN_WITH_ADVICE, cause, office)
    told = ReferralReturnedWithAdvice(referral_id=asked.referral_id, advice=asked.advice, returned_at=cause.now)
    outcome = Outcome(status=Status.ADVICE_RETURNED, decided_at=cause.now, decided_by=cause.by)
    return decided(builder.tells(told), outcome).done("advice_returned", text=asked.advice)


def redirect(intake: Intake, asked: RedirectReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Hand the person on to another organization."""
    builder = DecisionBuilder.of(intake, asked, Act.REDIRECT, cause, office)
    told = ReferralRedirected(referral_id=asked.referral_id, redirect_to=asked.redirect_to, redirected_at=cause.now)
    outcome = Outcome(status=Status.REDIRECTED, decided_at=cause.now, decided_by=cause.by)
    return decided(builder.tells(told), outcome).done("redirected", text=asked.redirect_to)


def waitlist(intake: Intake, asked: WaitlistReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Let the person wait for a place; the wait is looked at again, and again after that."""
    builder = DecisionBuilder.of(intake, asked, Act.WAITLIST, cause, office)
    _may_be_taken_on(builder)
    _settled(builder).meet(Milestone.WAITLIST_REVIEW)
    review = builder.stands(Status.WAITLISTED).start(Milestone.WAITLIST_REVIEW)
    told = ReferralWaitlisted(
        referral_id=asked.referral_id,
        reason=asked.reason,
        review_at=review.due_at or cause.now,
        waitlisted_at=cause.now,
    )
    return builder.tells(told).done("waitlisted", asked.reason)


def decided(builder: DecisionBuilder, outcome: Outcome) -> DecisionBuilder:
    """It stands as it was decided: what was due for that is done, and what was asked for is no longer wanted."""
    return _settled(builder).withdraw().keeps(outcome=outcome).stands(outcome.status)


def _settled(builder: DecisionBuilder) -> DecisionBuilder:
    builder.meet(Milestone.DECISION, Milestone.ACKNOWLEDGEMENT).withdraw(Milestone.INFORMATION)
    return builder.cancels(REMINDER.format(builder.referral.referral_id)).keeps(question=None, back_to=None)


def _may_be_taken_on(builder: DecisionBuilder) -> None:
    refuse_unless_eligible(builder.referral.assessed)
    if any(each.taken_on for each in builder.intake.referrals if each.referral_id != builder.referral.referral_id):
        raise AlreadyTakenOn

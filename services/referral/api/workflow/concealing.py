"""What a sender is told who has not shown whose referrals these are: what they would be if nobody were known here."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.people import Referrer
from carebus.contracts.referral import HeldBecause, Priority
from carebus.decisions import Cause
from carebus.ids import new_id
from services.referral.api.workflow.views import SETTLED_BY, Received
from services.referral.domain import DirectReferral, Intake, Office, Referral, Status
from services.referral.domain.identity.same_person import another_birth_date, another_given_name
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Kind, Sending, is_proven
from services.referral.domain.workflow.receiving import receive
from services.referral.domain.workflow.reference import reference
from services.referral.domain.workflow.statements import StatementOutcome


def theirs(referral: Referral, sending: Sending, by: str) -> bool:
    """Whether a referral is the sender's own: its organization's (or they are the office), or begun by them."""
    return is_proven(sending, referral.received.referrer.organization) or _begun_by(referral, by)


def told_all(referral: Referral, intake: Intake, sending: Sending, by: str) -> bool:
    """Whether the sender may be told how a referral stands and whose it is.

    Who began it without being proven may, as long as all that is known of the person came from them.
    """
    if is_proven(sending, referral.received.referrer.organization):
        return True
    return begun_all(intake, by)


def begun_all(intake: Intake, by: str) -> bool:
    """Whether all that is known of a person was begun by this caller."""
    return all(_begun_by(each, by) for each in intake.referrals)


def alone(stated: DirectReferral, cause: Cause, office: Office, sending: Sending) -> Referral:
    """The referral as it would be if nobody were known here."""
    [kept] = receive(Intake(), stated.model_copy(update={"patient_id": None}), cause, office, sending).states
    assert isinstance(kept, Intake)
    return kept.referrals[-1]


def received_alone(stated: DirectReferral, cause: Cause, office: Office, sending: Sending) -> Received:
    """The answer to a referral as if nobody were known here: its number, and that it was received."""
    return Received.answering(new_id(), alone(stated, cause, office, sending), cause.id)


def names_them(referral: Referral, asked: Withdrawal) -> bool:
    """Whether a withdrawal names the person of the referral by name and date of birth."""
    person = referral.received.patient
    if not asked.given_name or not asked.birth_date:
        return False
    stated = person.model_copy(update={"given_name": asked.given_name, "birth_date": asked.birth_date})
    return not (another_given_name(person, stated) or another_birth_date(person, stated))


def withdrawal_waits(cause: Cause) -> Received:
    """The answer to a withdrawal by somebody unproven: it waits for the office, and nothing else is said."""
    made = cause.derive("referral")
    return Received(
        referral_id=made,
        patient_id=new_id(),
        reference=reference(made),
        status=Status.CANCELLATION_REQUESTED,
        decision=None,
        version=1,
        eligible=False,
        suggested_decline_reason=None,
        decline_reason=None,
        became=StatementOutcome.HELD,
        waits=(Kind.WITHDRAWAL.value,),
        settled_by=SETTLED_BY[HeldBecause.UNPROVEN],
    )


def only_asked_back(referral: Referral, referral_id: UUID, now: datetime) -> Referral:
    """A referral of which is said that it is asked back, and nothing else that its sender did not say."""
    received = referral.received
    hidden = received.model_copy(
        update={
            "referral_id": referral_id,
            "priority": Priority.ROUTINE,
            "referrer": Referrer(organization=received.referrer.organization),
            "received_at": now,
        }
    )
    return Referral(
        correlation_id=referral.correlation_id,
        received=hidden,
        assessed=referral.assessed,
        standing=Status.CANCELLATION_REQUESTED,
    )


def _begun_by(referral: Referral, by: str) -> bool:
    return bool(referral.steps) and referral.steps[0].by == by

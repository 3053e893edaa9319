"""A referral comes in: new, or the same as before; an ended one is taken up again."""

from datetime import datetime, timedelta
from typing import Any

from carebus.contracts.referral import (
    Channel,
    DuplicateBasis,
    HeldBecause,
    Milestone,
    ReferralAcknowledged,
    ReferralPossibleDuplicateFlagged,
    ReferralReceived,
    ReferralReopened,
    RepeatBasis,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.eligibility import assess
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import ANYBODY, Sending
from services.referral.domain.workflow.amending import again, require_known_person
from services.referral.domain.workflow.commands import ReopenReferral
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, PatientUnknown, Referral, ReferralUnknown, number_of
from services.referral.domain.workflow.repeating import Stated, statement_of
from services.referral.domain.workflow.stated import received_of
from services.referral.domain.workflow.statements import Came, StatementOutcome
from services.referral.domain.workflow.statuses import Act, Status

ANSWERED_LATER = frozenset({Channel.FAX, Channel.PLAN_BATCH})
"""Ways in whose sender gets no answer at once: somebody, or the upload's result, has to acknowledge."""


FARTHEST_BACK = timedelta(days=30)
"""Deadlines begin when a referral arrived, but at most this long before now, whatever its sender states."""


class AlreadyReopened(CarebusError):
    """This referral has been taken up again already, by another one."""


def receive(
    intake: Intake, asked: DirectReferral, cause: Cause, office: Office = DEFAULT, sending: Sending = ANYBODY
) -> Decision:
    """Keep a referral as it was stated, and apply the rules to it; unless it has come before. Raises AnotherPerson."""
    if asked.patient_id is not None and not intake.referrals:
        raise PatientUnknown
    received = received_of(asked, cause)
    if asked.patient_id is not None:
        require_known_person(intake.referrals, received)
    found = intake.known_as(number_of(received), received.raw_hash)
    if found is None and sending.about is not None:
        found = intake.referral(sending.about), RepeatBasis.RAW_HASH
    if found:
        return again(*found, Stated(intake, asked, received, cause, office, sending, found[0].referral_id))
    return _begin(intake, received, cause, office, _first(asked, received, cause, sending)).done(
        "received", received.channel
    )


def answered(intake: Intake, asked: DirectReferral, cause: Cause) -> Referral:
    """The referral that this one came to: itself, or the one that it repeated or amended. Raises ReferralUnknown.

    It is never guessed: another referral of the same person may be another organization's.
    """
    made = cause.derive("referral")
    for each in intake.referrals:
        if each.referral_id == made:
            return each
    received = received_of(asked, cause)
    if found := intake.known_as(number_of(received), received.raw_hash):
        return found[0]
    raise ReferralUnknown


def reopen(intake: Intake, asked: ReopenReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Take an ended referral up again, by a new one that replaces it. Raises AlreadyReopened."""
    ended = DecisionBuilder.of(intake, asked, Act.REOPEN, cause, office)
    if ended.referral.replaced_by is not None:
        raise AlreadyReopened
    new_id = cause.derive("referral")
    kept = ended.keeps(replaced_by=new_id).done("reopened")
    (after,) = kept.states
    assert isinstance(after, Intake)
    received = ended.referral.received.model_copy(
        update={
            "referral_id": new_id,
            "replaces": ended.referral.referral_id,
            "arrived_at": None,
            "received_at": cause.now,
        }
    )
    known = ("statements", "stands", "corrected", "turned_down", "proven", "named", "first_hash")
    builder = _begin(after, received, cause, office, {name: getattr(ended.referral, name) for name in known})
    reopened = ReferralReopened(referral_id=new_id, replaces=ended.referral.referral_id, reopened_at=cause.now)
    return builder.tells(reopened).done("received", "reopened")


def acknowledge(builder: DecisionBuilder, *, automatic: bool) -> DecisionBuilder:
    """The referrer knows that it is here."""
    told = ReferralAcknowledged(
        referral_id=builder.referral.referral_id,
        channel=builder.referral.received.channel,
        automatic=automatic,
        acknowledged_at=builder.at,
    )
    return builder.tells(told).meet(Milestone.ACKNOWLEDGEMENT)


def _begin(
    intake: Intake, received: ReferralReceived, cause: Cause, office: Office, about: dict[str, Any]
) -> DecisionBuilder:
    assessed = assess(received, office.rules, cause.now, enrolled=intake.enrolled)
    referral = Referral(
        correlation_id=cause.correlation_id, received=received, assessed=assessed, standing=Status.TRIAGE, **about
    )
    builder = DecisionBuilder(intake, referral, cause, office, _due_from(received, cause)).tells(received, assessed)
    if received.channel in ANSWERED_LATER:
        builder.start(Milestone.ACKNOWLEDGEMENT)
    else:
        acknowledge(builder, automatic=True)
    builder.start(Milestone.DECISION)
    return _flagged(builder)


def _due_from(received: ReferralReceived, cause: Cause) -> datetime | None:
    """A fax may have lain for a day before somebody typed it in: what is due is due from its arrival, within bounds."""
    return received.arrived_at and max(received.arrived_at, cause.now - FARTHEST_BACK)


def _flagged(builder: DecisionBuilder) -> DecisionBuilder:
    """Say which other open referrals of the person there are; a person judges whether they are the same."""
    new = builder.referral.referral_id
    others = tuple(each.referral_id for each in builder.intake.referrals if not each.ended)
    for other in others:
        builder.tells(
            ReferralPossibleDuplicateFlagged(
                referral_id=new,
                original_referral_id=other,
                basis=DuplicateBasis.SAME_PATIENT,
                flagged_at=builder.at,
            )
        )
    return builder.keeps(duplicate_of=others)


def _first(asked: DirectReferral, received: ReferralReceived, cause: Cause, sending: Sending) -> dict[str, Any]:
    """What is kept of the statement that makes a referral."""
    statement = statement_of(asked, received, cause, sending, received.referrer.organization)
    return {
        "statements": (statement,),
        "stands": statement,
        "proven": statement.proven,
        "came": _came(asked, cause),
        "named": received.patient,
        "first_hash": received.raw_hash,
        "other_service": asked.other_service,
    }


def _came(asked: DirectReferral, cause: Cause) -> Came:
    if not asked.other_service:
        return Came(cause=cause.id, outcome=StatementOutcome.RECEIVED)
    because = HeldBecause.ANOTHER_SERVICE
    return Came(cause=cause.id, outcome=StatementOutcome.HELD, waits=("requested_services",), because=because)

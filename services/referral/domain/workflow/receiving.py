"""A referral comes in: new, the same as before, amended, or perhaps a duplicate; an ended one is taken up again."""

from typing import Any
from uuid import UUID

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.event import Value
from carebus.contracts.people import Diagnosis, FamilyContact, Payer, Person, Referrer
from carebus.contracts.referral import (
    Channel,
    DuplicateBasis,
    Milestone,
    ReferralAcknowledged,
    ReferralAmended,
    ReferralPossibleDuplicateFlagged,
    ReferralReceived,
    ReferralReopened,
    ReferralRepeatDetected,
    RepeatBasis,
)
from carebus.decisions import Cause, Decision, ignore
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.eligibility import assess
from services.referral.domain.referring.conditions import conditions_in
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.workflow.commands import AmendReferral, ReopenReferral
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, PatientUnknown, Referral, ReferralUnknown, placer_of
from services.referral.domain.workflow.statuses import UNDECIDED, Act, Status

ANSWERED_LATER = frozenset({Channel.FAX, Channel.PLAN_BATCH})
"""Ways in whose sender gets no answer at once: somebody, or the upload's result, has to acknowledge."""

NOT_SAID = {
    "placer_id",
    "placer_assigner",
    "referral_id",
    "received_at",
    "raw_hash",
    "batch_id",
    "channel",
    "replaces",
    "conditions",
}
"""What a referral has and nobody states: it makes no difference between two of them."""


class AlreadyReopened(CarebusError):
    """This referral has been taken up again already, by another one."""


def receive(intake: Intake, asked: DirectReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Keep a referral as it was stated, and apply the rules to it; unless it has come before."""
    if asked.patient_id is not None and not intake.referrals:
        raise PatientUnknown
    received = _received(asked, cause)
    if found := _known(intake, received):
        return _again(intake, *found, received, cause, office)
    return _begin(intake, received, cause, office).done("received", received.channel)


def answered(intake: Intake, asked: DirectReferral, cause: Cause) -> Referral:
    """The referral that this one came to: itself, or the one that it repeated or amended. Raises ReferralUnknown.

    It is never guessed: another referral of the same person may be another organization's.
    """
    made = cause.derive("referral")
    for each in intake.referrals:
        if each.referral_id == made:
            return each
    if found := _known(intake, _received(asked, cause)):
        return found[0]
    raise ReferralUnknown


def amend(intake: Intake, asked: AmendReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The referrer changes what it states."""
    builder = DecisionBuilder.of(intake, asked, Act.AMEND, cause, office)
    return _amended(builder, _received(asked.stated, cause))


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
    builder = _begin(after, received, cause, office)
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


def _begin(intake: Intake, received: ReferralReceived, cause: Cause, office: Office) -> DecisionBuilder:
    assessed = assess(received, office.rules, cause.now, enrolled=intake.enrolled)
    referral = Referral(
        correlation_id=cause.correlation_id, received=received, assessed=assessed, standing=Status.TRIAGE
    )
    # A fax may have lain for a day before somebody typed it in: what is due is due from its arrival.
    builder = DecisionBuilder(intake, referral, cause, office, received.arrived_at).tells(received, assessed)
    if received.channel in ANSWERED_LATER:
        builder.start(Milestone.ACKNOWLEDGEMENT)
    else:
        acknowledge(builder, automatic=True)
    builder.start(Milestone.DECISION)
    return _flagged(builder)


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


def _known(intake: Intake, received: ReferralReceived) -> tuple[Referral, RepeatBasis] | None:
    """The newest referral with the same number of the same assigner, or made from the same document."""
    placer = placer_of(received.placer_assigner, received.referrer.organization, received.placer_id)
    for each in reversed(intake.referrals):
        if placer is not None and each.placer == placer:
            return each, RepeatBasis.PLACER_ID
        if received.raw_hash and each.received.raw_hash == received.raw_hash:
            return each, RepeatBasis.RAW_HASH
    return None


def _again(
    intake: Intake, known: Referral, basis: RepeatBasis, received: ReferralReceived, cause: Cause, office: Office
) -> Decision:
    builder = DecisionBuilder(intake, known, cause, office)
    if basis is RepeatBasis.PLACER_ID and _changed(known.received, received):
        return _amended(builder, received)
    if basis in known.repeats:
        return ignore("repeated_before")
    told = ReferralRepeatDetected(
        referral_id=known.referral_id,
        basis=basis,
        channel=received.channel,
        batch_id=received.batch_id,
        detected_at=cause.now,
    )
    return builder.keeps(repeats=(*known.repeats, basis)).tells(told).done("repeated", basis)


def _amended(builder: DecisionBuilder, stated: ReferralReceived) -> Decision:
    """Take over what has changed, before acceptance; later it is a note for a coordinator."""
    known = builder.referral.received
    changed = _changed(known, stated)
    if not changed:
        return ignore("nothing_changed")
    applied = builder.referral.status in UNDECIDED
    stated = stated.model_copy(update={"contact": _same_contact(known, stated)})
    told = ReferralAmended(
        referral_id=known.referral_id,
        changed=changed,
        applied=applied,
        priority=stated.priority,
        patient=stated.patient,
        diagnoses=stated.diagnoses,
        conditions=stated.conditions,
        payer=stated.payer,
        contact=stated.contact,
        amended_at=builder.at,
    )
    if not applied:
        return builder.tells(told).done("amendment_noted", *changed)
    kept = ("referral_id", "arrived_at", "received_at", "channel", "replaces", "placer_id", "placer_assigner")
    now = stated.model_copy(update={name: getattr(known, name) for name in kept})
    assessed = assess(now, builder.office.rules, builder.at, enrolled=builder.intake.enrolled)
    builder.keeps(received=now, assessed=assessed).tells(told, assessed)
    return builder.retime(Milestone.DECISION).done("amended", *changed)


def _changed(known: ReferralReceived, stated: ReferralReceived) -> tuple[str, ...]:
    """The names of the fields in which two statements differ."""
    return tuple(
        name
        for name in ReferralReceived.model_fields
        if name not in NOT_SAID and _said(getattr(known, name)) != _said(getattr(stated, name))
    )


def _same_contact(known: ReferralReceived, stated: ReferralReceived) -> FamilyContact | None:
    """The loved one as stated now, under the id that they have already."""
    if stated.contact is None or known.contact is None:
        return stated.contact
    return stated.contact.model_copy(update={"contact_id": known.contact.contact_id})


def _said(part: Any) -> Any:
    return part.model_dump(exclude={"contact_id"}) if isinstance(part, Value) else part


def _received(asked: DirectReferral, cause: Cause) -> ReferralReceived:
    diagnoses = tuple(Diagnosis.model_validate(each.model_dump()) for each in asked.diagnoses)
    contact_id: UUID = cause.derive("contact")
    return ReferralReceived(
        referral_id=cause.derive("referral"),
        channel=asked.channel,
        priority=asked.priority,
        referrer=Referrer.model_validate(asked.referrer.model_dump()),
        patient=Person.model_validate(asked.patient.model_dump()),
        diagnoses=diagnoses,
        conditions=conditions_in(diagnoses),
        clinical=ClinicalFacts.model_validate(asked.clinical.model_dump()) if asked.clinical else None,
        illness_in_own_words=asked.illness_in_own_words,
        letter_code=asked.letter_code,
        best_call_time=asked.best_call_time,
        arrived_at=asked.arrived_at,
        payer=Payer.model_validate(asked.payer.model_dump()) if asked.payer else None,
        died_on=asked.died_on,
        on_hospice=asked.on_hospice,
        contact=FamilyContact(contact_id=contact_id, **asked.contact.model_dump()) if asked.contact else None,
        referral_note=asked.referral_note,
        received_at=cause.now,
        placer_id=asked.placer_id,
        placer_assigner=asked.placer_assigner,
        raw_hash=asked.raw_hash,
        batch_id=asked.batch_id,
        requested_services=asked.requested_services,
    )

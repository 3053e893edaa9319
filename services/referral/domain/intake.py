"""A patient's referrals, and what may be decided on them: triage, then accepted or declined, once and for all."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.event import Value
from carebus.contracts.people import Diagnosis, FamilyContact, Payer, Person, Referrer
from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    DeclineReason,
    EligibilityAssessed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.decisions import Cause, Decision, State, changed
from carebus.errors import CarebusError
from services.referral.domain.conditions import conditions_in
from services.referral.domain.eligibility import RuleBook, assess, refuse_unless_eligible
from services.referral.domain.requests import AcceptReferral, DeclineReferral, DirectReferral


class Status(StrEnum):
    """Where a referral stands."""

    TRIAGE = "triage"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Outcome(Value):
    """What a coordinator decided."""

    status: Status
    decided_at: Annotated[datetime, Phi.DATE]
    decided_by: str
    decline_reason: DeclineReason | None = None
    reason_text: Annotated[str, Phi.TEXT] = ""


class Referral(Value):
    """One referral: as it was received, as it was assessed, and what was decided."""

    correlation_id: UUID
    received: ReferralReceived
    assessed: EligibilityAssessed
    outcome: Outcome | None = None

    @property
    def referral_id(self) -> UUID:
        """Its id, the same in every event about it."""
        return self.received.referral_id

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self.outcome.status if self.outcome else Status.TRIAGE


class Intake(State):
    """All referrals of one patient, oldest first."""

    referrals: tuple[Referral, ...] = ()

    def referral(self, referral_id: UUID) -> Referral:
        """One of them. Raises ReferralUnknown."""
        for referral in self.referrals:
            if referral.referral_id == referral_id:
                return referral
        raise ReferralUnknown

    @property
    def enrolled(self) -> bool:
        """Whether the person is taken on already, by any of them."""
        return any(each.status is Status.ACCEPTED for each in self.referrals)

    def with_outcome(self, referral_id: UUID, outcome: Outcome) -> "Intake":
        """The same with one of them decided."""
        return self.but(
            referrals=tuple(
                each.model_copy(update={"outcome": outcome}) if each.referral_id == referral_id else each
                for each in self.referrals
            )
        )


class ReferralUnknown(CarebusError):
    """There is no referral with this id."""

    status = 404


class PatientUnknown(CarebusError):
    """There is no patient with this id. Leave the id out to refer a person for the first time."""

    status = 422
    field = "patient_id"


class AlreadyDecided(CarebusError):
    """This referral was {status} before; a decision is not taken twice."""


class AlreadyTakenOn(CarebusError):
    """This person is taken on already, by another referral. Decline this one as already enrolled or as a duplicate."""


def receive(intake: Intake, asked: DirectReferral, cause: Cause, rules: RuleBook) -> Decision:
    """Keep a referral as it was stated, and apply the rules to it."""
    if asked.patient_id is not None and not intake.referrals:
        raise PatientUnknown
    received = _received(asked, cause)
    assessed = assess(received, rules, cause.now, enrolled=intake.enrolled)
    known = intake.but(referrals=(*intake.referrals, _kept(received, assessed, cause)))
    return changed(known).tells(received, assessed)


def accept(intake: Intake, asked: AcceptReferral, cause: Cause) -> Decision:
    """Take the person on, if the rules allow it."""
    referral = _undecided(intake, asked.referral_id)
    refuse_unless_eligible(referral.assessed)
    if intake.enrolled:
        raise AlreadyTakenOn
    outcome = Outcome(status=Status.ACCEPTED, decided_at=cause.now, decided_by=cause.actor)
    received = referral.received
    decided = changed(intake.with_outcome(referral.referral_id, outcome)).part_of(referral.correlation_id)
    return decided.tells(
        ReferralAccepted(
            referral_id=referral.referral_id,
            priority=received.priority,
            patient=received.patient,
            conditions=received.conditions,
            payer=received.payer,
            contact=received.contact,
            accepted_at=cause.now,
        )
    )


def decline(intake: Intake, asked: DeclineReferral, cause: Cause) -> Decision:
    """Do not take the person on."""
    referral = _undecided(intake, asked.referral_id)
    outcome = Outcome(
        status=Status.DECLINED,
        decided_at=cause.now,
        decided_by=cause.actor,
        decline_reason=asked.reason,
        reason_text=asked.reason_text,
    )
    decided = changed(intake.with_outcome(referral.referral_id, outcome)).part_of(referral.correlation_id)
    return decided.tells(
        ReferralDeclined(
            referral_id=referral.referral_id,
            reason=asked.reason,
            reason_text=asked.reason_text,
            declined_at=cause.now,
        )
    )


def _kept(received: ReferralReceived, assessed: EligibilityAssessed, cause: Cause) -> Referral:
    return Referral(correlation_id=cause.correlation_id, received=received, assessed=assessed)


def _undecided(intake: Intake, referral_id: UUID) -> Referral:
    referral = intake.referral(referral_id)
    if referral.outcome is not None:
        raise AlreadyDecided(status=referral.status.value)
    return referral


def _received(asked: DirectReferral, cause: Cause) -> ReferralReceived:
    diagnoses = tuple(Diagnosis.model_validate(each.model_dump()) for each in asked.diagnoses)
    contact_id = cause.derive("contact")
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

"""What a referral states, as the event that tells of it."""

from uuid import UUID

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.people import Diagnosis, FamilyContact, Payer, Person, Referrer
from carebus.contracts.referral import ReferralReceived
from carebus.decisions import Cause
from services.referral.domain.referring.conditions import conditions_in
from services.referral.domain.referring.requests import DirectReferral


def received_of(asked: DirectReferral, cause: Cause) -> ReferralReceived:
    """What a referral states, as it is kept and told."""
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
        stated_at=min(asked.stated_at, cause.now) if asked.stated_at else None,
    )

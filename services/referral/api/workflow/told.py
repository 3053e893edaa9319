"""How a referral stands for whoever sent a Bundle: as it is, or as if nobody were known here."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked
from carebus.decisions import Cause
from carebus.ids import new_id
from carebus.web.http import Parts
from services.referral import domain, store
from services.referral.api.workflow import concealing
from services.referral.api.workflow.offices import office
from services.referral.api.workflow.stating import intake_of
from services.referral.channels.fhir.standing import Standing, standing_of
from services.referral.domain import DirectReferral, Referral
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Sending, is_proven
from services.referral.domain.workflow.withdrawing import withdrawn


async def told_standing(
    parts: Parts, stated: DirectReferral | Withdrawal, answer: Answer, asked: Asked, sending: Sending
) -> Standing:
    """How the referral of this answer stands, as far as the answer tells whose it is."""
    referral_id, patient_id = UUID(answer.body["referral_id"]), UUID(answer.body["patient_id"])
    async with parts.database.connection() as db:
        placed = await store.referrals_by_id(db, [referral_id])
    for whose, referral in placed:
        if whose == patient_id or is_proven(sending, referral.received.referrer.organization):
            return standing_of(whose, referral)
    if isinstance(stated, Withdrawal):
        return standing_of(patient_id, await _asked_back(parts, stated, referral_id))
    return standing_of(patient_id, _alone(parts, stated, answer, asked, sending))


def _alone(parts: Parts, stated: DirectReferral, answer: Answer, asked: Asked, sending: Sending) -> Referral:
    now: datetime = parts.clock.now()
    stream = patient_stream(UUID(answer.body["patient_id"]))
    cause = Cause(new_id(), stream, now, asked.caller.actor, asked.correlation_id, now, role=asked.caller.role)
    made = concealing.alone(stated, cause, office(parts), sending)
    received = made.received.model_copy(update={"referral_id": UUID(answer.body["referral_id"])})
    return made.model_copy(update={"received": received})


async def _asked_back(parts: Parts, stated: Withdrawal, referral_id: UUID) -> Referral:
    number = domain.placer_of(stated.placer_assigner, stated.organization, stated.placer_id)
    assert number is not None
    async with parts.database.connection() as db:
        stream = await store.stream_of_placer(db, number)
    assert stream is not None
    known = await intake_of(parts, stream)
    return concealing.only_asked_back(withdrawn(known, stated), referral_id, parts.clock.now())

"""What stands at the head of every page about a referral: who the person is."""

from datetime import datetime
from uuid import UUID

from carebus.web.people import ENTERED_IN_ERROR, Banner, banner_of
from services.referral.domain import Referral, Status


def about(patient_id: UUID, referral: Referral, now: datetime) -> Banner:
    """Whom a referral is about, as its pages begin with it."""
    received = referral.received
    states = [ENTERED_IN_ERROR] if referral.status is Status.ENTERED_IN_ERROR else []
    return banner_of(received.patient, patient_id, "", now, *states, died_on=received.died_on)

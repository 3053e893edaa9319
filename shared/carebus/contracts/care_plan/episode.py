"""Episodes of care: how they begin."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.people import Condition, Payer
from carebus.contracts.phi import Phi


class EpisodeOpened(PatientEvent):
    """An episode of palliative care at home began."""

    episode_id: UUID
    referral_id: UUID
    conditions: tuple[Condition, ...]
    payer: Payer | None = None
    ready_for_care_on: Annotated[date, Phi.DATE]
    opened_at: Annotated[datetime, Phi.DATE]

"""Where it is kept what the line handed over about each patient."""

from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.care_plan.domain.episode.nights import Nights

NIGHTS = Documents("nights", Nights)


async def nights_of(db: Connection, patient_id: UUID) -> Nights:
    """What the line handed over about a patient; nothing yet, if nothing is kept."""
    return await NIGHTS.one(db, patient_stream(patient_id)) or Nights()

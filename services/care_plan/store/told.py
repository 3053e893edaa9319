"""Where it is kept what left for each patient's family."""

from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents
from services.care_plan.domain.episode.told import Told

TOLD = Documents("told", Told)


async def told_of(db: Connection, patient_id: UUID) -> Told:
    """What left for a patient's family; nothing yet, if nothing is kept."""
    return await TOLD.one(db, patient_stream(patient_id)) or Told()

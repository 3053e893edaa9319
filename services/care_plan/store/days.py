"""The visits of one clinician's day, and earlier ones that nobody has reported yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from carebus.contracts.care_plan import VisitMode, VisitPurpose
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from services.care_plan.domain.care import Outcome

BACK, AHEAD = timedelta(days=14), timedelta(hours=36)
"""So far around now a visit is looked for: where a patient lives it may be another day already."""
MOST = 100
_OF_DAY = f"""
select v.visit_id, v.patient_id, v.ordinal, v.mode, v.starts_at, v.minutes, coalesce(v.purpose, 'regular') as purpose,
       v.outcome, v.completed_at, v.started_at
from visit as v join caseload as c on c.patient_id = v.patient_id
where v.starts_at between $2 and $3 and not c.held
  and (v.clinician ->> 'clinician_id' = $1::uuid::text
       or v.others @> jsonb_build_array(jsonb_build_object('clinician_id', $1::uuid::text)))
  and {of_own("v.patient_id", 4)}
order by v.starts_at, v.visit_id limit {MOST}
"""


@dataclass(frozen=True, slots=True)
class OfDay:
    """A visit as a row has it. `outcome`: how it ended, None while it is to be made."""

    visit_id: UUID
    patient_id: UUID
    ordinal: int
    mode: VisitMode
    starts_at: datetime
    minutes: int
    purpose: VisitPurpose
    outcome: Outcome | None
    started_at: datetime | None


async def around(db: Connection, clinician_id: UUID, now: datetime, seen_by: Own | None = None) -> list[OfDay]:
    """The visits of this clinician about now, by their time: of everyone, or of somebody's own patients."""
    rows = await db.fetch(_OF_DAY, clinician_id, now - BACK, now + AHEAD, *(seen_by or EVERYBODY))
    return [
        OfDay(
            visit_id=row["visit_id"],
            patient_id=row["patient_id"],
            ordinal=row["ordinal"],
            mode=VisitMode(row["mode"]),
            starts_at=row["starts_at"],
            minutes=row["minutes"],
            purpose=VisitPurpose(row["purpose"]),
            outcome=Outcome(row["outcome"]) if row["outcome"] else Outcome.COMPLETED if row["completed_at"] else None,
            started_at=row["started_at"],
        )
        for row in rows
    ]

"""What was recorded of equipment was wrong: a delivery was otherwise, or something never happened."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.equipment.loans import Supplier
from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi


class DmeDeliveryCorrected(PatientEvent):
    """A delivery was otherwise than recorded: this stands instead. corrects: the `record_id` of the `DmeDelivered`."""

    record_id: UUID
    corrects: UUID
    loan_id: UUID
    item_code: str
    serial: Annotated[str, Phi.NUMBER] = ""
    supplier: Supplier
    delivered_at: Annotated[datetime, Phi.DATE]
    because: Annotated[str, Phi.TEXT]
    corrected_by: str
    corrected_at: Annotated[datetime, Phi.DATE]


class DmeRecordWithdrawn(PatientEvent):
    """Something never happened: whoever keeps it forgets it. corrects: the `record_id` of what is taken back.

    loan_id: of which loan it was, None where it was a step of a request's authorisation.
    """

    record_id: UUID
    corrects: UUID
    request_id: UUID | None = None
    loan_id: UUID | None = None
    because: Annotated[str, Phi.TEXT]
    withdrawn_by: str
    withdrawn_at: Annotated[datetime, Phi.DATE]

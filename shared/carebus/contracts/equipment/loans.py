"""Equipment is ordered, delivered, looked after, and ends: returned, lost, or the patient's own.

Whoever counts needs four events: at any instant delivered = in use + returned + lost + owned by the patient, where
`DmeDelivered` adds one, and `DmeReturned`, `DmeLost` and `DmeOwnershipPassed` end it, each at its own time.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.phi import Phi


class Supplier(Value):
    """Who delivers, as the clinic's own list names them."""

    supplier_id: str
    name: str


class OxygenHazard(StrEnum):
    """What is dangerous where oxygen is used at home."""

    SMOKING = "smoking"
    OPEN_FLAME = "open_flame"
    NO_SMOKE_ALARM = "no_smoke_alarm"
    NO_RESERVE = "no_reserve"
    STORED_UNSAFELY = "stored_unsafely"
    TRIPPING = "tripping"


class PickupReason(StrEnum):
    """Why something is fetched."""

    NOT_NEEDED = "not_needed"
    CARE_ENDED = "care_ended"
    DIED = "died"
    FAULTY = "faulty"
    CHANGE_OF_SUPPLIER = "change_of_supplier"


class DmeOrdered(PatientEvent):
    """A supplier is to deliver. With an address they are written to, with a link by which they confirm.

    link_id: makes the private link, with a secret that no event holds; it opens nothing by itself.
    """

    order_id: UUID
    request_id: UUID
    item_code: str
    units: int
    supplier: Supplier
    email: Annotated[str, Phi.EMAIL] = ""
    link_id: UUID
    due_on: Annotated[date, Phi.DATE]
    ordered_by: str
    ordered_at: Annotated[datetime, Phi.DATE]


class DmeOrderCancelled(PatientEvent):
    """What the supplier has not delivered yet is not wanted any more."""

    order_id: UUID
    request_id: UUID
    because: Annotated[str, Phi.TEXT]
    cancelled_by: str
    cancelled_at: Annotated[datetime, Phi.DATE]


class DmeDeliveryOverdue(PatientEvent):
    """The day by which a supplier was to deliver is over."""

    OWN_TIME = "due_at"
    order_id: UUID
    request_id: UUID
    supplier: Supplier
    due_at: Annotated[datetime, Phi.DATE]


class _LoanEvent(PatientEvent):
    """Something about one delivered thing. `record_id` names it where it is corrected later."""

    record_id: UUID
    loan_id: UUID
    item_code: str
    supplier: Supplier
    recorded_by: str


class DmeDelivered(_LoanEvent):
    """One thing is with the patient. order_id: None where nobody here had ordered it."""

    order_id: UUID | None = None
    request_id: UUID | None = None
    serial: Annotated[str, Phi.NUMBER] = ""
    delivered_at: Annotated[datetime, Phi.DATE]


class DmeSetUp(_LoanEvent):
    """It stands where it is used, and works."""

    OWN_TIME = "set_up_at"
    set_up_at: Annotated[datetime, Phi.DATE]


class DmeTrainingGiven(_LoanEvent):
    """Whoever uses it was shown how. `trained`: who, such as the daughter."""

    trained: Annotated[str, Phi.TEXT]
    given_at: Annotated[datetime, Phi.DATE]


class DmeFaultReported(_LoanEvent):
    """It does not work as it should. `record_id` names the fault."""

    words: Annotated[str, Phi.TEXT]
    urgent: bool
    reported_at: Annotated[datetime, Phi.DATE]


class DmeFaultResolved(_LoanEvent):
    """It works again, or something else took its place. fault_id: the `record_id` of the fault."""

    fault_id: UUID
    words: Annotated[str, Phi.TEXT]
    resolved_at: Annotated[datetime, Phi.DATE]


class DmeReplaced(_LoanEvent):
    """Another took its place. The return of the one and the delivery of the other are told as events of their own."""

    replaced_by: UUID
    because: Annotated[str, Phi.TEXT]
    replaced_at: Annotated[datetime, Phi.DATE]


class OxygenSafetyChecked(_LoanEvent):
    """Somebody looked whether oxygen is safe in this home; without hazards it was."""

    hazards: tuple[OxygenHazard, ...] = ()
    words: Annotated[str, Phi.TEXT] = ""
    checked_at: Annotated[datetime, Phi.DATE]


class RentalEnded(_LoanEvent):
    """The payer's months of rent are over. Whether it is the patient's own then, `DmeOwnershipPassed` says."""

    months: int
    ended_at: Annotated[datetime, Phi.DATE]


class DmeOwnershipPassed(_LoanEvent):
    """It is the patient's own: bought, or rented to the end. Nobody fetches it."""

    passed_at: Annotated[datetime, Phi.DATE]


class PickupRequested(_LoanEvent):
    """It is to be fetched. `record_id` names the pickup."""

    reason: PickupReason
    due_on: Annotated[date, Phi.DATE]
    requested_at: Annotated[datetime, Phi.DATE]


class PickupCancelled(_LoanEvent):
    """It is not to be fetched after all. pickup_id: the `record_id` of the pickup."""

    pickup_id: UUID
    because: Annotated[str, Phi.TEXT]
    cancelled_at: Annotated[datetime, Phi.DATE]


class PickupOverdue(_LoanEvent):
    """The day by which it was to be fetched is over. pickup_id: the `record_id` of the pickup."""

    OWN_TIME = "due_at"
    pickup_id: UUID
    due_at: Annotated[datetime, Phi.DATE]


class DmeReturned(_LoanEvent):
    """The supplier has it back."""

    returned_at: Annotated[datetime, Phi.DATE]


class DmeLost(_LoanEvent):
    """Nobody can say where it is, or it was stolen or destroyed."""

    because: Annotated[str, Phi.TEXT]
    lost_at: Annotated[datetime, Phi.DATE]

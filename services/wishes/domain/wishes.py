"""What is known of one patient's wishes. What nobody has said is not there, and is never a no."""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import Phase
from carebus.contracts.event import Value
from carebus.contracts.people import FamilyContact, Person
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import Agent, ConflictOutcome, KnownWish, NotKnownYet, Side
from carebus.decisions import State
from carebus.errors import CarebusError
from services.wishes.domain.documents.document import Document


class PatientUnknown(CarebusError):
    """There is no such patient."""

    status = HTTPStatus.NOT_FOUND


class OnHold(CarebusError):
    """A death was reported. Confirm or dismiss that first."""

    status = HTTPStatus.CONFLICT


class GoesOnElsewhere(CarebusError):
    """This record is one person's with another, and goes on there."""

    status = HTTPStatus.CONFLICT


class ReviewReason(StrEnum):
    """Why wishes are to be looked at again with the patient."""

    YEARLY = "yearly"
    PHASE_CHANGED = "phase_changed"
    HOSPITAL_STAY = "hospital_stay"


class Review(Value):
    """When wishes are to be looked at again, and why."""

    due_on: date
    reason: ReviewReason


class Incapacity(Value):
    """A clinician says that the patient can't decide: since then their agent does."""

    since: date
    recorded_by: str
    because: Annotated[str, Phi.TEXT]


class Conflict(Value):
    """Two sides that can't both be followed. outcome: None while nobody has settled it."""

    conflict_id: UUID
    first: Side
    second: Side
    detected_at: datetime
    outcome: ConflictOutcome | None = None
    settled_by: str = ""
    asked: Annotated[str, Phi.TEXT] = ""
    because: Annotated[str, Phi.TEXT] = ""
    settled_at: datetime | None = None


class Asked(Value):
    """Equipment that goes with one choice only was asked for."""

    request_id: UUID
    item_code: str
    asked_on: date


class Lent(Value):
    """Such a thing came to the patient. record_id: of its delivery.  ended_by: the record by which it went."""

    loan_id: UUID
    request_id: UUID | None
    record_id: UUID
    item_code: str
    delivered_on: date
    ended_by: UUID | None = None


class Wishes(State):
    """One patient's wishes as they stand; what stood before is on the stream.

    documents: those that anybody may rely on or is about to.  left: those that stopped to by the last change of
    documents, for their rows.  spoken: the last words on each topic.
    not_known: what is to be asked, and by when.  elsewhere: goals and orders of the plan, and a nurse's advice.
    asked, lent: equipment that goes with one choice only.
    conflicts: of sides that are still there, settled ones included, so that no pair is told of twice.
    """

    patient: Person | None = None
    contact: FamilyContact | None = None
    in_care: bool = False
    holds: tuple[UUID, ...] = ()
    merged_into: UUID | None = None
    phase: Phase | None = None
    phase_at: datetime | None = None
    documents: tuple[Document, ...] = ()
    left: tuple[Document, ...] = ()
    spoken: tuple[KnownWish, ...] = ()
    agents: tuple[Agent, ...] = ()
    incapacity: Incapacity | None = None
    not_known: tuple[NotKnownYet, ...] = ()
    elsewhere: Annotated[tuple[Side, ...], Field(repr=False)] = ()
    asked: tuple[Asked, ...] = ()
    lent: tuple[Lent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    review: Review | None = None
    last_conversation_on: date | None = None

    def require_open(self) -> "Wishes":
        """Raises PatientUnknown, GoesOnElsewhere, OnHold."""
        if self.patient is None:
            raise PatientUnknown
        if self.merged_into is not None:
            raise GoesOnElsewhere
        if self.holds:
            raise OnHold
        return self

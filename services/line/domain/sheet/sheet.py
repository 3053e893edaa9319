"""The sheet of a patient. What nobody has told yet is None, which a page shows as "not known"."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments, MedicineAllergy, MedicineLine, Phase, PlanOfCare, VisitMode
from carebus.contracts.event import Value
from carebus.contracts.line import DischargedTo, Disposition, HandedOver
from carebus.contracts.people import Condition, FamilyContact, Payer, Person, TeamMember
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import WishesSummarised
from carebus.decisions import State
from carebus.errors import CarebusError

CALLS_KEPT = 10
"""So many earlier calls a sheet shows, the latest first; all of them stay on the topic."""


class PatientUnknown(CarebusError):
    """There is no such patient."""

    status = HTTPStatus.NOT_FOUND


class RecordMerged(CarebusError):
    """This record is one person's with another. Link the call to the one that goes on."""

    status = HTTPStatus.CONFLICT


class Plan(Value):
    """The plan of care: as the team wrote it, or the codes of its first draft.

    revised_at: None while it is only drafted.  approved_at: of this version; None while nobody stands for it.
    """

    version: int
    concerns: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    says: PlanOfCare | None = None
    revised_at: datetime | None = None
    approved_at: datetime | None = None


class Medicines(Value):
    """The list of medicines as it was reconciled last, with allergies and what checking it found, in sentences."""

    lines: tuple[MedicineLine, ...]
    allergies: tuple[MedicineAllergy, ...]
    no_known_allergies: bool
    findings: tuple[str, ...]
    disagreements: int
    reconciled_at: datetime


class NextVisit(Value):
    """A visit that is to come."""

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: datetime


class LastVisit(Value):
    """The visit that took place last, with what was assessed at it. `version` rises with each correction."""

    visit_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    ended_at: datetime
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""
    version: int = 1


class LastCall(Value):
    """What came of an earlier call."""

    call_id: UUID
    disposition: Disposition
    subject: str
    triaged_at: datetime


class HospitalStay(Value):
    """A stay in hospital, as hospitals have told of it. emergency: in its emergency department only."""

    stay_id: UUID
    hospital: str
    emergency: bool
    planned: bool | None
    unit: str
    since: datetime
    discharged_at: datetime | None
    discharged_to: DischargedTo
    death_reported: bool


class Sheet(State):
    """What is known of one patient. A blank one stands for somebody never heard of.

    heard_at: when what it rests on was told last: as fresh as that it is.  phase and akps: as assessed last, whenever.
    to_hand_over: calls that the team has not read of yet, until when they are to, when they last did, and of what.
    merged_into: the record that goes on, where this one is one person's with it.
    """

    person: Person | None = None
    conditions: tuple[Condition, ...] = ()
    payer: Payer | None = None
    contact: FamilyContact | None = None
    in_care: bool = False
    opened_at: datetime | None = None
    ended_on: date | None = None
    hand_over: Annotated[str, Phi.TEXT] = ""
    held_since: tuple[datetime, ...] = ()
    holds: tuple[UUID, ...] = ()
    team: tuple[TeamMember, ...] = ()
    plan: Plan | None = None
    medicines: Medicines | None = None
    visits: tuple[NextVisit, ...] = ()
    last_visit: LastVisit | None = None
    wishes: WishesSummarised | None = None
    phase: Phase | None = None
    akps: int | None = None
    calls: tuple[LastCall, ...] = ()
    to_hand_over: tuple[HandedOver, ...] = ()
    hand_over_due_at: datetime | None = None
    handed_over_at: datetime | None = None
    handed_over: tuple[HandedOver, ...] = ()
    stays: tuple[HospitalStay, ...] = ()
    merged_into: UUID | None = None
    heard_at: datetime | None = None

    def require_goes_on(self) -> None:
        """Raises PatientUnknown and RecordMerged: what is said of a retired record, nobody reads."""
        if self.person is None:
            raise PatientUnknown
        if self.merged_into is not None:
            raise RecordMerged

"""What was decided on a referral, and what it waits for."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.people import Condition, FamilyContact, Payer, Person
from carebus.contracts.phi import Phi
from carebus.contracts.referral.received import DeclineReason, Priority


class Party(StrEnum):
    """Who owes something, or who did it."""

    REFERRER = "referrer"
    HEALTH_PLAN = "health_plan"
    PATIENT = "patient"
    OFFICE = "office"
    CARE_TEAM = "care_team"


class InformationItem(StrEnum):
    """What can be missing. `OTHER` is said in words."""

    DIAGNOSIS = "diagnosis"
    FUNCTION = "function"
    HOSPITAL_USE = "hospital_use"
    HOSPICE = "hospice"
    COVERAGE = "coverage"
    AUTHORISATION = "authorisation"
    CONTACT_DETAILS = "contact_details"
    MEDICATION = "medication"
    ADVANCE_DIRECTIVE = "advance_directive"
    CONSENT = "consent"
    IDENTITY = "identity"
    OTHER = "other"


class WaitReason(StrEnum):
    """What somebody who is to be taken on waits for."""

    NO_CAPACITY = "no_capacity"
    AWAITING_AUTHORISATION = "awaiting_authorisation"
    AWAITING_DISCHARGE = "awaiting_discharge"


class CancellationReason(StrEnum):
    """Why a referral is taken back. `OTHER` needs a text; the rest need none."""

    PATIENT_DECLINED = "patient_declined"
    NO_LONGER_NEEDED = "no_longer_needed"
    REFERRED_ELSEWHERE = "referred_elsewhere"
    DECEASED = "deceased"
    OTHER = "other"


class ReferralFailureReason(StrEnum):
    """Why a person who was taken on can't be cared for after all. `OTHER` needs a text; the rest need none."""

    DECEASED = "deceased"
    MOVED_AWAY = "moved_away"
    ON_HOSPICE = "on_hospice"
    PATIENT_DECLINED = "patient_declined"
    COULD_NOT_CONTACT = "could_not_contact"
    DESTINATION_REJECTED = "destination_rejected"
    OTHER = "other"


class ReferralInformationRequested(PatientEvent):
    """Something is missing: somebody owes it until a time, and the clock of the decision stands still."""

    referral_id: UUID
    items: tuple[InformationItem, ...]
    owed_by: Party
    note: Annotated[str, Phi.TEXT] = ""
    due_at: Annotated[datetime, Phi.DATE]
    requested_at: Annotated[datetime, Phi.DATE]


class ReferralInformationReminded(PatientEvent):
    """Something is still missing: the one who owes it is to be reminded."""

    referral_id: UUID
    items: tuple[InformationItem, ...]
    owed_by: Party
    due_at: Annotated[datetime, Phi.DATE]
    reminded_at: Annotated[datetime, Phi.DATE]


class ReferralInformationReceived(PatientEvent):
    """What was missing has come, and the clock of the decision goes on."""

    referral_id: UUID
    items: tuple[InformationItem, ...]
    supplied_by: Party
    note: Annotated[str, Phi.TEXT] = ""
    received_at: Annotated[datetime, Phi.DATE]


class ReferralInformationLapsed(PatientEvent):
    """What was missing did not come in time; the decision is taken without it, and its clock goes on."""

    referral_id: UUID
    items: tuple[InformationItem, ...]
    owed_by: Party
    lapsed_at: Annotated[datetime, Phi.DATE]


class ReferralTriaged(PatientEvent):
    """Somebody has read the referral and said how urgent it is, who is to see it, or that only advice is wanted."""

    referral_id: UUID
    urgency: Priority
    clinician: str = ""
    advice_only: bool = False
    triaged_at: Annotated[datetime, Phi.DATE]


class ReferralAccepted(PatientEvent):
    """The person is taken on. Carries what the next services need, so that none has to ask back."""

    referral_id: UUID
    priority: Priority
    patient: Person
    conditions: tuple[Condition, ...]
    payer: Payer | None = None
    contact: FamilyContact | None = None
    accepted_at: Annotated[datetime, Phi.DATE]


class ReferralDeclined(PatientEvent):
    """The person is not taken on, for a coded reason."""

    referral_id: UUID
    reason: DeclineReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    declined_at: Annotated[datetime, Phi.DATE]


class ReferralReturnedWithAdvice(PatientEvent):
    """The referrer gets advice, and goes on caring for the person."""

    referral_id: UUID
    advice: Annotated[str, Phi.TEXT]
    returned_at: Annotated[datetime, Phi.DATE]


class ReferralWaitlisted(PatientEvent):
    """The person is to be taken on, and waits until something is there; when, is looked at again."""

    referral_id: UUID
    reason: WaitReason
    review_at: Annotated[datetime, Phi.DATE]
    waitlisted_at: Annotated[datetime, Phi.DATE]


class ReferralRedirected(PatientEvent):
    """The person is handed on to another organization that fits better."""

    referral_id: UUID
    redirect_to: str
    redirected_at: Annotated[datetime, Phi.DATE]


class ReferralCancellationRequested(PatientEvent):
    """The referrer wants to take the referral back."""

    referral_id: UUID
    reason: CancellationReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    requested_at: Annotated[datetime, Phi.DATE]


class ContinuedBecause(StrEnum):
    """Why a referral goes on whose cancellation was asked for."""

    TURNED_DOWN = "turned_down"
    WITHDRAWN = "withdrawn"


class ReferralContinued(PatientEvent):
    """The referral goes on where it stood: the office turned its cancellation down, or whoever asked took that back."""

    referral_id: UUID
    because: ContinuedBecause
    continued_at: Annotated[datetime, Phi.DATE]


class ReferralCancelled(PatientEvent):
    """The referral is taken back."""

    referral_id: UUID
    reason: CancellationReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    cancelled_at: Annotated[datetime, Phi.DATE]


class ReferralEnteredInError(PatientEvent):
    """The referral should never have been made; it counts nowhere."""

    OWN_TIME = "marked_at"

    referral_id: UUID
    marked_at: Annotated[datetime, Phi.DATE]


class ReferralFailed(PatientEvent):
    """The person was taken on and can't be cared for after all."""

    referral_id: UUID
    reason: ReferralFailureReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    failed_at: Annotated[datetime, Phi.DATE]


class ReferralAssigned(PatientEvent):
    """Somebody of the office looks after this referral; nobody in particular when `assignee` is empty."""

    referral_id: UUID
    assignee: str
    assigned_at: Annotated[datetime, Phi.DATE]


class ReferralReopened(PatientEvent):
    """An ended referral is taken up again, by a new one that replaces it; the old one stays as it ended."""

    referral_id: UUID
    replaces: UUID
    reopened_at: Annotated[datetime, Phi.DATE]

"""What the referral service tells of who a patient is: reviews, and records put together and taken apart."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Person
from carebus.contracts.phi import Phi


class IdentityDecision(StrEnum):
    """What a reviewer found."""

    SAME = "same"
    DIFFERENT = "different"
    MORE_INFORMATION = "more_information"


class MergeReason(StrEnum):
    """Why records are put together, or taken apart again."""

    REVIEWED = "reviewed"
    FOUND_LATER = "found_later"
    MISTAKEN = "mistaken"


class IdentityCandidate(Value):
    """A patient whom a referral may be about.

    The combination of fields that agree, if one of the accepted ones does; the weight of all that agrees and differs,
    as a logarithm; and the grade: certain, probable or possible.
    """

    patient_id: UUID
    combination: str | None = None
    weight: float
    grade: str


class IdentityReviewOpened(PatientEvent):
    """It is not clear whether the person referred is one who is known: somebody has to look."""

    review_id: UUID
    referral_id: UUID
    candidates: tuple[IdentityCandidate, ...]
    opened_at: Annotated[datetime, Phi.DATE]


class IdentityReviewDeferred(PatientEvent):
    """Somebody looked, and more has to be known first."""

    review_id: UUID
    referral_id: UUID
    note: Annotated[str, Phi.TEXT] = ""
    deferred_at: Annotated[datetime, Phi.DATE]


class IdentityReviewResolved(PatientEvent):
    """Somebody looked: the person is the same as one who is known, or none of the candidates."""

    review_id: UUID
    referral_id: UUID
    decision: IdentityDecision
    same_as: UUID | None = None
    resolved_at: Annotated[datetime, Phi.DATE]


class PatientMerged(PatientEvent):
    """Two records are one person's: the retired one is closed, the survivor's goes on. Told on both streams.

    `both_in_care`: care had begun on both, and that of the retired one is held back.
    """

    merge_id: UUID
    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason
    both_in_care: bool = False
    merged_at: Annotated[datetime, Phi.DATE]


class PatientUnmerged(PatientEvent):
    """Two records are two people's after all: everything is as if they had never been merged. Told on both streams."""

    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason
    unmerged_at: Annotated[datetime, Phi.DATE]


class HospitalNumber(Value):
    """A number that a hospital knows the person by. assigner: who gave it out, as they call themselves."""

    assigner: str
    number: Annotated[str, Phi.NUMBER]


class PatientIdentityStated(PatientEvent):
    """Who the person is as it stands now: told when they are first registered, and each time that any of it changes.

    person: as the newest referral states them.  phones, member_numbers, hospital_numbers: of all their referrals.
    """

    person: Person
    phones: tuple[Annotated[str, Phi.PHONE], ...] = ()
    member_numbers: tuple[Annotated[str, Phi.NUMBER], ...] = ()
    hospital_numbers: tuple[HospitalNumber, ...] = ()
    stated_at: Annotated[datetime, Phi.DATE]

"""Who a patient is, as far as it is known: reviews of whom a referral is about, and records of one person."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import ValidationInfo, field_validator

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import IdentityCandidate, IdentityDecision, MergeReason
from carebus.decisions import Command, Decision, State
from carebus.errors import BrokenRule, CarebusError
from services.referral.domain.referring import fields as f
from services.referral.domain.referring.stated import Request


class ReviewUnknown(CarebusError):
    """There is no such review."""

    status = HTTPStatus.NOT_FOUND


class ReviewSettled(CarebusError):
    """This review was settled before: {decision}. Merge or unmerge the patients if that was wrong."""


class NotACandidate(CarebusError):
    """This patient is none of the review's candidates."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "patient_id"


class MergedWithItself(CarebusError):
    """A patient can't be merged into the same patient."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "survivor_id"


class RetiredAlready(CarebusError):
    """This patient's record was merged into another's. Unmerge it first, or name the survivor."""


class SurvivesOthers(CarebusError):
    """Other records were merged into this patient's. Merge the other way round, or unmerge those first."""


class NotMerged(CarebusError):
    """This patient's record is not merged into that one."""


class CareChangedMeanwhile(CarebusError):
    """The person was taken on or discharged, or their records put together or taken apart, just now. Look again."""


class Review(Value):
    """Whom one referral may be about, and what was found."""

    review_id: UUID
    referral_id: UUID
    candidates: tuple[IdentityCandidate, ...]
    opened_at: Annotated[datetime, Phi.DATE]
    decision: IdentityDecision | None = None
    same_as: UUID | None = None
    decided_at: Annotated[datetime | None, Phi.DATE] = None
    decided_by: str = ""
    note: Annotated[str, Phi.TEXT] = ""

    @property
    def open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.decision in {None, IdentityDecision.MORE_INFORMATION}


class Identity(State):
    """Who one patient is: `merged_into` when another's record goes on for this one; those `absorbed` ended in this.

    `others` are patients whom a reviewer found to be somebody else.
    """

    merged_into: UUID | None = None
    merge_id: UUID | None = None
    absorbed: tuple[UUID, ...] = ()
    others: tuple[UUID, ...] = ()
    reviews: tuple[Review, ...] = ()

    def review(self, review_id: UUID) -> Review:
        """One of them. Raises ReviewUnknown."""
        for review in self.reviews:
            if review.review_id == review_id:
                return review
        raise ReviewUnknown

    def with_review(self, review: Review) -> "Identity":
        """The same with this one as it is now."""
        kept = [review if each.review_id == review.review_id else each for each in self.reviews]
        known = any(each.review_id == review.review_id for each in self.reviews)
        return self.but(reviews=tuple(kept if known else (*kept, review)))


class Finding(Request):
    """What a reviewer found: the same person as a candidate, none of them, or not known yet."""

    decision: IdentityDecision
    patient_id: UUID | None = None
    note: f.Notes = ""

    @field_validator("patient_id")
    @classmethod
    def _of_the_same(cls, patient_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if patient_id is not None and info.data.get("decision") is not IdentityDecision.SAME:
            raise BrokenRule("Name a patient only where both are the same person.")
        return patient_id


class DecideReview(Finding, Command):
    """What a reviewer found in this review."""

    review_id: UUID


class Recheck(Request):
    """A statement was compared with everybody again, after it was kept."""

    referral_id: UUID


class MergeWanted(Request, Command):
    """Two records are one person's: the retired one is to end in the survivor's."""

    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason = MergeReason.FOUND_LATER


class UnmergeWanted(Request, Command):
    """They are two people after all."""

    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason = MergeReason.MISTAKEN


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge as both records stood when it was asked for; `survivor_in_care`: the person is cared for under it."""

    merge_id: UUID
    wanted: MergeWanted
    survivor_in_care: bool = False
    retired_in_care: bool = False


def both(first: Decision, then: Decision) -> Decision:
    """Two decisions on one record in one: of two states of a kind the later counts."""
    states = {type(state): state for state in (*first.states, *then.states)}
    return Decision(
        states=tuple(states.values()),
        events=first.events + then.events,
        wakes_at=first.wakes_at + then.wakes_at,
        cancelled=first.cancelled + then.cancelled,
        correlation_id=then.correlation_id or first.correlation_id,
    )

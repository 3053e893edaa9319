"""Who a patient is: reviews of whom a referral may be about, and records of one person put together and taken apart.

A merge re-keys nothing. It closes the retired patient's record in favour of the survivor's and is told on both streams,
so undoing it leaves everything as if it had never been. There are no chains: a survivor is never itself retired.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    IdentityCandidate,
    IdentityDecision,
    IdentityReviewDeferred,
    IdentityReviewOpened,
    IdentityReviewResolved,
    MergeReason,
    Milestone,
    PatientMerged,
    PatientUnmerged,
)
from carebus.decisions import Cause, Decision, State, changed, ignore
from carebus.errors import CarebusError
from services.referral.domain.course import Course
from services.referral.domain.intake import Intake
from services.referral.domain.matching import Placement, Verdict
from services.referral.domain.office import DEFAULT, Office
from services.referral.domain.receiving import receive
from services.referral.domain.requests import DirectReferral, Request
from services.referral.domain.statuses import Status


class ReviewUnknown(CarebusError):
    """There is no such review."""

    status = 404


class ReviewSettled(CarebusError):
    """This review was settled before: {decision}. Merge or unmerge the patients if that was wrong."""


class NotACandidate(CarebusError):
    """This patient is none of the review's candidates."""

    status = 422
    field = "patient_id"


class MergedWithItself(CarebusError):
    """A patient can't be merged into the same patient."""

    status = 422
    field = "survivor_id"


class RetiredAlready(CarebusError):
    """This patient's record was merged into another's. Unmerge it first, or name the survivor."""


class SurvivesOthers(CarebusError):
    """Other records were merged into this patient's. Merge the other way round, or unmerge those first."""


class NotMerged(CarebusError):
    """This patient's record is not merged into that one."""


class CareChangedMeanwhile(CarebusError):
    """One of the two was taken on or discharged just now. Look at both again, then merge."""


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
    """Who one patient is: `merged_into` when another's record goes on for this one; `absorbed` are those who ended in this.

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


class DecideReview(Request):
    """What a reviewer found."""

    review_id: UUID
    decision: IdentityDecision
    patient_id: UUID | None = None
    note: Annotated[str, Phi.TEXT] = ""


class Recheck(Request):
    """A statement was held against everybody again, after it was kept."""

    referral_id: UUID


class Merge(Request):
    """Two records are one person's. `both_in_care`: the retired one's care is held back for the survivor's."""

    merge_id: UUID
    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason
    retired_in_care: bool = False
    survivor_in_care: bool = False


class Unmerge(Request):
    """They are two people after all."""

    survivor_id: UUID
    retired_id: UUID
    reason: MergeReason = MergeReason.MISTAKEN


def receive_person(
    intake: Intake,
    identity: Identity,
    asked: DirectReferral,
    cause: Cause,
    *,
    placement: Placement | None = None,
    office: Office = DEFAULT,
) -> Decision:
    """Keep a referral; where it is not clear who the person is, hold it till somebody has looked."""
    received = receive(intake, asked, cause, office)
    if placement is None or placement.verdict is not Verdict.REVIEW or not received.states:
        return received
    [after] = received.states
    assert isinstance(after, Intake)
    if len(after.referrals) == len(intake.referrals):
        return received
    return _and(received, _held(after, identity, after.referrals[-1].referral_id, placement, cause, office))


def recheck(
    intake: Intake, identity: Identity, asked: Recheck, cause: Cause, *, placement: Placement, office: Office = DEFAULT
) -> Decision:
    """Somebody turns out to be known who was not when the referral came: as when two came at one moment."""
    referral = intake.referral(asked.referral_id)
    seen = {each.patient_id for review in identity.reviews for each in review.candidates}
    new = [each for each in placement.candidates if each.patient_id not in {*identity.others, *identity.absorbed, *seen}]
    if not new or identity.merged_into is not None or referral.ended:
        return ignore("nobody_else")
    return _held(intake, identity, asked.referral_id, replace(placement, candidates=tuple(new)), cause, office)


def decide_review(
    intake: Intake, identity: Identity, asked: DecideReview, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """Somebody has looked: they are the same, they are not, or more has to be known. Raises ReviewUnknown, ReviewSettled."""
    review = identity.review(asked.review_id)
    if not review.open:
        raise ReviewSettled(decision=(review.decision or IdentityDecision.DIFFERENT).value)
    if asked.decision is IdentityDecision.SAME and asked.patient_id not in {c.patient_id for c in review.candidates}:
        raise NotACandidate
    decided = review.model_copy(
        update={
            "decision": asked.decision,
            "same_as": asked.patient_id,
            "decided_at": cause.now,
            "decided_by": cause.actor,
            "note": asked.note,
        }
    )
    known = identity.with_review(decided)
    about = {"review_id": review.review_id, "referral_id": review.referral_id}
    if asked.decision is IdentityDecision.MORE_INFORMATION:
        return changed(known).tells(IdentityReviewDeferred(**about, note=asked.note, deferred_at=cause.now))
    not_same = [c.patient_id for c in review.candidates if c.patient_id != asked.patient_id]
    known = known.but(others=tuple(dict.fromkeys((*known.others, *not_same))))
    told = IdentityReviewResolved(**about, decision=asked.decision, same_as=asked.patient_id, resolved_at=cause.now)
    return _and(changed(known).tells(told), _settled(intake, review.referral_id, cause, office))


def decide_same(
    intake: Intake, identity: Identity, asked: DecideReview, cause: Cause, *, merge: Merge, office: Office = DEFAULT
) -> Decision:
    """They are the same: the record that the referral was given ends in the other one."""
    resolved = decide_review(intake, identity, asked, cause, office)
    [after] = [state for state in resolved.states if isinstance(state, Intake)] or [intake]
    [known] = [state for state in resolved.states if isinstance(state, Identity)]
    return _and(resolved, retire(after, known, merge, cause))


def retire(intake: Intake, identity: Identity, asked: Merge, cause: Cause) -> Decision:
    """Close this record in favour of the survivor's. Raises RetiredAlready, SurvivesOthers, CareChangedMeanwhile."""
    if asked.survivor_id == asked.retired_id:
        raise MergedWithItself
    if identity.merged_into is not None:
        raise RetiredAlready
    if identity.absorbed:
        raise SurvivesOthers
    if in_care(intake) is not asked.retired_in_care:
        raise CareChangedMeanwhile
    return changed(identity.but(merged_into=asked.survivor_id, merge_id=asked.merge_id)).tells(_merged(asked, cause))


def absorb(intake: Intake, identity: Identity, asked: Merge, cause: Cause) -> Decision:
    """Go on for the retired record too. Raises RetiredAlready, CareChangedMeanwhile."""
    if identity.merged_into is not None:
        raise RetiredAlready
    if in_care(intake) is not asked.survivor_in_care:
        raise CareChangedMeanwhile
    return changed(identity.but(absorbed=(*identity.absorbed, asked.retired_id))).tells(_merged(asked, cause))


def restore(_: Intake, identity: Identity, asked: Unmerge, cause: Cause) -> Decision:
    """Open the retired record again. Raises NotMerged."""
    if identity.merged_into != asked.survivor_id or identity.merge_id is None:
        raise NotMerged
    again = identity.but(merged_into=None, merge_id=None, others=_with(identity.others, asked.survivor_id))
    return changed(again).tells(_unmerged(asked, cause))


def release(_: Intake, identity: Identity, asked: Unmerge, cause: Cause) -> Decision:
    """Go on without the retired record. Raises NotMerged."""
    if asked.retired_id not in identity.absorbed:
        raise NotMerged
    rest = tuple(each for each in identity.absorbed if each != asked.retired_id)
    again = identity.but(absorbed=rest, others=_with(identity.others, asked.retired_id))
    return changed(again).tells(_unmerged(asked, cause))


def in_care(intake: Intake) -> bool:
    """Whether the person is cared for because of one of these referrals."""
    return any(each.taken_on and not each.ended for each in intake.referrals)


def _held(
    intake: Intake, identity: Identity, referral_id: UUID, placement: Placement, cause: Cause, office: Office
) -> Decision:
    candidates = tuple(
        IdentityCandidate(
            patient_id=each.patient_id,
            combination=each.match.combination,
            weight=round(each.match.weight, 1),
            grade=each.match.grade.value,
        )
        for each in placement.candidates
    )
    review_id = cause.derive("identity", referral_id)
    review = Review(review_id=review_id, referral_id=referral_id, candidates=candidates, opened_at=cause.now)
    told = IdentityReviewOpened(
        review_id=review_id, referral_id=referral_id, candidates=candidates, opened_at=cause.now
    )
    opened = changed(identity.with_review(review)).tells(told)
    referral = intake.referral(referral_id)
    if referral.status is not Status.TRIAGE:
        return opened.part_of(referral.correlation_id)
    course = Course(intake, referral, cause, office).stands(Status.IDENTITY_REVIEW)
    course.start(Milestone.IDENTITY)
    return _and(opened, course.done("identity_review"))


def _settled(intake: Intake, referral_id: UUID, cause: Cause, office: Office) -> Decision:
    referral = intake.referral(referral_id)
    if referral.status is not Status.IDENTITY_REVIEW:
        return Decision().part_of(referral.correlation_id)
    course = Course(intake, referral, cause, office).stands(Status.TRIAGE)
    return course.meet(Milestone.IDENTITY).done("identity_settled")


def _merged(asked: Merge, cause: Cause) -> PatientMerged:
    return PatientMerged(
        merge_id=asked.merge_id,
        survivor_id=asked.survivor_id,
        retired_id=asked.retired_id,
        reason=asked.reason,
        both_in_care=asked.retired_in_care and asked.survivor_in_care,
        merged_at=cause.now,
    )


def _unmerged(asked: Unmerge, cause: Cause) -> PatientUnmerged:
    return PatientUnmerged(
        survivor_id=asked.survivor_id,
        retired_id=asked.retired_id,
        reason=asked.reason,
        unmerged_at=cause.now,
    )


def _with(known: tuple[UUID, ...], one: UUID) -> tuple[UUID, ...]:
    return known if one in known else (*known, one)


def _and(first: Decision, then: Decision) -> Decision:
    """Both in one: of two states of a kind the later counts."""
    states = {type(state): state for state in (*first.states, *then.states)}
    return Decision(
        states=tuple(states.values()),
        events=first.events + then.events,
        wakes_at=first.wakes_at + then.wakes_at,
        cancelled=first.cancelled + then.cancelled,
        correlation_id=then.correlation_id or first.correlation_id,
    )

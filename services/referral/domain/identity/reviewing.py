"""Reviews of whom a referral may be about: opened when it comes or is looked at again, settled by a person."""

from dataclasses import replace
from uuid import UUID

from carebus.contracts.referral import (
    IdentityCandidate,
    IdentityDecision,
    IdentityReviewDeferred,
    IdentityReviewOpened,
    IdentityReviewResolved,
    Milestone,
)
from carebus.decisions import Cause, Decision, changed, ignore
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.identity.merging import retire
from services.referral.domain.identity.records import (
    DecideReview,
    Identity,
    Merge,
    NotACandidate,
    Recheck,
    Review,
    ReviewSettled,
    both,
)
from services.referral.domain.matching import Placement, Verdict
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import ANYBODY, Sending
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.receiving import receive
from services.referral.domain.workflow.referrals import Intake
from services.referral.domain.workflow.statuses import Status


def receive_person(
    intake: Intake,
    identity: Identity,
    asked: DirectReferral,
    cause: Cause,
    *,
    placement: Placement | None = None,
    office: Office = DEFAULT,
    sending: Sending = ANYBODY,
) -> Decision:
    """Keep a referral; where it is not clear who the person is, hold it until somebody has looked."""
    received = receive(intake, asked, cause, office, sending)
    if placement is None or placement.verdict is not Verdict.REVIEW or not received.states:
        return received
    [after] = received.states
    assert isinstance(after, Intake)
    if len(after.referrals) == len(intake.referrals):
        return received
    return both(received, _held(after, identity, after.referrals[-1].referral_id, placement, cause, office))


def recheck(
    intake: Intake, identity: Identity, asked: Recheck, cause: Cause, *, placement: Placement, office: Office = DEFAULT
) -> Decision:
    """Somebody turns out to be known who was not when the referral came: as when two came at one moment."""
    referral = intake.referral(asked.referral_id)
    seen = {each.patient_id for review in identity.reviews for each in review.candidates}
    new = [
        each for each in placement.candidates if each.patient_id not in {*identity.others, *identity.absorbed, *seen}
    ]
    if not new or identity.merged_into is not None or referral.ended:
        return ignore("nobody_else")
    return _held(intake, identity, asked.referral_id, replace(placement, candidates=tuple(new)), cause, office)


def decide_review(
    intake: Intake, identity: Identity, asked: DecideReview, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """Somebody has looked: they are the same, or not, or more has to be known. Raises ReviewUnknown, ReviewSettled."""
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
            "decided_by": cause.by,
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
    return both(changed(known).tells(told), _settled(intake, known, review.referral_id, cause, office))


def keep_apart(identity: Identity, _: DecideReview, __: Cause, *, other: UUID) -> Decision:
    """Somebody has found that this patient is not that one: nobody asks again from this side either."""
    if other in identity.others:
        return ignore("kept_apart_before")
    return changed(identity.but(others=(*identity.others, other)))


def decide_same(
    intake: Intake, identity: Identity, asked: DecideReview, cause: Cause, *, merge: Merge, office: Office = DEFAULT
) -> Decision:
    """They are the same: the record that the referral was given ends in the other one."""
    resolved = decide_review(intake, identity, asked, cause, office)
    [after] = [state for state in resolved.states if isinstance(state, Intake)] or [intake]
    [known] = [state for state in resolved.states if isinstance(state, Identity)]
    ended = retire(after, known, asked, cause, merge=merge)
    # The merge is told first: what the survivor's stream tells names this decision's first event as its cause.
    return both(resolved, ended)._replace(events=ended.events + resolved.events)


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
    builder = DecisionBuilder(intake, referral, cause, office).stands(Status.IDENTITY_REVIEW)
    builder.start(Milestone.IDENTITY)
    return both(opened, builder.done("identity_review"))


def _settled(intake: Intake, identity: Identity, referral_id: UUID, cause: Cause, office: Office) -> Decision:
    referral = intake.referral(referral_id)
    asked_still = any(each.open and each.referral_id == referral_id for each in identity.reviews)
    if referral.place is not Status.IDENTITY_REVIEW or asked_still:
        return Decision().part_of(referral.correlation_id)
    builder = DecisionBuilder(intake, referral, cause, office).moves(Status.TRIAGE)
    return builder.meet(Milestone.IDENTITY).done("identity_settled")

"""What the service hears: who somebody is, how they are, and what others plan or advise for them."""

from datetime import date, datetime, timedelta

from carebus.access.outsiders import outsiders
from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanRevised,
    CareResumed,
    EpisodeEnded,
    EpisodeOpened,
    Phase,
    VisitCompleted,
    VisitCorrected,
)
from carebus.contracts.line import AdmissionNotified, CallTriaged, CallTriageWithdrawn
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.contracts.wishes import NotKnownYet, SideKind, WishTopic
from carebus.decisions import Cause, Decision, changed, ignore
from services.wishes.domain.concluding import concluded
from services.wishes.domain.conflicts.sides import of_advice, of_plan, of_wishes
from services.wishes.domain.wishes import Review, ReviewReason, Wishes

ASK_WITHIN = timedelta(days=30)
"""Of the beginning of care: conversation, agent and wishes are known by then, as outcomes count it."""
REVIEW_WITHIN = timedelta(days=7)
"""After a change of phase, or a hospital stay."""
A_YEAR = timedelta(days=365)
ADVICE_KEPT = 5
"""So many calls' advice is looked at."""


def note_acceptance(wishes: Wishes, event: ReferralAccepted, cause: Cause) -> Decision:
    """Somebody is taken on: nothing is known yet, and each topic is to be asked about."""
    day = cause.occurred_at.date() + ASK_WITHIN
    asked = {one.topic for one in wishes.not_known} | {one.statement.topic for one in of_wishes(wishes)}
    new = tuple(NotKnownYet(topic=topic, ask_by=day) for topic in WishTopic if topic not in asked)
    known = wishes.but(patient=event.patient, contact=event.contact, not_known=(*wishes.not_known, *new))
    decision = concluded(wishes, known, cause)
    return decision.relates(*outsiders(event.payer, event.contact, cause.subject_id, cause.now))


def note_amendment(wishes: Wishes, event: ReferralAmended, cause: Cause) -> Decision:
    """What was stated of them changed."""
    if wishes.patient is None or not event.applied:
        return ignore("not_ours")
    known = changed(wishes.but(patient=event.patient, contact=event.contact))
    return known.relates(*outsiders(event.payer, event.contact, cause.subject_id, cause.now))


def note_opening(wishes: Wishes, _: EpisodeOpened, __: Cause) -> Decision:
    """Care begins, or begins again."""
    return changed(wishes.but(in_care=True))


def note_end(wishes: Wishes, _: EpisodeEnded, __: Cause) -> Decision:
    """Care ends; wishes stay, as whoever goes on caring may ask for them."""
    return changed(wishes.but(in_care=False, holds=()))


def note_hold(wishes: Wishes, event: CareHeld, _: Cause) -> Decision:
    """A death was reported: nobody is asked about wishes until that is confirmed or dismissed."""
    return ignore("known") if event.hold_id in wishes.holds else changed(_held(wishes, event))


def note_resumption(wishes: Wishes, event: CareResumed, _: Cause) -> Decision:
    """It was not true."""
    return changed(wishes.but(holds=tuple(one for one in wishes.holds if one != event.hold_id)))


def note_visit(wishes: Wishes, event: VisitCompleted, cause: Cause) -> Decision:
    """A change of phase is a reason to look at wishes again."""
    return _phase(wishes, event.assessments.phase, event.completed_at, cause)


def note_correction(wishes: Wishes, event: VisitCorrected, cause: Cause) -> Decision:
    """What was recorded of a visit was wrong."""
    return _phase(wishes, event.assessments.phase, event.ended_at, cause)


def note_plan(wishes: Wishes, event: CarePlanRevised, cause: Cause) -> Decision:
    """Goals, ways to hospital and equipment of the plan as it stands now."""
    advice = tuple(one for one in wishes.elsewhere if one.kind is SideKind.ADVICE)
    sides = of_plan(event.plan, event.revised_at.date())
    return concluded(wishes, wishes.but(elsewhere=(*sides, *advice)), cause)


def note_advice(wishes: Wishes, event: CallTriaged, cause: Cause) -> Decision:
    """A caller was advised; of a call the last word counts."""
    others = tuple(one for one in wishes.elsewhere if one.of != event.call_id)
    advised = of_advice(event.call_id, event.hospital, event.triaged_at.date())
    if not advised and len(others) == len(wishes.elsewhere):
        return ignore("not_to_hospital")
    planned = tuple(one for one in others if one.kind is not SideKind.ADVICE)
    advice = tuple(one for one in others if one.kind is SideKind.ADVICE)
    return concluded(wishes, wishes.but(elsewhere=(*planned, *(*advice, *advised)[-ADVICE_KEPT:])), cause)


def note_advice_withdrawn(wishes: Wishes, event: CallTriageWithdrawn, cause: Cause) -> Decision:
    """The call was about somebody else."""
    left = tuple(one for one in wishes.elsewhere if one.of != event.call_id)
    return concluded(wishes, wishes.but(elsewhere=left), cause)


def note_admission(wishes: Wishes, event: AdmissionNotified, cause: Cause) -> Decision:
    """A stay in hospital is a reason to look at wishes again."""
    return _review(wishes, event.admitted_at.date() + REVIEW_WITHIN, ReviewReason.HOSPITAL_STAY, cause)


def follow_merge(wishes: Wishes, event: PatientMerged, cause: Cause) -> Decision:
    """Nothing is moved: the retired record says where the person's goes on, so undoing it leaves no trace."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(wishes.but(merged_into=event.survivor_id))


def follow_unmerge(wishes: Wishes, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people after all."""
    return ignore("goes_on") if cause.subject_id != event.retired_id else changed(wishes.but(merged_into=None))


def due_in_a_year(day: date) -> Review:
    """After wishes were looked at."""
    return Review(due_on=day + A_YEAR, reason=ReviewReason.YEARLY)


def _held(wishes: Wishes, event: CareHeld) -> Wishes:
    return wishes.but(holds=(*wishes.holds, event.hold_id))


def _phase(wishes: Wishes, phase: Phase | None, at: datetime, cause: Cause) -> Decision:
    """The latest visit that assessed it counts. A first phase is no change."""
    if phase is None or (wishes.phase_at and at < wishes.phase_at):
        return ignore("earlier")
    known = wishes.but(phase=phase, phase_at=at)
    if wishes.phase is None or phase is wishes.phase:
        return changed(known)
    return _review(wishes, at.date() + REVIEW_WITHIN, ReviewReason.PHASE_CHANGED, cause, known)


def _review(wishes: Wishes, due_on: date, reason: ReviewReason, cause: Cause, known: Wishes | None = None) -> Decision:
    """The earliest day stands; where nothing is known yet, there is nothing to look at again."""
    known = known or wishes
    if not of_wishes(wishes) or (wishes.review and wishes.review.due_on <= due_on):
        return changed(known)
    return concluded(wishes, known.but(review=Review(due_on=due_on, reason=reason)), cause)

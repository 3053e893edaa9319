"""What is said, decided and declined on the way to hospice, before any election."""

from carebus.contracts.care_plan import HospiceAgency, HospiceDeclined, HospiceDiscussed, HospiceReferred
from carebus.decisions import Cause, Decision, changed
from services.care_plan.domain.care import Care, episode_of
from services.care_plan.domain.hospice.asked import (
    RecordDecline,
    RecordDiscussion,
    ReferToHospice,
    require_coming,
    require_past,
)
from services.care_plan.domain.hospice.electing import OF_ELECTION
from services.care_plan.domain.hospice.state import (
    AlreadyEnrolled,
    Decline,
    Discussion,
    Hospice,
    HospiceReferral,
    way_in,
)

TALKS_KEPT = 20


def record_discussion(care: Care, hospice: Hospice, asked: RecordDiscussion, cause: Cause) -> Decision:
    """A talk; what was declined before is open again. Raises AlreadyEnrolled, DayToCome, NotInCare, CareEnded,
    CareOnHold."""
    way = _before_election(care, hospice)
    require_past(care, asked.discussed_on, "discussed_on", cause)
    talk = Discussion(entry_id=cause.derive("hospice_discussion"), on=asked.discussed_on, said=asked.said)
    told = HospiceDiscussed(
        discussion_id=talk.entry_id,
        episode_id=episode_of(care),
        discussed_on=talk.on,
        said=talk.said,
        recorded_at=cause.now,
    )
    after = way.but(discussions=(*way.discussions, talk)[-TALKS_KEPT:], decline=None)
    return changed(after).tells(told).cancels(*OF_ELECTION).part_of(care.journey_id)


def refer(care: Care, hospice: Hospice, asked: ReferToHospice, cause: Cause) -> Decision:
    """A referral to a hospice; another takes its place. Raises what `record_discussion` raises."""
    way = _before_election(care, hospice)
    require_past(care, asked.referred_on, "referred_on", cause)
    agency = HospiceAgency(name=asked.hospice_name, npi=asked.hospice_npi or "", phone=asked.hospice_phone)
    made = HospiceReferral(entry_id=cause.derive("hospice_referral"), hospice=agency, on=asked.referred_on)
    told = HospiceReferred(
        hospice_referral_id=made.entry_id,
        episode_id=episode_of(care),
        hospice=agency,
        referred_on=made.on,
        recorded_at=cause.now,
    )
    return changed(way.but(referral=made, decline=None)).tells(told).cancels(*OF_ELECTION).part_of(care.journey_id)


def decline(care: Care, hospice: Hospice, asked: RecordDecline, cause: Cause) -> Decision:
    """Not now. Raises what `record_discussion` raises, and DayIsPast."""
    way = _before_election(care, hospice)
    require_past(care, asked.declined_on, "declined_on", cause)
    require_coming(care, asked.ask_again_on, "ask_again_on", cause)
    made = Decline(
        entry_id=cause.derive("hospice_decline"),
        on=asked.declined_on,
        because=asked.because,
        ask_again_on=asked.ask_again_on,
    )
    told = HospiceDeclined(
        decline_id=made.entry_id,
        episode_id=episode_of(care),
        declined_on=made.on,
        because=made.because,
        ask_again_on=made.ask_again_on,
        recorded_at=cause.now,
    )
    return changed(way.but(decline=made)).tells(told).cancels(*OF_ELECTION).part_of(care.journey_id)


def _before_election(care: Care, hospice: Hospice) -> Hospice:
    care.require_going_on()
    way = way_in(care, hospice)
    if way.enrolled:
        raise AlreadyEnrolled
    return way.but(enrolment=None, left=None)
